// SPDX-License-Identifier: Apache-2.0
//
// Section 3: EISR, ELRSR and MISR are what the definitions say, of every state.

`include "gicv2_registers.vh"

module status #(
    parameter NUM_LR = 4
) (
    input wire [32*NUM_LR-1:0] lrs,
    input wire          [31:0] hcr,
    input wire           [1:0] group_enable
);

  wire [63:0] eisr, elrsr;
  wire [31:0] misr;

  gicv2_status #(
      .NUM_LR(NUM_LR)
  ) u_dut (
      .lrs         (lrs),
      .hcr         (hcr),
      .group_enable(group_enable),
      .eisr        (eisr),
      .elrsr       (elrsr),
      .misr        (misr)
  );

  reg [63:0] eoi, empty;
  reg  [1:0] nvalid;  // 2 stands for all above, too
  reg        pending;

  always @* begin : definitions
    integer    n;
    reg [31:0] lr;
    reg  [1:0] state;
    eoi = 64'd0;
    empty = 64'd0;
    nvalid = 2'd0;
    pending = 1'b0;
    for (n = 0; n < NUM_LR; n = n + 1) begin
      lr = lrs[32*n+:32];
      state = lr[`GICH_LR_STATE_MSB:`GICH_LR_STATE_LSB];
      eoi[n] = state == `GICH_LR_STATE_INV && !lr[`GICH_LR_HW_LSB] && lr[`GICH_LR_EOI_LSB];
      empty[n] = state == `GICH_LR_STATE_INV && (lr[`GICH_LR_HW_LSB] || !lr[`GICH_LR_EOI_LSB]);
      if (state != `GICH_LR_STATE_INV && nvalid != 2'd2) nvalid = nvalid + 2'd1;
      if (state == `GICH_LR_STATE_PEND) pending = 1'b1;
    end
  end

  wire [31:0] causes;
  assign causes[31:8]                 = 24'd0;
  assign causes[`GICH_MISR_EOI_LSB]    = eoi != 64'd0;
  assign causes[`GICH_MISR_U_LSB]      = hcr[`GICH_HCR_UIE_LSB] && nvalid <= 2'd1;
  assign causes[`GICH_MISR_LRENP_LSB]  = hcr[`GICH_HCR_LRENPIE_LSB] &&
                                         hcr[`GICH_HCR_EOICOUNT_MSB:`GICH_HCR_EOICOUNT_LSB] != 5'd0;
  assign causes[`GICH_MISR_NP_LSB]     = hcr[`GICH_HCR_NPIE_LSB] && !pending;
  assign causes[`GICH_MISR_VGRP0E_LSB] = hcr[`GICH_HCR_VGRP0EIE_LSB] && group_enable[0];
  assign causes[`GICH_MISR_VGRP0D_LSB] = hcr[`GICH_HCR_VGRP0DIE_LSB] && !group_enable[0];
  assign causes[`GICH_MISR_VGRP1E_LSB] = hcr[`GICH_HCR_VGRP1EIE_LSB] && group_enable[1];
  assign causes[`GICH_MISR_VGRP1D_LSB] = hcr[`GICH_HCR_VGRP1DIE_LSB] && !group_enable[1];

  always @* begin
    // V2-MI-4, V2-MI-5, V2-LR-1
    if (eoi != 0) eisr_is_its_definition: assert (eisr == eoi);
    if (eoi == 0) eisr_shows_nothing_else: assert (eisr == 0);
    // V2-MI-4, V2-LR-1
    if (empty != 0) elrsr_is_its_definition: assert (elrsr == empty);
    if (empty == 0) elrsr_shows_nothing_else: assert (elrsr == 0);
    // V2-MI-1, V2-MI-2, V2-MI-3, V2-MI-6
    if (causes != 0) misr_is_its_definition: assert (misr == causes);
    if (causes == 0 && hcr != 0) misr_shows_nothing_else: assert (misr == 0);

    causes_of_the_list_registers_and_enabled_groups: cover (misr == 32'h0000005F);
    causes_of_disabled_groups_alone: cover (
        misr == 32'h000000A0 && hcr[`GICH_HCR_NPIE_LSB:`GICH_HCR_UIE_LSB] == 3'b111);
    two_valid_end_the_underflow: cover (hcr[`GICH_HCR_UIE_LSB] && !misr[`GICH_MISR_U_LSB]);
    all_owe_an_eoi: cover ((&eisr[NUM_LR-1:0]) && elrsr == 0);
  end

endmodule
