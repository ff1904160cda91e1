// SPDX-License-Identifier: Apache-2.0
//
// Section 4: the tree of gicv2_select chooses as hppvi(), a plain scan over all list registers.
//
// Solvers cannot follow a tree and a scan side by side, so two lemmas lead from one to the other: the tree's
// winner is the best of all candidates; and each step of the scan keeps what it has so far behind that
// winner, or is at it.

`include "gicv2_registers.vh"

module select #(
    parameter NUM_LR     = 4,
    parameter GRP_FILTER = 1
) (
    input wire [32*NUM_LR-1:0] lrs,
    input wire           [1:0] group_enable
);

  wire              found;
  wire [NUM_LR-1:0] winner;
  wire       [31:0] winner_lr;

  gicv2_select #(
      .NUM_LR    (NUM_LR),
      .GRP_FILTER(GRP_FILTER)
  ) u_dut (
      .lrs         (lrs),
      .group_enable(group_enable),
      .found       (found),
      .winner      (winner),
      .winner_lr   (winner_lr)
  );

  // hppvi(): what the scan has after n list registers. A winner is found if one of them is a candidate.

  wire      [NUM_LR:0] scan_found;
  wire [6*NUM_LR+5:0] scan_index;
  wire [32*NUM_LR+31:0] scan_lr;
  wire   [NUM_LR-1:0] candidate, tie;

  // The lemmas, bit n for list register n

  reg   [5:0] winner_index;
  always @* begin : encode
    integer i;
    winner_index = 6'd0;
    for (i = 0; i < NUM_LR; i = i + 1) if (winner[i]) winner_index = winner_index | i[5:0];
  end

  wire [NUM_LR-1:0] best;
  wire   [NUM_LR:0] kept;
  wire [NUM_LR-1:0] step;

  assign scan_found[0] = 1'b0;
  assign scan_index[5:0] = 6'd0;
  assign scan_lr[31:0] = 32'd0;
  assign kept[0] = 1'b1;

  genvar n;
  generate
    for (n = 0; n < NUM_LR; n = n + 1) begin : g_lr
      localparam [NUM_LR-1:0] SELF = {{(NUM_LR - 1) {1'b0}}, 1'b1} << n;
      wire [31:0] lr = lrs[32*n+:32];
      wire  [4:0] level = lr[`GICH_LR_PRIORITY_MSB:`GICH_LR_PRIORITY_LSB];
      wire  [4:0] best_level = winner_lr[`GICH_LR_PRIORITY_MSB:`GICH_LR_PRIORITY_LSB];

      assign candidate[n] = lr[`GICH_LR_STATE_MSB:`GICH_LR_STATE_LSB] == `GICH_LR_STATE_PEND &&
                            lr[`GICH_LR_VIRTUALID_MSB:`GICH_LR_VIRTUALID_LSB] < 1020 &&
                            (GRP_FILTER == 0 || group_enable[lr[`GICH_LR_GRP1_LSB]]);

      wire [31:0] before = scan_lr[32*n+:32];
      wire take = candidate[n] &&
                  (!scan_found[n] || level < before[`GICH_LR_PRIORITY_MSB:`GICH_LR_PRIORITY_LSB]);
      assign scan_found[n+1] = scan_found[n] || take;
      assign scan_index[6*n+6+:6] = take ? n : scan_index[6*n+:6];
      assign scan_lr[32*n+32+:32] = take ? lr : before;

      wire beaten = best_level < level || (best_level == level && winner <= SELF);
      assign best[n] = (!candidate[n] || (found && beaten)) &&
                       (!winner[n] || (found && candidate[n] && winner == SELF && winner_lr == lr));

      wire [31:0] after = scan_lr[32*n+32+:32];
      wire past_winner = (winner & (SELF | (SELF - 1))) != 0;
      wire at_winner = scan_found[n+1] && scan_index[6*n+6+:6] == winner_index && after == winner_lr;
      assign kept[n+1] = past_winner ? at_winner
                       : !scan_found[n+1] || after[`GICH_LR_PRIORITY_MSB:`GICH_LR_PRIORITY_LSB] > best_level;
      assign step[n] = !(kept[n] && best[n]) || kept[n+1];

      assign tie[n] = candidate[n] && level == best_level;
    end
  endgenerate

  wire tied = (tie & (tie - 1)) != 0;
  wire same = found && winner == {{(NUM_LR - 1) {1'b0}}, 1'b1} << scan_index[6*NUM_LR+:6] &&
              winner_lr == scan_lr[32*NUM_LR+:32];

  always @* begin
    tree_takes_the_best: assert ((&best) && found == (winner != 0));
    scan_stays_behind_the_best: assert (&step);

    // V2-SEL-1, V2-SEL-3, V2-LR-6
    if (lrs != 0 && !scan_found[NUM_LR]) selection_finds_candidates_only: assert (!found && winner == 0);
    // V2-SEL-4
    if (scan_found[NUM_LR] && !tied) selection_takes_the_most_urgent: assert (same);
    // V2-SEL-2, V2-LR-7
    if (scan_found[NUM_LR] && tied) selection_breaks_ties_by_number: assert (same);

    last_of_all_wins: cover (winner[NUM_LR-1] && (&candidate));
  end

endmodule
