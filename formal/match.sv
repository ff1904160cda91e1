// SPDX-License-Identifier: Apache-2.0
//
// Section 6: gicv2_match finds the list register that find_active(), a plain scan, finds.

`include "gicv2_registers.vh"

module match #(
    parameter NUM_LR = 4
) (
    input wire [32*NUM_LR-1:0] lrs,
    input wire           [9:0] id,
    input wire           [2:0] source
);

  wire              found;
  wire [NUM_LR-1:0] one_hot;
  wire       [31:0] match_lr;

  gicv2_match #(
      .NUM_LR(NUM_LR)
  ) u_dut (
      .lrs     (lrs),
      .id      (id),
      .cpuid   (source),
      .found   (found),
      .match   (one_hot),
      .match_lr(match_lr)
  );

  reg              scan_found, several;
  reg [NUM_LR-1:0] scan_match;
  reg       [31:0] scan_lr;

  always @* begin : find_active
    integer    n;
    reg [31:0] lr;
    scan_found = 1'b0;
    several = 1'b0;
    scan_match = 0;
    scan_lr = 32'd0;
    for (n = 0; n < NUM_LR; n = n + 1) begin
      lr = lrs[32*n+:32];
      if (lr[`GICH_LR_VIRTUALID_MSB:`GICH_LR_VIRTUALID_LSB] == id &&
          (id >= 16 || lr[`GICH_LR_HW_LSB] || lr[`GICH_LR_CPUID_MSB:`GICH_LR_CPUID_LSB] == source) &&
          (lr[`GICH_LR_STATE_MSB:`GICH_LR_STATE_LSB] == `GICH_LR_STATE_ACT ||
           lr[`GICH_LR_STATE_MSB:`GICH_LR_STATE_LSB] == `GICH_LR_STATE_PACT)) begin
        if (!scan_found) begin
          scan_match[n] = 1'b1;
          scan_lr = lr;
        end
        several = scan_found;
        scan_found = 1'b1;
      end
    end
  end

  always @* begin
    // V2-EOI-3, V2-EOI-5
    if (scan_found)
      completion_finds_its_list_register: assert (found && one_hot == scan_match && match_lr == scan_lr);
    if (!scan_found && lrs != 0) completion_finds_nothing_else: assert (!found && one_hot == 0);

    duplicate_goes_to_the_lowest: cover (several && one_hot == 1);
    sgi_of_a_source: cover (found && id < 16 && source != 0 && !match_lr[`GICH_LR_HW_LSB]);
    last_matches: cover (one_hot[NUM_LR-1]);
  end

endmodule
