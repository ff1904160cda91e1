// SPDX-License-Identifier: Apache-2.0
//
// V2-RST-1..3: from any state, one edge of reset leads to the values of the tables in section 2.

module reset #(
    parameter NUM_CPU = 2,
    parameter NUM_LR  = 2
) (
    input wire aclk
);

  `include "device.svh"

  localparam [63:0] IMPLEMENTED = {64{1'b1}} >> (64 - NUM_LR);
  localparam [OBS_W-1:0] RESET_VALUES =  // LRs, ELRSR, EISR, MISR, APR, VMCR, HCR, the last access
      {{32 * NUM_LR{1'b0}}, IMPLEMENTED, 64'd0, 32'd0, 32'd0, 32'h004C0000, 32'd0, 32'd0};

  reg                      just_reset = 1'b0;
  reg [OBS_W*NUM_CPU-1:0]  obs_before;
  reg [3*NUM_CPU-1:0]      lines_before;
  reg [NUM_CPU-1:0]        deact_before;
  reg [2*NUM_CPU-1:0]      responses_before;
  reg [3*NUM_CPU-1:0]      slots_before;

  wire [3*NUM_CPU-1:0] lines = {virq, vfiq, maint_irq};
  wire [2*NUM_CPU-1:0] responses = {s_axi_bvalid, s_axi_rvalid};
  wire [3*NUM_CPU-1:0] slots = ~{s_axi_awready, s_axi_wready, s_axi_arready};

  always @(posedge aclk) begin
    just_reset       <= !aresetn;
    obs_before       <= obs;
    lines_before     <= lines;
    deact_before     <= deact_valid;
    responses_before <= responses;
    slots_before     <= slots;
  end

  always @* if (just_reset) begin
    if (obs_before != {NUM_CPU{RESET_VALUES}})
      reset_loads_the_registers: assert (obs == {NUM_CPU{RESET_VALUES}});
    if (lines_before != 0) reset_lowers_the_lines: assert (lines == 0);
    if (deact_before != 0) reset_empties_the_queue: assert (deact_valid == 0);
    if (responses_before != 0)
      reset_drops_responses: assert (responses == 0 && {s_axi_bresp, s_axi_rresp} == 0);
    if (slots_before != 0) reset_empties_the_slots: assert (slots == 0);
  end

  always @* everything_under_way: cover (
      just_reset && (&deact_before) && (&responses_before) && (&slots_before) && (|lines_before));

endmodule
