// SPDX-License-Identifier: Apache-2.0
//
// AXI4-Lite on each port: what is offered stays, unchanged, until it is taken, and each request is answered
// once. Masters are not trusted with anything.

module axi #(
    parameter NUM_CPU = 2,
    parameter NUM_LR  = 2
) (
    input wire aclk
);

  `include "device.svh"

  genvar p;
  generate
    for (p = 0; p < NUM_CPU; p = p + 1) begin : g_port
      axi_channel #(
          .WIDTH(2)
      ) u_write (
          .aclk   (aclk),
          .aresetn(aresetn),
          .valid  (s_axi_bvalid[p]),
          .ready  (s_axi_bready[p]),
          .payload(s_axi_bresp[2*p+:2])
      );
      axi_channel #(
          .WIDTH(34)
      ) u_read (
          .aclk   (aclk),
          .aresetn(aresetn),
          .valid  (s_axi_rvalid[p]),
          .ready  (s_axi_rready[p]),
          .payload({s_axi_rresp[2*p+:2], s_axi_rdata[32*p+:32]})
      );
      axi_answers u_write_addresses (
          .aclk           (aclk),
          .aresetn        (aresetn),
          .request_valid  (s_axi_awvalid[p]),
          .request_ready  (s_axi_awready[p]),
          .response_valid (s_axi_bvalid[p]),
          .response_ready (s_axi_bready[p])
      );
      axi_answers u_write_data (
          .aclk           (aclk),
          .aresetn        (aresetn),
          .request_valid  (s_axi_wvalid[p]),
          .request_ready  (s_axi_wready[p]),
          .response_valid (s_axi_bvalid[p]),
          .response_ready (s_axi_bready[p])
      );
      axi_answers u_reads (
          .aclk           (aclk),
          .aresetn        (aresetn),
          .request_valid  (s_axi_arvalid[p]),
          .request_ready  (s_axi_arready[p]),
          .response_valid (s_axi_rvalid[p]),
          .response_ready (s_axi_rready[p])
      );
    end
  endgenerate

endmodule
