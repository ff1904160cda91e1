// SPDX-License-Identifier: Apache-2.0
//
// Plays a recording on one mutant of the device, and stops at the first edge at which an output differs from it.
//
// The file named recording holds samples of tb/uvm/sample.py, the first byte highest: at each edge what is on
// the inputs, and what must be on the outputs. As in the scoreboard, data and responses count under their VALID.
// A sample of zeros, of which there is one before each reset that begins a run, is not compared.

module mutation_top #(
    parameter        NUM_CPU    = 2,
    parameter        NUM_LR     = 4,
    // verilator lint_off UNUSEDPARAM
    parameter [31:0] IIDR       = 32'h0202143B,  // these are built into the netlist
    parameter        GRP_FILTER = 1,
    parameter        HPPIR_PMR  = 0,
    parameter        IRQ_REG    = 0
    // verilator lint_on UNUSEDPARAM
) (
    input  wire        aclk,
    input  wire        go,
    // verilator lint_off UNUSEDSIGNAL
    input  wire [15:0] mutant,   // 0: the device as it is
    // verilator lint_on UNUSEDSIGNAL
    output reg         done,
    output reg  [31:0] edges,    // that were as recorded
    output reg   [5:0] differs   // see CHECKS in tb/mutation/campaign.py; 0: nothing does
);

  localparam OBS_W = 32 * (9 + NUM_LR);
  localparam SAMPLE_W = (32 * 5 + OBS_W) * NUM_CPU;
  localparam RESET_EDGES = 2;

  reg [SAMPLE_W-1:0] sample;
  reg                playing;
  reg          [1:0] resets;  // edges of a reset of the device as it is, so that no mutant starts where one left off

  wire [16*NUM_CPU-1:0] awaddr, araddr;
  wire [32*NUM_CPU-1:0] wdata, rdata;
  wire  [4*NUM_CPU-1:0] wstrb;
  wire  [2*NUM_CPU-1:0] bresp, rresp;
  wire    [NUM_CPU-1:0] awvalid, awready, wvalid, wready, bvalid, bready, arvalid, arready, rvalid, rready;
  wire    [NUM_CPU-1:0] virq, vfiq, maint_irq, deact_valid, deact_ready;
  wire [10*NUM_CPU-1:0] deact_id;
  wire  [3*NUM_CPU-1:0] deact_cpu;
  wire [OBS_W*NUM_CPU-1:0] obs;

  gicv2_vif_top u_dut (
`ifndef WITHOUT_MUTANTS  // their netlist alone has this pin
      .mutant       (playing ? mutant : 16'd0),
`endif
      .aclk         (aclk),
      .aresetn      (playing && sample[127]),
      .s_axi_awaddr (awaddr),
      .s_axi_awprot ({3 * NUM_CPU{1'b0}}),
      .s_axi_awvalid(awvalid),
      .s_axi_awready(awready),
      .s_axi_wdata  (wdata),
      .s_axi_wstrb  (wstrb),
      .s_axi_wvalid (wvalid),
      .s_axi_wready (wready),
      .s_axi_bresp  (bresp),
      .s_axi_bvalid (bvalid),
      .s_axi_bready (bready),
      .s_axi_araddr (araddr),
      .s_axi_arprot ({3 * NUM_CPU{1'b0}}),
      .s_axi_arvalid(arvalid),
      .s_axi_arready(arready),
      .s_axi_rdata  (rdata),
      .s_axi_rresp  (rresp),
      .s_axi_rvalid (rvalid),
      .s_axi_rready (rready),
      .virq         (virq),
      .vfiq         (vfiq),
      .maint_irq    (maint_irq),
      .deact_valid  (deact_valid),
      .deact_ready  (deact_ready),
      .deact_id     (deact_id),
      .deact_cpu    (deact_cpu),
      .obs          (obs)
  );

  wire [NUM_CPU-1:0] handshakes, responses, data, lines, deactivations;

  genvar p;
  generate
    for (p = 0; p < NUM_CPU; p = p + 1) begin : g_port
      wire [22:0] pins = sample[32*(5*p+3)+:23];
      wire [12:0] deact = sample[32*(5*p+4)+:13];
      assign {araddr[16*p+:16], awaddr[16*p+:16]} = sample[32*(5*p)+:32];
      assign wdata[32*p+:32] = sample[32*(5*p+1)+:32];
      assign {awvalid[p], wvalid[p], bready[p], arvalid[p], rready[p]} = {pins[0], pins[2], pins[5], pins[6], pins[9]};
      assign wstrb[4*p+:4] = pins[17:14];
      assign deact_ready[p] = pins[22];

      assign handshakes[p] = {awready[p], wready[p], bvalid[p], arready[p], rvalid[p]} !=
                             {pins[1], pins[3], pins[4], pins[7], pins[8]};
      assign responses[p] = pins[4] && bresp[2*p+:2] != pins[11:10] || pins[8] && rresp[2*p+:2] != pins[13:12];
      assign data[p] = pins[8] && rdata[32*p+:32] != sample[32*(5*p+2)+:32];
      assign lines[p] = {maint_irq[p], vfiq[p], virq[p]} != pins[20:18];
      assign deactivations[p] = deact_valid[p] != pins[21] ||
                                pins[21] && {deact_cpu[3*p+:3], deact_id[10*p+:10]} != deact;
    end
  endgenerate

  wire [5:0] different = {
    obs != sample[SAMPLE_W-1-:OBS_W*NUM_CPU], |deactivations, |lines, |data, |responses, |handshakes
  };

  integer            recording;  // the open file
  reg [SAMPLE_W-1:0] next;
  reg                ended;

  initial begin
    playing = 0;
    resets  = 0;
    done    = 0;
  end

  // Not for synthesis: in one block, in the order of its statements.
  // verilator lint_off BLKSEQ
  always @(posedge aclk) begin
    if (playing) begin
      if (sample != 0 && different != 0) begin
        differs <= different;
        ended = 1;
      end else begin
        edges <= edges + 1;
        ended = $fread(next, recording) != SAMPLE_W / 8;
      end
      if (ended) begin
        $fclose(recording);
        playing <= 0;
        done    <= 1;
      end
      sample <= next;
    end else if (!go) done <= 0;
    else if (!done) begin
      resets <= resets + 1;
      if (resets == RESET_EDGES) begin
        resets    <= 0;
        recording = $fopen("recording", "rb");
        if (recording == 0) $fatal(1, "the file recording cannot be opened");
        edges   <= 0;
        differs <= 0;
        ended = $fread(next, recording) != SAMPLE_W / 8;
        playing <= !ended;
        done    <= ended;
        sample  <= next;
      end
    end
  end
  // verilator lint_on BLKSEQ

endmodule
