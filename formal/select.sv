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

  reg  [5:0] winner_index;
  always @* begin : encode
    integer i;
    winner_index = 6'd0;
    for (i = 0; i < NUM_LR; i = i + 1) if (winner[i]) winner_index = winner_index | i[5:0];
  end

  // hppvi(): what the scan has before list register n, and after it. What it has found is given by its number
  // and priority.

  wire   [NUM_LR-1:0] candidate, tie, found_after;
  wire [6*NUM_LR-1:0] index_after;
  wire [5*NUM_LR-1:0] level_after;

`ifdef LEMMA  // of a step: for all that there can be before it, and all that can be the best
  (* anyseq *) wire   [NUM_LR-1:0] found_before;
  (* anyseq *) wire [6*NUM_LR-1:0] index_before;
  (* anyseq *) wire [5*NUM_LR-1:0] level_before;
  (* anyseq *) wire          [5:0] best_index;
  (* anyseq *) wire          [4:0] best_level;
`else
  wire   [NUM_LR-1:0] found_before = {found_after, 1'b0};
  wire [6*NUM_LR-1:0] index_before = {index_after, 6'd0};
  wire [5*NUM_LR-1:0] level_before = {level_after, 5'd0};
  wire          [5:0] best_index = winner_index;
  wire          [4:0] best_level = winner_lr[`GICH_LR_PRIORITY_MSB:`GICH_LR_PRIORITY_LSB];
`endif

  wire       scan_found = found_after[NUM_LR-1];
  wire [5:0] scan_index = index_after[6*(NUM_LR-1)+:6];

  // The lemmas, bit n for list register n

  wire [4:0] tree_level = winner_lr[`GICH_LR_PRIORITY_MSB:`GICH_LR_PRIORITY_LSB];

  wire [NUM_LR-1:0] tree_right, step_right;

  genvar n;
  generate
    for (n = 0; n < NUM_LR; n = n + 1) begin : g_lr
      wire [31:0] lr = lrs[32*n+:32];
      wire  [4:0] level = lr[`GICH_LR_PRIORITY_MSB:`GICH_LR_PRIORITY_LSB];

      assign candidate[n] = lr[`GICH_LR_STATE_MSB:`GICH_LR_STATE_LSB] == `GICH_LR_STATE_PEND &&
                            lr[`GICH_LR_VIRTUALID_MSB:`GICH_LR_VIRTUALID_LSB] < 1020 &&
                            (GRP_FILTER == 0 || group_enable[lr[`GICH_LR_GRP1_LSB]]);
      assign tie[n] = candidate[n] && level == best_level;

      wire take = candidate[n] && (!found_before[n] || level < level_before[5*n+:5]);
      assign found_after[n] = found_before[n] || take;
      assign index_after[6*n+:6] = take ? n : index_before[6*n+:6];
      assign level_after[5*n+:5] = take ? level : level_before[5*n+:5];

      assign tree_right[n] =
          (!candidate[n] || (found && (tree_level < level || (tree_level == level && winner_index <= n)))) &&
          (!(found && winner_index == n) || (candidate[n] && winner_lr == lr));

      wire best_right = (!candidate[n] || best_level < level || (best_level == level && best_index <= n)) &&
                        (best_index != n || (candidate[n] && level == best_level));
      wire kept_before = best_index < n
          ? found_before[n] && index_before[6*n+:6] == best_index && level_before[5*n+:5] == best_level
          : !found_before[n] || level_before[5*n+:5] > best_level;
      wire kept_after = best_index <= n
          ? found_after[n] && index_after[6*n+:6] == best_index && level_after[5*n+:5] == best_level
          : !found_after[n] || level_after[5*n+:5] > best_level;
      assign step_right[n] = !(best_right && kept_before) || kept_after;
    end
  endgenerate

  wire one_winner = found && winner == {{(NUM_LR - 1) {1'b0}}, 1'b1} << winner_index;
  wire tied = (tie & (tie - 1)) != 0;
  wire same = found && winner == {{(NUM_LR - 1) {1'b0}}, 1'b1} << scan_index &&
              winner_lr == lrs[32*scan_index+:32];

  always @* begin
    tree_takes_the_best: assert ((&tree_right) && (one_winner || !found && winner == 0));
    each_step_stays_behind_the_best: assert (&step_right);

    // V2-SEL-1, V2-SEL-3, V2-LR-6
    if (lrs != 0 && !scan_found) selection_finds_candidates_only: assert (!found && winner == 0);
    // V2-SEL-4
    if (scan_found && !tied) selection_takes_the_most_urgent: assert (same);
    // V2-SEL-2, V2-LR-7
    if (scan_found && tied) selection_breaks_ties_by_number: assert (same);

    last_of_all_wins: cover (winner[NUM_LR-1] && (&candidate));
  end

endmodule
