// SPDX-License-Identifier: Apache-2.0
//
// Section 4, hppvi(): the most urgent pending list register, as a tree of pairwise choices. A node
// passes the key, word and number of its better child; equal keys go to the lower number (V2-SEL-2).

`include "gicv2_registers.vh"

module gicv2_select #(
    parameter NUM_LR     = 4,
    parameter GRP_FILTER = 1
) (
    input  wire [32*NUM_LR-1:0] lrs,
    input  wire           [1:0] group_enable,
    output wire                 found,
    output wire    [NUM_LR-1:0] winner,       // one-hot, all zero when nothing was found
    output wire          [31:0] winner_lr
);

  localparam DEPTH = $clog2(NUM_LR);
  localparam INDEX_W = NUM_LR > 1 ? DEPTH : 1;
  localparam KEY_W = 1 + `GICH_LR_PRIORITY_WIDTH;  // {not a candidate, priority}
  localparam [NUM_LR-1:0] ONE = 1;
  localparam [`GICH_LR_VIRTUALID_WIDTH-1:0] FIRST_SPECIAL = 1020;

  genvar level, i;
  generate
    for (level = DEPTH; level >= 0; level = level - 1) begin : g_level
      wire   [(KEY_W<<level)-1:0] key;
      wire      [(32<<level)-1:0] word;
      wire [(INDEX_W<<level)-1:0] index;

      for (i = 0; i < (1 << level); i = i + 1) begin : g_node
        if (level < DEPTH) begin : g_pair
          wire [KEY_W-1:0] low_key = g_level[level+1].key[KEY_W*(2*i)+:KEY_W];
          wire [KEY_W-1:0] high_key = g_level[level+1].key[KEY_W*(2*i+1)+:KEY_W];
          wire take_high = high_key < low_key;
          assign key[KEY_W*i+:KEY_W] = take_high ? high_key : low_key;
          assign word[32*i+:32] = take_high ? g_level[level+1].word[32*(2*i+1)+:32]
                                            : g_level[level+1].word[32*(2*i)+:32];
          assign index[INDEX_W*i+:INDEX_W] = take_high ? g_level[level+1].index[INDEX_W*(2*i+1)+:INDEX_W]
                                                       : g_level[level+1].index[INDEX_W*(2*i)+:INDEX_W];
        end else if (i < NUM_LR) begin : g_lr
          wire [31:0] lr = lrs[32*i+:32];
          // V2-SEL-1, V2-LR-6, V2-SEL-3
          wire candidate = lr[`GICH_LR_STATE_MSB:`GICH_LR_STATE_LSB] == `GICH_LR_STATE_PEND &&
                           lr[`GICH_LR_VIRTUALID_MSB:`GICH_LR_VIRTUALID_LSB] < FIRST_SPECIAL &&
                           (GRP_FILTER == 0 || group_enable[lr[`GICH_LR_GRP1_LSB]]);
          assign key[KEY_W*i+:KEY_W] = {!candidate, lr[`GICH_LR_PRIORITY_MSB:`GICH_LR_PRIORITY_LSB]};
          assign word[32*i+:32] = lr;
          assign index[INDEX_W*i+:INDEX_W] = i[INDEX_W-1:0];
        end else begin : g_padding
          assign key[KEY_W*i+:KEY_W] = {KEY_W{1'b1}};
          assign word[32*i+:32] = 32'h00000000;
          assign index[INDEX_W*i+:INDEX_W] = {INDEX_W{1'b0}};
        end
      end
    end
  endgenerate

  assign found     = !g_level[0].key[KEY_W-1];
  assign winner    = found ? ONE << g_level[0].index : {NUM_LR{1'b0}};
  assign winner_lr = g_level[0].word;

endmodule
