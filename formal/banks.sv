// SPDX-License-Identifier: Apache-2.0
//
// V2-BANK-1: a bank changes through accesses that name it, and through nothing else. Its own outputs follow
// its own state and its own deact_ready.

module banks #(
    parameter NUM_CPU = 2,
    parameter NUM_LR  = 2
) (
    input wire aclk
);

  `include "device.svh"

  wire [NUM_CPU-1:0] accepted;

  genvar b;
  generate
    for (b = 0; b < NUM_CPU; b = b + 1) begin : g_bank
      one_bank #(
          .NUM_CPU(NUM_CPU),
          .NUM_LR (NUM_LR),
          .CPU    (b)
      ) u_check (
          .aclk        (aclk),
          .aresetn     (aresetn),
          .obs         (obs[OBS_W*b+:OBS_W]),
          .lines       ({virq[b], vfiq[b], maint_irq[b]}),
          .deact_valid (deact_valid[b]),
          .deact_ready (deact_ready[b]),
          .deact_id    (deact_id[10*b+:10]),
          .accepted    (accepted[b]),
          .any_accepted(accepted != 0)
      );
    end
  endgenerate

endmodule
