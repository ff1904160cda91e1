// SPDX-License-Identifier: Apache-2.0
// An AXI4-Lite manager behind a plain strobe bus.
module strobe_port (
    input  wire        clk,
    input  wire        rst,
    input  wire        strobe,
    input  wire        write,
    output wire        ready,
    output wire        error,
    output wire        awvalid,
    input  wire        awready,
    output wire        wvalid,
    input  wire        wready,
    input  wire        bvalid,
    input  wire [1:0]  bresp,
    output wire        arvalid,
    input  wire        arready,
    input  wire        rvalid,
    input  wire [1:0]  rresp
);
  reg aw_sent, w_sent, ar_sent;
  assign awvalid = strobe && write && !aw_sent;
  assign wvalid = strobe && write && !w_sent;
  assign arvalid = strobe && !write && !ar_sent;
  assign ready = write ? bvalid : rvalid;
  assign error = write ? bresp[1] : rresp[1];
  always @(posedge clk) begin
    aw_sent <= !rst && !(strobe && ready) && (aw_sent || (awvalid && awready));
    w_sent  <= !rst && !(strobe && ready) && (w_sent || (wvalid && wready));
    ar_sent <= !rst && !(strobe && ready) && (ar_sent || (arvalid && arready));
  end
endmodule
