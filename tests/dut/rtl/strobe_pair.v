// SPDX-License-Identifier: Apache-2.0
// The reference device with two CPUs, behind two strobe buses; reset is active high.
module strobe_pair #(
    parameter NUM_LR = 4
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        strobe0, strobe1,
    input  wire        write0, write1,
    input  wire [15:0] address0, address1,
    input  wire [31:0] wdata0, wdata1,
    input  wire [ 3:0] byte_enable0, byte_enable1,
    output wire [31:0] rdata0, rdata1,
    output wire        ready0, ready1,
    output wire        error0, error1,
    output wire [ 1:0] virq, vfiq, maint,
    output wire        deact_valid0, deact_valid1,
    output wire [ 9:0] deact_id0, deact_id1,
    output wire [2*32*(9+NUM_LR)-1:0] obs
);
  wire [1:0] awvalid, awready, wvalid, wready, bvalid, arvalid, arready, rvalid;
  wire [3:0] bresp, rresp;
  wire [31:0] address = {address1, address0};

  strobe_port port[1:0] (
      .clk(clk), .rst(rst), .strobe({strobe1, strobe0}), .write({write1, write0}),
      .ready({ready1, ready0}), .error({error1, error0}),
      .awvalid(awvalid), .awready(awready), .wvalid(wvalid), .wready(wready),
      .bvalid(bvalid), .bresp(bresp), .arvalid(arvalid), .arready(arready), .rvalid(rvalid), .rresp(rresp)
  );

  gicv2_vif_top #(.NUM_CPU(2), .NUM_LR(NUM_LR)) device (
      .aclk(clk), .aresetn(!rst),
      .s_axi_awaddr(address), .s_axi_awprot(6'd0), .s_axi_awvalid(awvalid), .s_axi_awready(awready),
      .s_axi_wdata({wdata1, wdata0}), .s_axi_wstrb({byte_enable1, byte_enable0}),
      .s_axi_wvalid(wvalid), .s_axi_wready(wready),
      .s_axi_bresp(bresp), .s_axi_bvalid(bvalid), .s_axi_bready(2'b11),
      .s_axi_araddr(address), .s_axi_arprot(6'd0), .s_axi_arvalid(arvalid), .s_axi_arready(arready),
      .s_axi_rdata({rdata1, rdata0}), .s_axi_rresp(rresp), .s_axi_rvalid(rvalid), .s_axi_rready(2'b11),
      .virq(virq), .vfiq(vfiq), .maint_irq(maint),
      .deact_valid({deact_valid1, deact_valid0}), .deact_ready(2'b11), .deact_id({deact_id1, deact_id0}),
      .deact_cpu(), .obs(obs)
  );
endmodule
