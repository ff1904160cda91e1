// SPDX-License-Identifier: Apache-2.0
//
// The device beside a transactor: it plays a tape of accesses, one a clock, and writes down what each did.
// tb/transactor/tape.py says what tape and log hold. Nothing is judged here.
//
// An access is on the pins for one edge, T of section 8: its slot and its response channel are empty and no
// other access competes, so a device that obeys the rules accepts it there. Responses and deactivations are
// taken at once. At T+1, with IRQ_REG at T+2, everything that the access does is to be seen.

module transactor_top #(
    parameter        NUM_CPU    = 2,
    parameter        NUM_LR     = 4,
    parameter [31:0] IIDR       = 32'h0202143B,
    parameter        GRP_FILTER = 1,
    parameter        HPPIR_PMR  = 0,
    parameter        IRQ_REG    = 0
) (
`ifdef PLANTED
    input  wire [9:0] planted,  // which planted error is there, 0 for none
`endif
    input  wire go,   // play the file named tape, write the one named log
    output reg  done  // it has been played
);

  localparam OBS_W = 32 * (9 + NUM_LR);
  localparam [OBS_W-1:0] PINS = 'h7000;  // levels of the lines in word 0 of the observation port

  // The clock never waits for anything outside.
  reg aclk;
  initial aclk = 0;
  always #1 aclk = !aclk;

  // ---- what is on the pins

  reg  [63:0] command;
  wire [31:0] command_data  = command[63:32];
  wire        command_reset = command[31];
  wire  [6:0] command_gap   = command[30:24];
  wire  [3:0] command_strb  = command[23:20];
  wire        command_write = command[19];
  wire  [2:0] command_cpu   = command[18:16];
  wire [15:0] command_addr  = command[15:0];

  reg  [6:0] left;    // edges that the command takes after the next one
  reg        active;  // there is a command
  wire       last = active && left == 0;  // the next edge is T
  wire [NUM_CPU-1:0] select = NUM_CPU'(8'd1 << command_cpu);
  wire       aresetn = !(active && command_reset && left != command_gap);
  wire [NUM_CPU-1:0] writes = last && !command_reset && command_write ? select : 0;
  wire [NUM_CPU-1:0] reads  = last && !command_reset && !command_write ? select : 0;

  // ---- the device

  wire [16*NUM_CPU-1:0] addr = {NUM_CPU{command_addr}};
  wire [32*NUM_CPU-1:0] data = {NUM_CPU{command_data}};
  wire [4*NUM_CPU-1:0]  strb = {NUM_CPU{command_strb}};
  wire [32*NUM_CPU-1:0] rdata;
  wire  [2*NUM_CPU-1:0] bresp, rresp;
  wire    [NUM_CPU-1:0] awready, wready, arready, bvalid, rvalid, virq, vfiq, maint_irq, deact_valid;
  wire [10*NUM_CPU-1:0] deact_id;
  wire  [3*NUM_CPU-1:0] deact_cpu;
  wire [OBS_W*NUM_CPU-1:0] obs;

  gicv2_vif_top
