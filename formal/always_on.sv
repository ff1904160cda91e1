// SPDX-License-Identifier: Apache-2.0
//
// Section 8: what simulations assert at every edge, tb/gicv2_properties.sv, for every sequence of inputs.

`include "gicv2_registers.vh"

module always_on #(
    parameter NUM_CPU = 2,
    parameter NUM_LR  = 4
) (
    input wire aclk
);

  `include "device.svh"

  genvar b;
  wire [NUM_CPU-1:0] legal;
  generate
    for (b = 0; b < NUM_CPU; b = b + 1) begin : g_bank
      gicv2_properties #(
          .NUM_LR(NUM_LR),
          .CPU   (b)
      ) u_properties (
          .aclk   (aclk),
          .aresetn(aresetn),
          .obs    (obs[OBS_W*b+:OBS_W]),
          .virq   (virq[b]),
          .vfiq   (vfiq[b])
      );
    end

    // The device's own registers: VMCR does not tell all that is in them.
    for (b = 0; b < NUM_CPU; b = b + 1) begin : \u_dut.g_bank 
      (* hierconn *) wire [31:0] \u_vif.bpr_q , \u_vif.abpr_q ;
      assign legal[b] = \u_vif.bpr_q >= 2 && \u_vif.bpr_q <= 7 && \u_vif.abpr_q >= 3 && \u_vif.abpr_q <= 7;
    end
  endgenerate

  always @* if (was_reset) binary_points_stay_legal: assert (&legal);

endmodule
