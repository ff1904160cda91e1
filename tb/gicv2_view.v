// SPDX-License-Identifier: Apache-2.0
//
// The observation port of one bank field by field, and by name in ASCII, for who looks at waves: builds that write
// them have it in tb_top. Nothing reads it. tb/waves.py says in which order it is shown.

/* verilator lint_off UNUSEDSIGNAL */  // viewers read them
module gicv2_view #(
    parameter NUM_LR = 4
) (
    input wire [32*(9+NUM_LR)-1:0] obs
);

  `include "gicv2_registers.vh"

  localparam NAME_W = 8 * 11;

  // ---- The access that was accepted last ----

  wire [15:0] address = obs[31:16];
  wire  [8:0] gich_offset = address[8:0];
  wire [12:0] gicv_offset = address[12:0];

  wire [NAME_W-1:0] name = address[15:13] == 3'b011 ? gicv(gicv_offset) : gich(gich_offset);
  wire [NAME_W+15:0] Access = obs[31:0] == 0 ? "-" : {name, obs[11] ? " W" : " R"};
  wire               Error = obs[15];
  wire         [2:0] Port = obs[10:8];
  wire         [7:0] Number = obs[7:0];

  function [NAME_W-1:0] gich(input [8:0] offset);
    case (offset)
      `GICH_HCR_OFFSET:    gich = "GICH_HCR";
      `GICH_VTR_OFFSET:    gich = "GICH_VTR";
      `GICH_VMCR_OFFSET:   gich = "GICH_VMCR";
      `GICH_MISR_OFFSET:   gich = "GICH_MISR";
      `GICH_EISR0_OFFSET:  gich = "GICH_EISR0";
      `GICH_EISR1_OFFSET:  gich = "GICH_EISR1";
      `GICH_ELRSR0_OFFSET: gich = "GICH_ELRSR0";
      `GICH_ELRSR1_OFFSET: gich = "GICH_ELRSR1";
      `GICH_APR_OFFSET:    gich = "GICH_APR";
      default:             gich = offset[8] ? gich_lr({2'd0, offset[7:2]}) : "GICH ?";
    endcase
  endfunction

  function [NAME_W-1:0] gicv(input [12:0] offset);
    case (offset)
      `GICV_CTLR_OFFSET:   gicv = "GICV_CTLR";
      `GICV_PMR_OFFSET:    gicv = "GICV_PMR";
      `GICV_BPR_OFFSET:    gicv = "GICV_BPR";
      `GICV_IAR_OFFSET:    gicv = "GICV_IAR";
      `GICV_EOIR_OFFSET:   gicv = "GICV_EOIR";
      `GICV_RPR_OFFSET:    gicv = "GICV_RPR";
      `GICV_HPPIR_OFFSET:  gicv = "GICV_HPPIR";
      `GICV_ABPR_OFFSET:   gicv = "GICV_ABPR";
      `GICV_AIAR_OFFSET:   gicv = "GICV_AIAR";
      `GICV_AEOIR_OFFSET:  gicv = "GICV_AEOIR";
      `GICV_AHPPIR_OFFSET: gicv = "GICV_AHPPIR";
      `GICV_APR0_OFFSET:   gicv = "GICV_APR0";
      `GICV_IIDR_OFFSET:   gicv = "GICV_IIDR";
      `GICV_DIR_OFFSET:    gicv = "GICV_DIR";
      default:             gicv = "GICV ?";
    endcase
  endfunction

  function [NAME_W-1:0] gich_lr(input [7:0] number);
    gich_lr = number < 10 ? {24'd0, "GICH_LR", "0" + number}
                          : {16'd0, "GICH_LR", "0" + number / 8'd10, "0" + number % 8'd10};
  endfunction

  // ---- Registers ----

  wire [31:0] HCR = obs[32*1+:32];
  wire [31:0] VMCR = obs[32*2+:32];
  wire [31:0] APR = obs[32*3+:32];
  wire [31:0] MISR = obs[32*4+:32];

  wire [NUM_LR-1:0] EISR = obs[32*5+:NUM_LR];
  wire [NUM_LR-1:0] ELRSR = obs[32*7+:NUM_LR];

  wire [`GICH_HCR_EOICOUNT_WIDTH-1:0] EOICount = HCR[`GICH_HCR_EOICOUNT_MSB:`GICH_HCR_EOICOUNT_LSB];

  wire [`GICH_VMCR_VMPRIMASK_WIDTH-1:0] VMPriMask = VMCR[`GICH_VMCR_VMPRIMASK_MSB:`GICH_VMCR_VMPRIMASK_LSB];

  wire EN = HCR[`GICH_HCR_EN_LSB];
  wire UIE = HCR[`GICH_HCR_UIE_LSB];
  wire LRENPIE = HCR[`GICH_HCR_LRENPIE_LSB];
  wire NPIE = HCR[`GICH_HCR_NPIE_LSB];

  wire U = MISR[`GICH_MISR_U_LSB];
  wire LRENP = MISR[`GICH_MISR_LRENP_LSB];
  wire NP = MISR[`GICH_MISR_NP_LSB];
  wire EOI = MISR[`GICH_MISR_EOI_LSB];

  // ---- List registers ----

  genvar n;
  generate
    for (n = 0; n < NUM_LR; n = n + 1) begin : LR
      wire [31:0] word = obs[32*(9+n)+:32];

      wire [8*14-1:0] State = state(word[`GICH_LR_STATE_MSB:`GICH_LR_STATE_LSB]);

      wire [`GICH_LR_VIRTUALID_WIDTH-1:0] VirtualID = word[`GICH_LR_VIRTUALID_MSB:`GICH_LR_VIRTUALID_LSB];
      wire [`GICH_LR_PRIORITY_WIDTH-1:0] Priority = word[`GICH_LR_PRIORITY_MSB:`GICH_LR_PRIORITY_LSB];
      wire [`GICH_LR_PHYSICALID_WIDTH-1:0] PhysicalID = word[`GICH_LR_PHYSICALID_MSB:`GICH_LR_PHYSICALID_LSB];
      wire Grp1 = word[`GICH_LR_GRP1_LSB];
      wire HW = word[`GICH_LR_HW_LSB];
    end
  endgenerate

  function [8*14-1:0] state(input [1:0] value);
    case (value)
      `GICH_LR_STATE_INV:  state = "-";
      `GICH_LR_STATE_PEND: state = "pending";
      `GICH_LR_STATE_ACT:  state = "active";
      `GICH_LR_STATE_PACT: state = "pending+active";
    endcase
  endfunction

endmodule
