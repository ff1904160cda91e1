// SPDX-License-Identifier: Apache-2.0
//
// Clock-free wrapper of the device for simulators. Each CPU's port has names of its own (s0_axi_awaddr, ...,
// s7_axi_rready; those of CPUs that do not exist stay idle), so that any AXI driver binds by prefix. `sample`
// packs every pin and the observation port: one read a clock edge shows all that a checker needs.

module tb_top #(
    parameter        NUM_CPU    = 2,
    parameter        NUM_LR     = 4,
    parameter [31:0] IIDR       = 32'h0202143B,
    parameter        GRP_FILTER = 1,
    parameter        HPPIR_PMR  = 0,
    parameter        IRQ_REG    = 0
) (
    input  wire aclk,
    input  wire aresetn,
`ifdef PLANTED
    input  wire [9:0] planted,  // which planted error is there, 0 for none
`endif

    input  wire [15:0] s0_axi_awaddr, s1_axi_awaddr, s2_axi_awaddr, s3_axi_awaddr,
                       s4_axi_awaddr, s5_axi_awaddr, s6_axi_awaddr, s7_axi_awaddr,
    input  wire  [2:0] s0_axi_awprot, s1_axi_awprot, s2_axi_awprot, s3_axi_awprot,
                       s4_axi_awprot, s5_axi_awprot, s6_axi_awprot, s7_axi_awprot,
    input  wire        s0_axi_awvalid, s1_axi_awvalid, s2_axi_awvalid, s3_axi_awvalid,
                       s4_axi_awvalid, s5_axi_awvalid, s6_axi_awvalid, s7_axi_awvalid,
    output wire        s0_axi_awready, s1_axi_awready, s2_axi_awready, s3_axi_awready,
                       s4_axi_awready, s5_axi_awready, s6_axi_awready, s7_axi_awready,
    input  wire [31:0] s0_axi_wdata, s1_axi_wdata, s2_axi_wdata, s3_axi_wdata,
                       s4_axi_wdata, s5_axi_wdata, s6_axi_wdata, s7_axi_wdata,
    input  wire  [3:0] s0_axi_wstrb, s1_axi_wstrb, s2_axi_wstrb, s3_axi_wstrb,
                       s4_axi_wstrb, s5_axi_wstrb, s6_axi_wstrb, s7_axi_wstrb,
    input  wire        s0_axi_wvalid, s1_axi_wvalid, s2_axi_wvalid, s3_axi_wvalid,
                       s4_axi_wvalid, s5_axi_wvalid, s6_axi_wvalid, s7_axi_wvalid,
    output wire        s0_axi_wready, s1_axi_wready, s2_axi_wready, s3_axi_wready,
                       s4_axi_wready, s5_axi_wready, s6_axi_wready, s7_axi_wready,
    output wire  [1:0] s0_axi_bresp, s1_axi_bresp, s2_axi_bresp, s3_axi_bresp,
                       s4_axi_bresp, s5_axi_bresp, s6_axi_bresp, s7_axi_bresp,
    output wire        s0_axi_bvalid, s1_axi_bvalid, s2_axi_bvalid, s3_axi_bvalid,
                       s4_axi_bvalid, s5_axi_bvalid, s6_axi_bvalid, s7_axi_bvalid,
    input  wire        s0_axi_bready, s1_axi_bready, s2_axi_bready, s3_axi_bready,
                       s4_axi_bready, s5_axi_bready, s6_axi_bready, s7_axi_bready,
    input  wire [15:0] s0_axi_araddr, s1_axi_araddr, s2_axi_araddr, s3_axi_araddr,
                       s4_axi_araddr, s5_axi_araddr, s6_axi_araddr, s7_axi_araddr,
    input  wire  [2:0] s0_axi_arprot, s1_axi_arprot, s2_axi_arprot, s3_axi_arprot,
                       s4_axi_arprot, s5_axi_arprot, s6_axi_arprot, s7_axi_arprot,
    input  wire        s0_axi_arvalid, s1_axi_arvalid, s2_axi_arvalid, s3_axi_arvalid,
                       s4_axi_arvalid, s5_axi_arvalid, s6_axi_arvalid, s7_axi_arvalid,
    output wire        s0_axi_arready, s1_axi_arready, s2_axi_arready, s3_axi_arready,
                       s4_axi_arready, s5_axi_arready, s6_axi_arready, s7_axi_arready,
    output wire [31:0] s0_axi_rdata, s1_axi_rdata, s2_axi_rdata, s3_axi_rdata,
                       s4_axi_rdata, s5_axi_rdata, s6_axi_rdata, s7_axi_rdata,
    output wire  [1:0] s0_axi_rresp, s1_axi_rresp, s2_axi_rresp, s3_axi_rresp,
                       s4_axi_rresp, s5_axi_rresp, s6_axi_rresp, s7_axi_rresp,
    output wire        s0_axi_rvalid, s1_axi_rvalid, s2_axi_rvalid, s3_axi_rvalid,
                       s4_axi_rvalid, s5_axi_rvalid, s6_axi_rvalid, s7_axi_rvalid,
    input  wire        s0_axi_rready, s1_axi_rready, s2_axi_rready, s3_axi_rready,
                       s4_axi_rready, s5_axi_rready, s6_axi_rready, s7_axi_rready,

    output wire  [7:0] virq, vfiq, maint_irq, deact_valid,
    input  wire  [7:0] deact_ready,

    output wire [32*(5+9+NUM_LR)*NUM_CPU-1:0] sample
);

  localparam OBS_W = 32 * (9 + NUM_LR);

  // All eight ports packed, CPU 0 lowest.

  wire [127:0] awaddr;
  wire  [23:0] awprot;
  wire   [7:0] awvalid;
  wire   [7:0] awready;
  wire [255:0] wdata;
  wire  [31:0] wstrb;
  wire   [7:0] wvalid;
  wire   [7:0] wready;
  wire  [15:0] bresp;
  wire   [7:0] bvalid;
  wire   [7:0] bready;
  wire [127:0] araddr;
  wire  [23:0] arprot;
  wire   [7:0] arvalid;
  wire   [7:0] arready;
  wire [255:0] rdata;
  wire  [15:0] rresp;
  wire   [7:0] rvalid;
  wire   [7:0] rready;

  assign awaddr = {s7_axi_awaddr, s6_axi_awaddr, s5_axi_awaddr, s4_axi_awaddr,
                s3_axi_awaddr, s2_axi_awaddr, s1_axi_awaddr, s0_axi_awaddr};
  assign awprot = {s7_axi_awprot, s6_axi_awprot, s5_axi_awprot, s4_axi_awprot,
                s3_axi_awprot, s2_axi_awprot, s1_axi_awprot, s0_axi_awprot};
  assign awvalid = {s7_axi_awvalid, s6_axi_awvalid, s5_axi_awvalid, s4_axi_awvalid,
                s3_axi_awvalid, s2_axi_awvalid, s1_axi_awvalid, s0_axi_awvalid};
  assign {s7_axi_awready, s6_axi_awready, s5_axi_awready, s4_axi_awready,
          s3_axi_awready, s2_axi_awready, s1_axi_awready, s0_axi_awready} = awready;
  assign wdata = {s7_axi_wdata, s6_axi_wdata, s5_axi_wdata, s4_axi_wdata,
                s3_axi_wdata, s2_axi_wdata, s1_axi_wdata, s0_axi_wdata};
  assign wstrb = {s7_axi_wstrb, s6_axi_wstrb, s5_axi_wstrb, s4_axi_wstrb,
                s3_axi_wstrb, s2_axi_wstrb, s1_axi_wstrb, s0_axi_wstrb};
  assign wvalid = {s7_axi_wvalid, s6_axi_wvalid, s5_axi_wvalid, s4_axi_wvalid,
                s3_axi_wvalid, s2_axi_wvalid, s1_axi_wvalid, s0_axi_wvalid};
  assign {s7_axi_wready, s6_axi_wready, s5_axi_wready, s4_axi_wready,
          s3_axi_wready, s2_axi_wready, s1_axi_wready, s0_axi_wready} = wready;
  assign {s7_axi_bresp, s6_axi_bresp, s5_axi_bresp, s4_axi_bresp,
          s3_axi_bresp, s2_axi_bresp, s1_axi_bresp, s0_axi_bresp} = bresp;
  assign {s7_axi_bvalid, s6_axi_bvalid, s5_axi_bvalid, s4_axi_bvalid,
          s3_axi_bvalid, s2_axi_bvalid, s1_axi_bvalid, s0_axi_bvalid} = bvalid;
  assign bready = {s7_axi_bready, s6_axi_bready, s5_axi_bready, s4_axi_bready,
                s3_axi_bready, s2_axi_bready, s1_axi_bready, s0_axi_bready};
  assign araddr = {s7_axi_araddr, s6_axi_araddr, s5_axi_araddr, s4_axi_araddr,
                s3_axi_araddr, s2_axi_araddr, s1_axi_araddr, s0_axi_araddr};
  assign arprot = {s7_axi_arprot, s6_axi_arprot, s5_axi_arprot, s4_axi_arprot,
                s3_axi_arprot, s2_axi_arprot, s1_axi_arprot, s0_axi_arprot};
  assign arvalid = {s7_axi_arvalid, s6_axi_arvalid, s5_axi_arvalid, s4_axi_arvalid,
                s3_axi_arvalid, s2_axi_arvalid, s1_axi_arvalid, s0_axi_arvalid};
  assign {s7_axi_arready, s6_axi_arready, s5_axi_arready, s4_axi_arready,
          s3_axi_arready, s2_axi_arready, s1_axi_arready, s0_axi_arready} = arready;
  assign {s7_axi_rdata, s6_axi_rdata, s5_axi_rdata, s4_axi_rdata,
          s3_axi_rdata, s2_axi_rdata, s1_axi_rdata, s0_axi_rdata} = rdata;
  assign {s7_axi_rresp, s6_axi_rresp, s5_axi_rresp, s4_axi_rresp,
          s3_axi_rresp, s2_axi_rresp, s1_axi_rresp, s0_axi_rresp} = rresp;
  assign {s7_axi_rvalid, s6_axi_rvalid, s5_axi_rvalid, s4_axi_rvalid,
          s3_axi_rvalid, s2_axi_rvalid, s1_axi_rvalid, s0_axi_rvalid} = rvalid;
  assign rready = {s7_axi_rready, s6_axi_rready, s5_axi_rready, s4_axi_rready,
                s3_axi_rready, s2_axi_rready, s1_axi_rready, s0_axi_rready};

  wire [10*NUM_CPU-1:0] deact_id;
  wire [3*NUM_CPU-1:0] deact_cpu;
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
      .s_axi_awaddr (awaddr[16*NUM_CPU-1:0]),
      .s_axi_awprot (awprot[3*NUM_CPU-1:0]),
      .s_axi_awvalid(awvalid[NUM_CPU-1:0]),
      .s_axi_awready(awready[NUM_CPU-1:0]),
      .s_axi_wdata  (wdata[32*NUM_CPU-1:0]),
      .s_axi_wstrb  (wstrb[4*NUM_CPU-1:0]),
      .s_axi_wvalid (wvalid[NUM_CPU-1:0]),
      .s_axi_wready (wready[NUM_CPU-1:0]),
      .s_axi_bresp  (bresp[2*NUM_CPU-1:0]),
      .s_axi_bvalid (bvalid[NUM_CPU-1:0]),
      .s_axi_bready (bready[NUM_CPU-1:0]),
      .s_axi_araddr (araddr[16*NUM_CPU-1:0]),
      .s_axi_arprot (arprot[3*NUM_CPU-1:0]),
      .s_axi_arvalid(arvalid[NUM_CPU-1:0]),
      .s_axi_arready(arready[NUM_CPU-1:0]),
      .s_axi_rdata  (rdata[32*NUM_CPU-1:0]),
      .s_axi_rresp  (rresp[2*NUM_CPU-1:0]),
      .s_axi_rvalid (rvalid[NUM_CPU-1:0]),
      .s_axi_rready (rready[NUM_CPU-1:0]),
      .virq         (virq[NUM_CPU-1:0]),
      .vfiq         (vfiq[NUM_CPU-1:0]),
      .maint_irq    (maint_irq[NUM_CPU-1:0]),
      .deact_valid  (deact_valid[NUM_CPU-1:0]),
      .deact_ready  (deact_ready[NUM_CPU-1:0]),
      .deact_id     (deact_id),
      .deact_cpu    (deact_cpu),
      .obs          (obs)
  );

  // Pins of CPUs that do not exist.
  wire unused = &{1'b0, awaddr, awprot, awvalid, wdata, wstrb, wvalid, bready,
                  araddr, arprot, arvalid, rready, deact_ready};

  localparam PINS_W = 32 * 5;

  genvar p;
  generate
    for (p = 0; p < NUM_CPU; p = p + 1) begin : g_sample
      assign sample[PINS_W*p+:PINS_W] = {
        19'd0, deact_cpu[3*p+:3], deact_id[10*p+:10],
        aresetn, 8'd0, deact_ready[p], deact_valid[p], maint_irq[p], vfiq[p], virq[p], wstrb[4*p+:4],
        rresp[2*p+:2], bresp[2*p+:2], rready[p], rvalid[p], arready[p], arvalid[p],
        bready[p], bvalid[p], wready[p], wvalid[p], awready[p], awvalid[p],
        rdata[32*p+:32],
        wdata[32*p+:32],
        araddr[16*p+:16], awaddr[16*p+:16]
      };

      gicv2_properties #(
          .NUM_LR(NUM_LR),
          .CPU   (p[2:0])
      ) u_properties (
          .aclk   (aclk),
          .aresetn(aresetn),
          .obs    (obs[OBS_W*p+:OBS_W]),
          .virq   (virq[p]),
          .vfiq   (vfiq[p])
      );

`ifdef VGIC_WAVES
      gicv2_view #(
          .NUM_LR(NUM_LR)
      ) u_view (
          .obs(obs[OBS_W*p+:OBS_W])
      );
`endif
    end

    for (p = NUM_CPU; p < 8; p = p + 1) begin : g_no_cpu
      assign {awready[p], wready[p], bvalid[p], bresp[2*p+:2]} = 5'd0;
      assign {arready[p], rvalid[p], rresp[2*p+:2], rdata[32*p+:32]} = 36'd0;
      assign {virq[p], vfiq[p], maint_irq[p], deact_valid[p]} = 4'd0;
    end
  endgenerate

  assign sample[PINS_W*NUM_CPU+:OBS_W*NUM_CPU] = obs;

endmodule
