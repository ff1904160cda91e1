// SPDX-License-Identifier: Apache-2.0
//
// The deactivations of one bank beside a plain list of those that its list registers owe.

`include "gicv2_registers.vh"

module bank_deactivations #(
    parameter       NUM_LR = 2,
    parameter [2:0] CPU    = 0
) (
    input  wire                     aclk,
    input  wire                     aresetn,
    input  wire [32*(9+NUM_LR)-1:0] obs,
    input  wire                     deact_valid,
    input  wire                     deact_ready,
    input  wire               [9:0] deact_id,
    input  wire               [2:0] deact_cpu,
    input  wire              [39:0] ids,
    input  wire               [2:0] count,
    output wire                     queue_right
);

  wire                 running, accepted, write, error;
  wire          [15:0] addr;
  wire [32*NUM_LR-1:0] lrs, lrs_before;

  bank_view #(
      .NUM_LR(NUM_LR)
  ) u_view (
      .aclk          (aclk),
      .aresetn       (aresetn),
      .obs           (obs),
      .running       (running),
      .accepted      (accepted),
      .write         (write),
      .error         (error),
      .port          (),
      .addr          (addr),
      .lrs           (lrs),
      .lrs_before    (lrs_before),
      .control       (),
      .control_before()
  );

  wire completion = accepted && write && (
      addr >> 2 == (`GICV2_GICV_BASE + `GICV_EOIR_OFFSET) >> 2 ||
      addr >> 2 == (`GICV2_GICV_BASE + `GICV_AEOIR_OFFSET) >> 2 ||
      addr >> 2 == (`GICV2_GICV_BASE + `GICV_DIR_OFFSET) >> 2);

  // V2-EOI-9, V2-EOI-10: the physical interrupt of the list register that a completion has just deactivated

  reg       owed;
  reg [9:0] owed_id;

  always @* begin : find
    integer    n;
    reg [31:0] lr;
    owed = 1'b0;
    owed_id = 10'd0;
    for (n = 0; n < NUM_LR; n = n + 1) begin
      lr = lrs_before[32*n+:32];
      if (completion && lr != lrs[32*n+:32] && lr[`GICH_LR_HW_LSB] &&
          lr[`GICH_LR_PHYSICALID_MSB:`GICH_LR_PHYSICALID_LSB] >= 16 &&
          lr[`GICH_LR_PHYSICALID_MSB:`GICH_LR_PHYSICALID_LSB] <= 1019) begin
        owed = 1'b1;
        owed_id = lr[`GICH_LR_PHYSICALID_MSB:`GICH_LR_PHYSICALID_LSB];
      end
    end
  end

  // The list, oldest lowest: what was left at the last edge, and what that edge has added

  reg        was_reset = 1'b0;
  reg [39:0] left;
  reg  [2:0] left_count;
  reg        was_full, was_full_once;

  reg [39:0] list;
  always @* begin
    list = left;
    if (owed) list[10*left_count[1:0]+:10] = owed_id;
  end
  wire [2:0] list_count = running ? left_count + {2'd0, owed} : 3'd0;
  wire       handed_over = deact_valid && deact_ready;

  always @(posedge aclk) begin
    was_reset  <= was_reset || !aresetn;
    left       <= handed_over ? list >> 10 : list;
    left_count <= aresetn ? list_count - {2'd0, handed_over} : 3'd0;
    was_full   <= list_count == 3'd4;
    was_full_once <= aresetn && (was_full_once || was_full);
  end

  reg [3:0] same;
  always @* begin : compare
    integer n;
    for (n = 0; n < 4; n = n + 1) same[n] = n >= count || ids[10*n+:10] == list[10*n+:10];
  end
  assign queue_right = count == list_count && count <= 4 && (&same);

  always @* if (was_reset) begin
    if (running && was_full) full_queue_holds_completions_back: assert (!completion);
    if (list_count != 0) begin
      what_is_owed_is_on_the_port: assert (deact_valid);
      oldest_is_on_the_port: assert (deact_id == list[9:0] && deact_cpu == CPU);
    end
    if (list_count == 0) nothing_else_is_on_the_port: assert (!deact_valid);

    three_of_four_are_handed_over: cover (running && list_count == 1 && was_full_once);
    one_comes_as_one_goes: cover (owed && list_count == 3'd3 && !was_full);
  end

endmodule
