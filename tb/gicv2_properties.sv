// SPDX-License-Identifier: Apache-2.0
//
// The always-on properties of section 8, for one bank. They read only the observation port and the
// lines, so they hold any device that has that port. Each counts how often its condition held; the
// counts are printed when the simulation ends. formal/always_on.sv proves them.

`ifdef FORMAL  // Yosys wants labels; Icarus does not know them, nor Yosys what an assertion says
`define HOLDS(label, condition, message) label: assert (condition);
`else
`define HOLDS(label, condition, message) assert (condition) else message;
`endif

module gicv2_properties #(
    parameter       NUM_LR = 4,
    parameter [2:0] CPU    = 0
) (
    input wire                     aclk,
    input wire                     aresetn,
    input wire [32*(9+NUM_LR)-1:0] obs,
    input wire                     virq,
    input wire                     vfiq
);

  `include "gicv2_registers.vh"

  localparam LRS_LSB = 32 * 9;
  localparam [32*NUM_LR-1:0] LR_STATES = {NUM_LR{`GICH_LR_STATE_MASK}};

  wire           [7:0] accepts = obs[7:0];
  wire                 last_write = obs[11];
  wire          [15:0] last_addr = obs[31:16];
  wire          [31:0] vmcr = obs[32*2+:32];
  wire          [31:0] apr = obs[32*3+:32];
  wire          [63:0] eisr = obs[32*5+:64];
  wire          [63:0] elrsr = obs[32*7+:64];
  wire [32*NUM_LR-1:0] lrs = obs[LRS_LSB+:32*NUM_LR];
  // Everything that is architectural state; status registers follow from it.
  wire [32*(3+NUM_LR)-1:0] state = {lrs, obs[32*1+:96]};

  reg                     running;  // the previous edge was no reset
  reg               [7:0] accepts_before;
  reg              [31:0] apr_before;
  reg     [32*NUM_LR-1:0] lrs_before;
  reg [32*(3+NUM_LR)-1:0] state_before;

  wire [31:0] apr_set = apr & ~apr_before;
  wire        accepted = accepts != accepts_before;
  wire        read_acknowledges = accepted && !last_write &&
                                  (last_addr == `GICV2_GICV_BASE + 16'(`GICV_IAR_OFFSET) ||
                                   last_addr == `GICV2_GICV_BASE + 16'(`GICV_AIAR_OFFSET));
  // An LR's offset in its block has bit 8 set, in both views of GICH.
  wire        writes_lr = accepted && last_write && last_addr[8] &&
                          ({last_addr[15:9], 9'd0} == `GICV2_GICH_SELF_BASE ||
                           {last_addr[15:12], 12'd0} == `GICV2_GICH_CPU_BASE);

  // What the properties do not look at.
  wire unused = &{1'b0, obs, vmcr};

  integer exclusive_count, unimplemented_count, lines_count, nesting_count;
  integer binary_point_count, lr_fields_count, quiet_count;

  initial begin
    exclusive_count     = 0;
    unimplemented_count = 0;
    lines_count         = 0;
    nesting_count       = 0;
    binary_point_count  = 0;
    lr_fields_count     = 0;
    quiet_count         = 0;
  end

  always @(posedge aclk) begin
    running        <= aresetn;
    accepts_before <= accepts;
    apr_before     <= apr;
    lrs_before     <= lrs;
    state_before   <= state;

    if (aresetn && running) begin
      if ((eisr | elrsr) != 0) begin
        exclusive_count <= exclusive_count + 1;
        `HOLDS(eoi_is_never_empty,
               (eisr & elrsr) == 0,
               $error("V2-MI-4: bank %0d: an LR is in EISR and in ELRSR", CPU))
        unimplemented_count <= unimplemented_count + 1;
        `HOLDS(missing_list_registers_show_nothing,
               ((eisr | elrsr) >> (NUM_LR - 1) >> 1) == 0,
               $error("V2-LR-1: bank %0d: EISR or ELRSR shows an LR that does not exist", CPU))
      end
      if (virq || vfiq) begin
        lines_count <= lines_count + 1;
        `HOLDS(lines_exclude_each_other,
               !(virq && vfiq),
               $error("V2-SIG-2: bank %0d: virq and vfiq are both high", CPU))
      end
      if (read_acknowledges && apr_set != 0) begin
        nesting_count <= nesting_count + 1;
        `HOLDS(acknowledge_sets_the_lowest_level,
               (apr_set & (apr_set - 1)) == 0 && (apr & (apr_set - 1)) == 0,
               $error("V2-IAR-1: bank %0d: the new APR bit is not the lowest one set", CPU))
      end
      if (accepted) begin
        binary_point_count <= binary_point_count + 1;
        `HOLDS(binary_points_keep_their_minimum,
               vmcr[`GICH_VMCR_VMBP_MSB:`GICH_VMCR_VMBP_LSB] >= `GICH_VMCR_VMBP_MINIMUM &&
               vmcr[`GICH_VMCR_VMABP_MSB:`GICH_VMCR_VMABP_LSB] >= `GICH_VMCR_VMABP_MINIMUM,
               $error("V2-BPR-1: bank %0d: a binary point is below its minimum", CPU))
      end
      if (((lrs ^ lrs_before) & ~LR_STATES) != 0) begin
        lr_fields_count <= lr_fields_count + 1;
        `HOLDS(guest_changes_only_states,
               writes_lr,
               $error("V2-LR-3: bank %0d: an LR changed without a GICH write of it", CPU))
      end
      if (!accepted) begin
        quiet_count <= quiet_count + 1;
        `HOLDS(state_rests_without_access,
               state == state_before,
               $error("V2-CYC-13: bank %0d: state changed without an accepted access", CPU))
      end
    end
  end

`ifndef FORMAL
  final
    $display("properties: bank %0d V2-MI-4 %0d, V2-LR-1 %0d, V2-SIG-2 %0d, V2-IAR-1 %0d, V2-BPR-1 %0d, V2-LR-3 %0d, V2-CYC-13 %0d",
             CPU, exclusive_count, unimplemented_count, lines_count, nesting_count, binary_point_count,
             lr_fields_count, quiet_count);
`endif

endmodule