`ifndef NETLIST  // a synthesised netlist has its parameters built in
  #(
      .NUM_CPU   (NUM_CPU),
      .NUM_LR    (NUM_LR),
      .IIDR      (IIDR),
      .GRP_FILTER(GRP_FILTER),
      .HPPIR_PMR (HPPIR_PMR),
      .IRQ_REG   (IRQ_REG)
  )
`endif
  u_dut (
      .aclk         (aclk),
      .aresetn      (aresetn),
      .s_axi_awaddr (addr),
      .s_axi_awprot ({3 * NUM_CPU{1'b0}}),
      .s_axi_awvalid(writes),
      .s_axi_awready(awready),
      .s_axi_wdata  (data),
      .s_axi_wstrb  (strb),
      .s_axi_wvalid (writes),
      .s_axi_wready (wready),
      .s_axi_bresp  (bresp),
      .s_axi_bvalid (bvalid),
      .s_axi_bready ({NUM_CPU{1'b1}}),
      .s_axi_araddr (addr),
      .s_axi_arprot ({3 * NUM_CPU{1'b0}}),
      .s_axi_arvalid(reads),
      .s_axi_arready(arready),
      .s_axi_rdata  (rdata),
      .s_axi_rresp  (rresp),
      .s_axi_rvalid (rvalid),
      .s_axi_rready ({NUM_CPU{1'b1}}),
      .virq         (virq),
      .vfiq         (vfiq),
      .maint_irq    (maint_irq),
      .deact_valid  (deact_valid),
      .deact_ready  ({NUM_CPU{1'b1}}),
      .deact_id     (deact_id),
      .deact_cpu    (deact_cpu),
      .obs          (obs)
  );

  // ---- what can be seen after an edge; after T it is what the access did

  // Of CPUs 7..0; those that do not exist at 0.
  wire [7:0] virqs = 8'(virq);
  wire [7:0] vfiqs = 8'(vfiq);
  wire [7:0] maints = 8'(maint_irq);
  wire [7:0] bvalids = 8'(bvalid);
  wire [7:0] rvalids = 8'(rvalid);
  wire [7:0] deact_valids = 8'(deact_valid);

  localparam [7:0] NONE = 8'hFF;
  localparam [7:0] SEVERAL = 8'hFE;

  reg [OBS_W*NUM_CPU-1:0] obs_before;
  reg              [23:0] lines_before;
  reg              [31:0] value;
  reg               [1:0] resp;
  reg               [9:0] id;
  reg               [2:0] cpu;
  reg               [7:0] bank;     // whose accept counter has changed
  reg         [OBS_W-1:0] state;    // of that bank
  reg                     changed;  // the state of another bank
  integer                 n;

  always @* begin
    value   = 0;
    resp    = 0;
    id      = 0;
    cpu     = 0;
    bank    = NONE;
    state   = obs[0+:OBS_W];
    changed = 0;
    for (n = 0; n < NUM_CPU; n = n + 1) begin
      if (rvalid[n]) begin
        value = value | rdata[32*n+:32];
        resp  = resp | rresp[2*n+:2];
      end
      if (bvalid[n]) resp = resp | bresp[2*n+:2];
      if (deact_valid[n]) begin
        id  = id | deact_id[10*n+:10];
        cpu = cpu | deact_cpu[3*n+:3];
      end
      if (was_reset);
      else if (obs[OBS_W*n+:8] != obs_before[OBS_W*n+:8]) begin
        bank  = bank == NONE ? n[7:0] : SEVERAL;
        state = obs[OBS_W*n+:OBS_W];
      end else if (((obs[OBS_W*n+:OBS_W] ^ obs_before[OBS_W*n+:OBS_W]) & ~PINS) != 0) changed = 1;
    end
  end

  // ---- the run

  integer         tape, log;  // open files, or 0
  reg             with_state;
  reg      [63:0] word;
  reg             ended;      // the tape has no more
  reg             effects;    // the last edge was T
  reg             late;       // the last but one
  reg             was_reset;  // the last edge was one of a reset
  reg             counting;   // there has been a reset
  reg      [31:0] cycle;
  reg      [15:0] unexplained;
  reg     [135:0] entry;
  reg [OBS_W-1:0] entry_state;

  initial begin
    tape        = 0;
    active      = 0;
    left        = 0;
    done        = 0;
    counting    = 0;
    unexplained = 0;
  end

  // Not for synthesis: in one block, in the order of its statements.
  // verilator lint_off BLKSEQ
  always @(posedge aclk) begin
    // READYs that are low, changes without an access.
    if (counting && !was_reset &&
        (!(&{awready, wready, arready}) || changed || (bank != NONE && !effects) ||
         ({maints, vfiqs, virqs} != lines_before && !(IRQ_REG == 0 ? effects : late))))
      unexplained = unexplained + 1;
    obs_before   <= obs;
    lines_before <= {maints, vfiqs, virqs};

    // With IRQ_REG, an access waits for its lines.
    if (late && IRQ_REG != 0) write_log(entry, entry_state);
    entry       = {cycle, unexplained, 3'd0, cpu, id, 6'd0, resp, deact_valids, bvalids, rvalids, value, bank};
    entry_state = state;
    if (effects && IRQ_REG == 0) write_log(entry, entry_state);

    effects   <= last;
    late      <= effects;
    was_reset <= !aresetn;
    counting  <= counting || !aresetn;
    cycle     <= cycle + 1;

    // The next command.
    if (!go) done <= 0;
    else if (tape == 0 && !done) begin
      tape = $fopen("tape", "rb");
      log = $fopen("log", "wb");
      if (tape == 0 || log == 0) $fatal(1, "the files tape and log cannot be opened");
      with_state = $test$plusargs("states") != 0;
      ended = 0;
      cycle <= 0;
    end
    if (tape != 0) begin
      if (left != 0) left <= left - 1;
      else if (!ended) begin
        ended = $fread(word, tape) != 8;  // eight bytes, the first one highest
        active  <= !ended;
        command <= word;
        left    <= ended ? 7'd0 : word[30:24];
      end else if (!effects && !late) begin
        $fclose(tape);
        $fclose(log);
        tape = 0;
        done <= 1;
      end
    end
  end

  // verilator lint_on BLKSEQ

  task write_log(input [135:0] what, input [OBS_W-1:0] what_state);
    begin
      if (with_state) $fwrite(log, "%u", {what_state, what, maints, vfiqs, virqs});
      else $fwrite(log, "%u", {what, maints, vfiqs, virqs});
    end
  endtask

endmodule
