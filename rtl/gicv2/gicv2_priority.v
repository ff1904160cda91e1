// SPDX-License-Identifier: Apache-2.0
//
// Section 4, gmask(), running() and sufficient(). Priorities are handled as their five implemented
// bits, so the 8-bit group mask 0xFF << s becomes 0x1F << (s - 3).

`include "gicv2_registers.vh"

module gicv2_priority (
    input  wire [31:0] apr,
    input  wire  [4:0] pmr,
    input  wire  [2:0] bpr,         // at least 2
    input  wire  [2:0] abpr,        // at least 3
    input  wire        cbpr,
    input  wire  [4:0] candidate,
    input  wire        candidate_grp1,
    output wire        idle,        // no active priority
    output reg   [4:0] running,     // 0 when idle
    output wire        unmasked,    // V2-PRI-1
    output wire        sufficient,
    output wire [31:0] apr_bit      // the candidate's group priority, one-hot
);

  // V2-PRI-2: ABPR names the split one above it.
  wire [2:0] shift = candidate_grp1 && !cbpr ? abpr - 3'd3 : bpr - 3'd2;
  wire [4:0] mask = 5'h1F << shift;
  wire [4:0] group_priority = candidate & mask;

  assign idle = apr == 32'h00000000;

  always @* begin : find_running
    integer p;
    running = 5'd0;
    for (p = 31; p >= 0; p = p - 1) if (apr[p]) running = p[4:0];
  end

  assign unmasked   = candidate < pmr;
  assign sufficient = unmasked && (idle || group_priority < (running & mask));  // V2-PRI-3, V2-PRI-4
  assign apr_bit    = 32'h00000001 << group_priority;

endmodule
