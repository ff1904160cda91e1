// SPDX-License-Identifier: Apache-2.0
//
// The GICv2 virtual CPU interfaces of NUM_CPU CPUs behind one AXI4-Lite port each (V2-MAP-5). Every
// vector is packed with CPU i at [W*i +: W]. Any port reaches any bank; each bank accepts at most one
// access an edge, by turns (V2-CYC-5).

module gicv2_vif_top #(
    parameter        NUM_CPU    = 2,
    parameter        NUM_LR     = 4,
    parameter [31:0] IIDR       = 32'h0202143B,
    parameter        GRP_FILTER = 1,
    parameter        HPPIR_PMR  = 0,
    parameter        IRQ_REG    = 0
) (
    input  wire                               aclk,
    input  wire                               aresetn,

    input  wire              [16*NUM_CPU-1:0] s_axi_awaddr,
    input  wire               [3*NUM_CPU-1:0] s_axi_awprot,
    input  wire                 [NUM_CPU-1:0] s_axi_awvalid,
    output wire                 [NUM_CPU-1:0] s_axi_awready,
    input  wire              [32*NUM_CPU-1:0] s_axi_wdata,
    input  wire               [4*NUM_CPU-1:0] s_axi_wstrb,
    input  wire                 [NUM_CPU-1:0] s_axi_wvalid,
    output wire                 [NUM_CPU-1:0] s_axi_wready,
    output wire               [2*NUM_CPU-1:0] s_axi_bresp,
    output wire                 [NUM_CPU-1:0] s_axi_bvalid,
    input  wire                 [NUM_CPU-1:0] s_axi_bready,
    input  wire              [16*NUM_CPU-1:0] s_axi_araddr,
    input  wire               [3*NUM_CPU-1:0] s_axi_arprot,
    input  wire                 [NUM_CPU-1:0] s_axi_arvalid,
    output wire                 [NUM_CPU-1:0] s_axi_arready,
    output wire              [32*NUM_CPU-1:0] s_axi_rdata,
    output wire               [2*NUM_CPU-1:0] s_axi_rresp,
    output wire                 [NUM_CPU-1:0] s_axi_rvalid,
    input  wire                 [NUM_CPU-1:0] s_axi_rready,

    output wire                 [NUM_CPU-1:0] virq,
    output wire                 [NUM_CPU-1:0] vfiq,
    output wire                 [NUM_CPU-1:0] maint_irq,

    output wire                 [NUM_CPU-1:0] deact_valid,
    input  wire                 [NUM_CPU-1:0] deact_ready,
    output wire              [10*NUM_CPU-1:0] deact_id,
    output wire               [3*NUM_CPU-1:0] deact_cpu,

    output wire [32*(9+NUM_LR)*NUM_CPU-1:0] obs
);

  localparam OBS_W = 32 * (9 + NUM_LR);
  localparam REQUESTERS = 2 * NUM_CPU;  // in ring order: port 0 write, port 0 read, port 1 write, ...
  localparam ACCESS_W = 55;             // {write, gich, gicv, error, cpu, addr, data}

  generate
    if (NUM_CPU < 1 || NUM_CPU > 8) begin : g_check_num_cpu
      NUM_CPU_must_be_from_1_to_8 stop ();
    end
  endgenerate

  // AxPROT carries nothing that this block uses (V2-MAP-7).
  wire unused = &{1'b0, s_axi_awprot, s_axi_arprot};

  // ---- Ports: what each requester wants ----

  wire          [REQUESTERS-1:0] request;
  wire          [REQUESTERS-1:0] completion;
  wire        [3*REQUESTERS-1:0] bank;
  wire [ACCESS_W*REQUESTERS-1:0] access;
  wire          [REQUESTERS-1:0] accept;
  wire          [32*NUM_CPU-1:0] bank_data;

  genvar p, b, r;
  generate
    for (p = 0; p < NUM_CPU; p = p + 1) begin : g_port
      localparam [2:0] CPU = p;

      wire [15:0] write_addr, read_addr;
      wire [31:0] write_data, read_data;
      wire  [3:0] write_strb;
      wire        write_gich, write_gicv, write_error, read_gich, read_gicv, read_error;
      wire [NUM_CPU-1:0] read_bank;  // one-hot while the read is accepted

      axil_port u_port (
          .aclk         (aclk),
          .aresetn      (aresetn),
          .s_axi_awaddr (s_axi_awaddr[16*p+:16]),
          .s_axi_awvalid(s_axi_awvalid[p]),
          .s_axi_awready(s_axi_awready[p]),
          .s_axi_wdata  (s_axi_wdata[32*p+:32]),
          .s_axi_wstrb  (s_axi_wstrb[4*p+:4]),
          .s_axi_wvalid (s_axi_wvalid[p]),
          .s_axi_wready (s_axi_wready[p]),
          .s_axi_bresp  (s_axi_bresp[2*p+:2]),
          .s_axi_bvalid (s_axi_bvalid[p]),
          .s_axi_bready (s_axi_bready[p]),
          .s_axi_araddr (s_axi_araddr[16*p+:16]),
          .s_axi_arvalid(s_axi_arvalid[p]),
          .s_axi_arready(s_axi_arready[p]),
          .s_axi_rdata  (s_axi_rdata[32*p+:32]),
          .s_axi_rresp  (s_axi_rresp[2*p+:2]),
          .s_axi_rvalid (s_axi_rvalid[p]),
          .s_axi_rready (s_axi_rready[p]),
          .write_request(request[2*p]),
          .write_addr   (write_addr),
          .write_data   (write_data),
          .write_strb   (write_strb),
          .write_accept (accept[2*p]),
          .write_error  (write_error),
          .read_request (request[2*p+1]),
          .read_addr    (read_addr),
          .read_accept  (accept[2*p+1]),
          .read_error   (read_error),
          .read_data    (read_data)
      );

      gicv2_decode #(
          .NUM_CPU(NUM_CPU),
          .CPU    (CPU)
      ) u_write_decode (
          .addr      (write_addr),
          .write     (1'b1),
          .strb      (write_strb),
          .bank      (bank[3*(2*p)+:3]),
          .gich      (write_gich),
          .gicv      (write_gicv),
          .error     (write_error),
          .completion(completion[2*p])
      );

      gicv2_decode #(
          .NUM_CPU(NUM_CPU),
          .CPU    (CPU)
      ) u_read_decode (
          .addr      (read_addr),
          .write     (1'b0),
          .strb      (4'h0),
          .bank      (bank[3*(2*p+1)+:3]),
          .gich      (read_gich),
          .gicv      (read_gicv),
          .error     (read_error),
          .completion(completion[2*p+1])
      );

      assign access[ACCESS_W*(2*p)+:ACCESS_W] =
          {1'b1, write_gich, write_gicv, write_error, CPU, write_addr, write_data};
      assign access[ACCESS_W*(2*p+1)+:ACCESS_W] =
          {1'b0, read_gich, read_gicv, read_error, CPU, read_addr, 32'h00000000};

      for (b = 0; b < NUM_CPU; b = b + 1) begin : g_read_bank
        assign read_bank[b] = g_bank[b].grant[2*p+1];
      end

      onehot_mux #(
          .INPUTS(NUM_CPU),
          .WIDTH (32)
      ) u_read_data (
          .select(read_bank),
          .in    (bank_data),
          .out   (read_data)
      );
    end

    // ---- Banks: one access each an edge ----

    for (b = 0; b < NUM_CPU; b = b + 1) begin : g_bank
      localparam [2:0] CPU = b;

      wire [REQUESTERS-1:0] wanted, grant;
      wire   [ACCESS_W-1:0] chosen;
      wire                  deact_full;

      for (r = 0; r < REQUESTERS; r = r + 1) begin : g_wanted
        assign wanted[r] = request[r] && bank[3*r+:3] == CPU && !(completion[r] && deact_full);  // V2-CYC-8
      end

      ring_arbiter #(
          .REQUESTERS(REQUESTERS)
      ) u_arbiter (
          .aclk   (aclk),
          .aresetn(aresetn),
          .request(wanted),
          .grant  (grant)
      );

      onehot_mux #(
          .INPUTS(REQUESTERS),
          .WIDTH (ACCESS_W)
      ) u_access (
          .select(grant),
          .in    (access),
          .out   (chosen)
      );

      gicv2_vif #(
          .NUM_LR    (NUM_LR),
          .IIDR      (IIDR),
          .GRP_FILTER(GRP_FILTER),
          .HPPIR_PMR (HPPIR_PMR),
          .IRQ_REG   (IRQ_REG),
          .CPU       (CPU)
      ) u_vif (
          .aclk        (aclk),
          .aresetn     (aresetn),
          .access_valid(grant != 0),
          .access_write(chosen[54]),
          .access_gich (chosen[53]),
          .access_gicv (chosen[52]),
          .access_error(chosen[51]),
          .access_cpu  (chosen[50:48]),
          .access_addr (chosen[47:32]),
          .access_data (chosen[31:0]),
          .read_data   (bank_data[32*b+:32]),
          .virq        (virq[b]),
          .vfiq        (vfiq[b]),
          .maint_irq   (maint_irq[b]),
          .deact_full  (deact_full),
          .deact_valid (deact_valid[b]),
          .deact_ready (deact_ready[b]),
          .deact_id    (deact_id[10*b+:10]),
          .deact_cpu   (deact_cpu[3*b+:3]),
          .obs         (obs[OBS_W*b+:OBS_W])
      );
    end

    for (r = 0; r < REQUESTERS; r = r + 1) begin : g_accept
      wire [NUM_CPU-1:0] by_bank;
      for (b = 0; b < NUM_CPU; b = b + 1) begin : g_by_bank
        assign by_bank[b] = g_bank[b].grant[r];
      end
      assign accept[r] = by_bank != 0;
    end
  endgenerate

endmodule
