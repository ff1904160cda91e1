// SPDX-License-Identifier: Apache-2.0
//
// V2-BANK-1 for one bank, while something is accepted somewhere.

`include "gicv2_registers.vh"

module one_bank #(
    parameter       NUM_CPU = 2,
    parameter       NUM_LR  = 2,
    parameter [2:0] CPU     = 0
) (
    input  wire                     aclk,
    input  wire                     aresetn,
    input  wire [32*(9+NUM_LR)-1:0] obs,
    input  wire               [2:0] lines,
    input  wire                     deact_valid,
    input  wire                     deact_ready,
    input  wire               [9:0] deact_id,
    output wire                     accepted,
    input  wire                     any_accepted
);

  wire        running;
  wire  [2:0] port;
  wire [15:0] addr;

  bank_view #(
      .NUM_LR(NUM_LR)
  ) u_view (
      .aclk          (aclk),
      .aresetn       (aresetn),
      .obs           (obs),
      .running       (running),
      .accepted      (accepted),
      .write         (),
      .error         (),
      .port          (port),
      .addr          (addr),
      .lrs           (),
      .lrs_before    (),
      .control       (),
      .control_before()
  );

  // V2-MAP-1..6
  wire       window = addr[15:12] == 4'h5 && addr[11:9] < NUM_CPU;
  wire [2:0] named = window ? addr[11:9] : port;

  // Registers, status included
  reg [32*(8+NUM_LR)-1:0] registers_before;
  reg               [2:0] lines_before;
  reg                     valid_before, ready_before;
  reg               [9:0] id_before;

  always @(posedge aclk) begin
    registers_before <= obs[32+:32*(8+NUM_LR)];
    lines_before     <= lines;
    valid_before     <= deact_valid;
    ready_before     <= deact_ready;
    id_before        <= deact_id;
  end

  wire another = any_accepted && !accepted && running;

  always @* begin
    if (accepted) bank_accepts_what_names_it: assert (named == CPU && port < NUM_CPU);
    if (another) begin
      bank_rests_while_another_is_accessed: assert (obs[32+:32*(8+NUM_LR)] == registers_before);
      lines_rest_while_another_bank_is_accessed: assert (lines == lines_before);
    end
    if (another && !(valid_before && ready_before))
      queue_rests_while_another_bank_is_accessed: assert (
          deact_valid == valid_before && deact_id == id_before);

    port_reaches_the_other_bank: cover (accepted && port != CPU);
    quiet_bank_has_work: cover (another && lines != 0);
  end

endmodule
