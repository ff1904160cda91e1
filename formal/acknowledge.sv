// SPDX-License-Identifier: Apache-2.0
//
// V2-CYC-3: the side effect of reading IAR or AIAR comes exactly once, with the answer, however long RREADY
// or another access keeps the read waiting. That each read is answered once is in axi_answers.sv.

`include "gicv2_registers.vh"

module acknowledge #(
    parameter NUM_CPU = 2,
    parameter NUM_LR  = 2
) (
    input wire aclk
);

  `include "device.svh"

  wire [16*NUM_CPU-1:0] slot_addr;
  wire    [NUM_CPU-1:0] slot_right;

  genvar p;
  generate
    for (p = 0; p < NUM_CPU; p = p + 1) begin : g_cpu
      acknowledge_of_cpu #(
          .NUM_LR(NUM_LR),
          .CPU   (p)
      ) u_check (
          .aclk   (aclk),
          .aresetn(aresetn),
          .araddr (s_axi_araddr[16*p+:16]),
          .arvalid(s_axi_arvalid[p]),
          .arready(s_axi_arready[p]),
          .rdata  (s_axi_rdata[32*p+:32]),
          .rvalid (s_axi_rvalid[p]),
          .rready (s_axi_rready[p]),
          .obs    (obs[OBS_W*p+:OBS_W]),
          .slot_addr(slot_addr[16*p+:16])
      );
    end

    for (p = 0; p < NUM_CPU; p = p + 1) begin : \u_dut.g_port
      (* hierconn *) wire [15:0] \u_port.ar_addr_q ;
      assign slot_right[p] = s_axi_arready[p] || \u_port.ar_addr_q == slot_addr[16*p+:16];
    end
  endgenerate

  always @* if (was_reset) slot_holds_what_was_taken: assert (&slot_right);

endmodule
