// SPDX-License-Identifier: Apache-2.0
//
// Section 3: EISR, ELRSR and MISR as pure functions of the present state (V2-MI-1).

`include "gicv2_registers.vh"

module gicv2_status #(
    parameter NUM_LR = 4
) (
    input  wire [32*NUM_LR-1:0] lrs,
    input  wire          [31:0] hcr,
    input  wire           [1:0] group_enable,
    output wire          [63:0] eisr,
    output wire          [63:0] elrsr,
    output wire          [31:0] misr
);

  localparam [NUM_LR-1:0] ONE = 1;

  wire [NUM_LR-1:0] valid, pending, eoi, empty;

  genvar n;
  generate
    for (n = 0; n < NUM_LR; n = n + 1) begin : g_lr
      wire [31:0] lr = lrs[32*n+:32];
      wire [1:0] state = lr[`GICH_LR_STATE_MSB:`GICH_LR_STATE_LSB];
      wire wants_eoi = !lr[`GICH_LR_HW_LSB] && lr[`GICH_LR_EOI_LSB];
      wire unused = &{1'b0, lr};
      assign valid[n]   = state != `GICH_LR_STATE_INV;
      assign pending[n] = state == `GICH_LR_STATE_PEND;
      // V2-MI-4: an LR that owes an EOI is neither valid nor empty.
      assign eoi[n]     = !valid[n] && wants_eoi;
      assign empty[n]   = !valid[n] && !wants_eoi;
    end

    // V2-LR-1: bits of list registers that do not exist read 0.
    if (NUM_LR < 64) begin : g_unimplemented
      assign eisr  = {{(64 - NUM_LR) {1'b0}}, eoi};
      assign elrsr = {{(64 - NUM_LR) {1'b0}}, empty};
    end else begin : g_all
      assign eisr  = eoi;
      assign elrsr = empty;
    end
  endgenerate

  wire unused = &{1'b0, hcr};  // En gates the line, not MISR (V2-MI-2)

  wire at_most_one_valid = (valid & (valid - ONE)) == 0;
  wire eoi_count_nonzero = hcr[`GICH_HCR_EOICOUNT_MSB:`GICH_HCR_EOICOUNT_LSB] != 0;

  assign misr[31:8]                = 24'h000000;
  assign misr[`GICH_MISR_VGRP1D_LSB] = hcr[`GICH_HCR_VGRP1DIE_LSB] && !group_enable[1];
  assign misr[`GICH_MISR_VGRP1E_LSB] = hcr[`GICH_HCR_VGRP1EIE_LSB] && group_enable[1];
  assign misr[`GICH_MISR_VGRP0D_LSB] = hcr[`GICH_HCR_VGRP0DIE_LSB] && !group_enable[0];
  assign misr[`GICH_MISR_VGRP0E_LSB] = hcr[`GICH_HCR_VGRP0EIE_LSB] && group_enable[0];
  assign misr[`GICH_MISR_NP_LSB]     = hcr[`GICH_HCR_NPIE_LSB] && pending == 0;
  assign misr[`GICH_MISR_LRENP_LSB]  = hcr[`GICH_HCR_LRENPIE_LSB] && eoi_count_nonzero;
  assign misr[`GICH_MISR_U_LSB]      = hcr[`GICH_HCR_UIE_LSB] && at_most_one_valid;
  assign misr[`GICH_MISR_EOI_LSB]    = eoi != 0;  // V2-MI-3: no enable

endmodule
