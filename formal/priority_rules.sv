// SPDX-License-Identifier: Apache-2.0
//
// Section 4: gmask(), running() and sufficient() in eight bits, as the specification has them.

module priority_rules (
    input wire [31:0] apr,
    input wire  [4:0] vmprimask,
    input wire  [2:0] vmbp,
    input wire  [2:0] vmabp,
    input wire        cbpr,
    input wire  [4:0] level,
    input wire        grp1
);

  // formal/always_on.sv: binary_points_stay_legal
  always @* assume (vmbp >= 2 && vmabp >= 3);

  wire        idle, unmasked, sufficient;
  wire  [4:0] running;
  wire [31:0] apr_bit;

  gicv2_priority u_dut (
      .apr           (apr),
      .pmr           (vmprimask),
      .bpr           (vmbp),
      .abpr          (vmabp),
      .cbpr          (cbpr),
      .candidate     (level),
      .candidate_grp1(grp1),
      .idle          (idle),
      .running       (running),
      .unmasked      (unmasked),
      .sufficient    (sufficient),
      .apr_bit       (apr_bit)
  );

  wire [7:0] pmr = {vmprimask, 3'b000};
  wire [7:0] prio8 = {level, 3'b000};
  wire [7:0] gmask = grp1 && !cbpr ? 8'hFF << vmabp : 8'hFF << vmbp << 1;

  reg [7:0] running8;
  always @* begin : ctz
    integer p;
    running8 = 8'hFF;
    for (p = 31; p >= 0; p = p - 1) if (apr[p]) running8 = p << 3;
  end

  wire       preempts = (prio8 & gmask) < (running8 & gmask);
  wire [7:0] group = prio8 & gmask;

  always @* begin
    // V2-RPR-1
    if (apr != 0) running_is_the_most_urgent_level: assert (!idle && {running, 3'b000} == running8);
    // V2-PRI-1
    if (prio8 >= pmr) mask_is_strict: assert (!unmasked && !sufficient);
    // V2-PRI-3
    if (prio8 < pmr && apr == 0)
      idle_interface_takes_all_below_the_mask: assert (idle && unmasked && sufficient);
    // V2-PRI-2, V2-PRI-3, V2-PRI-4
    if (prio8 < pmr && apr != 0) preemption_compares_group_priorities: assert (sufficient == preempts);
    // V2-IAR-1, V2-RPR-1
    if (sufficient) acknowledge_activates_the_group_priority: assert (apr_bit == 32'd1 << (group >> 3));

    preempted: cover (sufficient && apr != 0 && gmask == 8'hE0);
    split_keeps_it_waiting: cover (unmasked && !sufficient && prio8 < running8);
    nothing_preempts: cover (unmasked && !sufficient && gmask == 8'h00 && prio8 == 8'h00);
  end

endmodule
