// SPDX-License-Identifier: Apache-2.0
//
// What reads of one CPU do to its own bank; both are seen through the pins and the observation port alone.

`include "gicv2_registers.vh"

module acknowledge_of_cpu #(
    parameter       NUM_LR = 2,
    parameter [2:0] CPU    = 0
) (
    input  wire                     aclk,
    input  wire                     aresetn,
    input  wire              [15:0] araddr,
    input  wire                     arvalid,
    input  wire                     arready,
    input  wire              [31:0] rdata,
    input  wire                     rvalid,
    input  wire                     rready,
    input  wire [32*(9+NUM_LR)-1:0] obs,
    output reg               [15:0] slot_addr  // what was taken last
);

  // The answer that came at the edge before this one, and to what address

  reg [15:0] addr_before;
  reg        waited, answer_was_there;
  reg  [1:0] stalls;

  always @(posedge aclk) begin
    if (arvalid && arready) slot_addr <= araddr;
    addr_before      <= arready ? araddr : slot_addr;
    waited           <= !arready;
    answer_was_there <= rvalid && !rready;
    stalls           <= {stalls[0], answer_was_there};
  end

  wire answered = running && rvalid && !answer_was_there;
  wire answered_ack = answered && (addr_before == `GICV2_GICV_BASE + `GICV_IAR_OFFSET ||
                                   addr_before == `GICV2_GICV_BASE + `GICV_AIAR_OFFSET);

  // What happened to the bank at that edge

  wire                 running, accepted, write;
  wire           [2:0] port;
  wire [32*NUM_LR-1:0] lrs, lrs_before;
  wire          [95:0] control, control_before;

  bank_view #(
      .NUM_LR(NUM_LR)
  ) u_view (
      .aclk          (aclk),
      .aresetn       (aresetn),
      .obs           (obs),
      .running       (running),
      .accepted      (accepted),
      .write         (write),
      .error         (),
      .port          (port),
      .addr          (),
      .lrs           (lrs),
      .lrs_before    (lrs_before),
      .control       (control),
      .control_before(control_before)
  );

  wire changed = running && (lrs != lrs_before || control != control_before);
  wire changed_by_read = changed && !(accepted && write);

  reg [NUM_LR-1:0] acknowledged;
  reg       [31:0] acknowledged_id;

  always @* begin : compare
    integer    n;
    reg [31:0] lr;
    acknowledged = 0;
    acknowledged_id = 32'd1023;
    for (n = 0; n < NUM_LR; n = n + 1) begin
      lr = lrs_before[32*n+:32];
      if (lr[`GICH_LR_STATE_MSB:`GICH_LR_STATE_LSB] == `GICH_LR_STATE_PEND &&
          lrs[32*n+:32] == (lr & ~`GICH_LR_STATE_MASK | `GICH_LR_STATE_ACT << `GICH_LR_STATE_LSB)) begin
        acknowledged[n] = 1'b1;
        acknowledged_id = {19'd0, lr[`GICH_LR_HW_LSB] ? 3'd0 : lr[`GICH_LR_CPUID_MSB:`GICH_LR_CPUID_LSB],
                           lr[`GICH_LR_VIRTUALID_MSB:`GICH_LR_VIRTUALID_LSB]};
      end
    end
  end

  wire one_acknowledged = acknowledged != 0 && (acknowledged & (acknowledged - 1)) == 0;
  wire one_level_more = (control[95:64] & ~control_before[95:64]) != 0 &&
                        (control[95:64] & control_before[95:64]) == control_before[95:64] &&
                        control[63:0] == control_before[63:0];

  always @* begin
    if (changed_by_read) begin
      read_takes_effect_with_its_answer: assert (accepted && port == CPU && answered_ack);
      acknowledged_id_is_answered: assert (one_acknowledged && rdata == acknowledged_id);
    end
    if (answered_ack && rdata[9:0] < 1020)
      answered_id_is_acknowledged: assert (accepted && port == CPU && one_acknowledged && one_level_more);
    if (answered_ack && rdata[9:0] >= 1020 && accepted && !write)
      special_answer_changes_nothing: assert (!changed);

    acknowledged_after_a_wait: cover (changed_by_read && waited && stalls == 2'b11);
    answer_waits_on: cover (running && answer_was_there && rvalid && rdata[9:0] < 1020 && (&stalls));
  end

endmodule
