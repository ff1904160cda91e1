// SPDX-License-Identifier: Apache-2.0
// The reference device with one CPU, behind AHB-Lite; without observation port or deactivation port.
module ahb_gic (
    input  wire        hclk,
    input  wire        hresetn,
    input  wire [15:0] haddr,
    input  wire [ 2:0] hsize,
    input  wire [ 1:0] htrans,
    input  wire        hwrite,
    input  wire [31:0] hwdata,
    output wire [31:0] hrdata,
    output wire        hreadyout,
    output wire        hresp,
    output wire        irq, fiq, maint
);
  reg busy, write, failed;  // a transfer is in its data phase; the second cycle of an error
  reg [15:0] address;
  wire ready, error;
  wire awvalid, awready, wvalid, wready, bvalid, arvalid, arready, rvalid;
  wire [1:0] bresp, rresp;

  assign hreadyout = failed || !busy || (ready && !error);
  assign hresp = failed || (busy && ready && error);
  always @(posedge hclk) begin
    failed <= hresetn && !failed && busy && ready && error;
    if (!hresetn) busy <= 1'b0;
    else if (hreadyout) {busy, write, address} <= {htrans[1] && hsize == 3'd2, hwrite, haddr};
    else if (ready) busy <= 1'b0;
  end

  strobe_port port (
      .clk(hclk), .rst(!hresetn), .strobe(busy && !failed), .write(write), .ready(ready), .error(error),
      .awvalid(awvalid), .awready(awready), .wvalid(wvalid), .wready(wready),
      .bvalid(bvalid), .bresp(bresp), .arvalid(arvalid), .arready(arready), .rvalid(rvalid), .rresp(rresp)
  );

  gicv2_vif_top #(.NUM_CPU(1)) device (
      .aclk(hclk), .aresetn(hresetn),
      .s_axi_awaddr(address), .s_axi_awprot(3'd0), .s_axi_awvalid(awvalid), .s_axi_awready(awready),
      .s_axi_wdata(hwdata), .s_axi_wstrb(4'hF), .s_axi_wvalid(wvalid), .s_axi_wready(wready),
      .s_axi_bresp(bresp), .s_axi_bvalid(bvalid), .s_axi_bready(1'b1),
      .s_axi_araddr(address), .s_axi_arprot(3'd0), .s_axi_arvalid(arvalid), .s_axi_arready(arready),
      .s_axi_rdata(hrdata), .s_axi_rresp(rresp), .s_axi_rvalid(rvalid), .s_axi_rready(1'b1),
      .virq(irq), .vfiq(fiq), .maint_irq(maint),
      .deact_valid(), .deact_ready(1'b1), .deact_id(), .deact_cpu(), .obs()
  );
endmodule
