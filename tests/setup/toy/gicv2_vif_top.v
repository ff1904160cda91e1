// SPDX-License-Identifier: Apache-2.0
//
// Stands in for the device where only building and running are tested: accepts nothing, counts clock edges on rdata.

module gicv2_vif_top #(
    parameter        NUM_CPU    = 2,
    parameter        NUM_LR     = 4,
    parameter [31:0] IIDR       = 32'h0202143B,
    parameter        GRP_FILTER = 1,
    parameter        HPPIR_PMR  = 0,
    parameter        IRQ_REG    = 0
) (
    input  wire                            aclk,
    input  wire                            aresetn,
    input  wire           [16*NUM_CPU-1:0] s_axi_awaddr, s_axi_araddr,
    input  wire            [3*NUM_CPU-1:0] s_axi_awprot, s_axi_arprot,
    input  wire           [32*NUM_CPU-1:0] s_axi_wdata,
    input  wire            [4*NUM_CPU-1:0] s_axi_wstrb,
    input  wire              [NUM_CPU-1:0] s_axi_awvalid, s_axi_wvalid, s_axi_bready, s_axi_arvalid, s_axi_rready,
    output wire              [NUM_CPU-1:0] s_axi_awready, s_axi_wready, s_axi_bvalid, s_axi_arready, s_axi_rvalid,
    output wire            [2*NUM_CPU-1:0] s_axi_bresp, s_axi_rresp,
    output wire           [32*NUM_CPU-1:0] s_axi_rdata,
    output wire              [NUM_CPU-1:0] virq, vfiq, maint_irq, deact_valid,
    input  wire              [NUM_CPU-1:0] deact_ready,
    output wire           [10*NUM_CPU-1:0] deact_id,
    output wire            [3*NUM_CPU-1:0] deact_cpu,
    output wire [32*(9+NUM_LR)*NUM_CPU-1:0] obs
);

  reg [31:0] edges_q;

  always @(posedge aclk) edges_q <= aresetn ? edges_q + 32'd1 : 32'd0;

  assign s_axi_rdata = {NUM_CPU{edges_q}};

  // State of a device that nobody has touched.
  wire [63:0] elrsr = 64'hFFFFFFFFFFFFFFFF >> (64 - NUM_LR);
  assign obs = {NUM_CPU{{32 * NUM_LR{1'b0}}, elrsr, 128'd0, 32'h004C0000, 64'd0}};
`ifdef TOY_BREAKS_A_PROPERTY
  assign virq = {NUM_CPU{aresetn}};
  assign vfiq = virq;
`else
  assign virq = {NUM_CPU{1'b0}};
  assign vfiq = {NUM_CPU{1'b0}};
`endif

  assign s_axi_awready = {NUM_CPU{1'b0}};
  assign s_axi_wready = {NUM_CPU{1'b0}};
  assign s_axi_bvalid = {NUM_CPU{1'b0}};
  assign s_axi_bresp = {2 * NUM_CPU{1'b0}};
  assign s_axi_arready = {NUM_CPU{1'b0}};
  assign s_axi_rvalid = {NUM_CPU{1'b0}};
  assign s_axi_rresp = {NUM_CPU{IIDR == 32'hFEDCBA98, 1'b0}};  // for the test of parameters
  assign maint_irq = {NUM_CPU{1'b0}};
  assign deact_valid = {NUM_CPU{1'b0}};
  assign deact_id = {10 * NUM_CPU{1'b0}};
  assign deact_cpu = {3 * NUM_CPU{1'b0}};

endmodule
