// SPDX-License-Identifier: Apache-2.0
//
// Section 6, find_active(): the lowest active list register (V2-EOI-5, V2-LR-7) that a completion
// names. Software SGIs are told apart by their source CPU (V2-EOI-3).

`include "gicv2_registers.vh"

module gicv2_match #(
    parameter NUM_LR = 4
) (
    input  wire                    [32*NUM_LR-1:0] lrs,
    input  wire [`GICV_EOIR_INTERRUPTID_WIDTH-1:0] id,
    input  wire       [`GICV_EOIR_CPUID_WIDTH-1:0] cpuid,
    output wire                                    found,
    output wire                       [NUM_LR-1:0] match,    // one-hot, zero when nothing was found
    output wire                             [31:0] match_lr  // zero when nothing was found
);

  localparam [NUM_LR-1:0] ONE = 1;
  localparam [`GICV_EOIR_INTERRUPTID_WIDTH-1:0] FIRST_PPI = 16;

  wire [NUM_LR-1:0] active_named;

  genvar n;
  generate
    for (n = 0; n < NUM_LR; n = n + 1) begin : g_lr
      wire [31:0] lr = lrs[32*n+:32];
      wire active = lr[`GICH_LR_STATE_MSB];  // ACT and PACT
      wire same_id = lr[`GICH_LR_VIRTUALID_MSB:`GICH_LR_VIRTUALID_LSB] == id;
      wire same_source = id >= FIRST_PPI || lr[`GICH_LR_HW_LSB] ||
                         lr[`GICH_LR_CPUID_MSB:`GICH_LR_CPUID_LSB] == cpuid;
      wire unused = &{1'b0, lr};
      assign active_named[n] = active && same_id && same_source;
    end
  endgenerate

  assign found = active_named != 0;
  assign match = active_named & (~active_named + ONE);

  onehot_mux #(
      .INPUTS(NUM_LR),
      .WIDTH (32)
  ) u_match_lr (
      .select(match),
      .in    (lrs),
      .out   (match_lr)
  );

endmodule
