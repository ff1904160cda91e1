// SPDX-License-Identifier: Apache-2.0
//
// V2-CYC-7, V2-CYC-8: each deactivation of a list register that is tied to a physical interrupt comes out of
// its bank's port once, in order, and four at most wait.

module deactivations #(
    parameter NUM_CPU = 2,
    parameter NUM_LR  = 2
) (
    input wire aclk
);

  `include "device.svh"

  wire [NUM_CPU-1:0] queue_right;

  genvar b;
  generate
    for (b = 0; b < NUM_CPU; b = b + 1) begin : g_bank
      wire [39:0] ids;  // the device's own
      wire  [2:0] count;

      bank_deactivations #(
          .NUM_LR(NUM_LR),
          .CPU   (b)
      ) u_check (
          .aclk       (aclk),
          .aresetn    (aresetn),
          .obs        (obs[OBS_W*b+:OBS_W]),
          .deact_valid(deact_valid[b]),
          .deact_ready(deact_ready[b]),
          .deact_id   (deact_id[10*b+:10]),
          .deact_cpu  (deact_cpu[3*b+:3]),
          .ids        (ids),
          .count      (count),
          .queue_right(queue_right[b])
      );
    end

    for (b = 0; b < NUM_CPU; b = b + 1) begin : \u_dut.g_bank
      (* hierconn *) wire [39:0] \u_vif.u_deact_queue.ids_q ;
      (* hierconn *) wire [2:0] \u_vif.u_deact_queue.count_q ;
      assign g_bank[b].ids = \u_vif.u_deact_queue.ids_q ;
      assign g_bank[b].count = \u_vif.u_deact_queue.count_q ;
    end
  endgenerate

  always @* if (was_reset) queue_holds_the_list: assert (&queue_right);

endmodule
