// SPDX-License-Identifier: Apache-2.0
//
// One bank as its observation port shows it after an edge, beside what it showed before.

module bank_view #(
    parameter NUM_LR = 2
) (
    input wire                     aclk,
    input wire                     aresetn,
    input wire [32*(9+NUM_LR)-1:0] obs,

    output reg                  running,   // that edge was no reset
    output wire                 accepted,  // it accepted an access: the next four
    output wire                 write,
    output wire                 error,
    output wire           [2:0] port,
    output wire          [15:0] addr,
    output wire [32*NUM_LR-1:0] lrs,
    output reg  [32*NUM_LR-1:0] lrs_before,
    output wire          [95:0] control,   // APR, VMCR, HCR
    output reg           [95:0] control_before
);

  reg [7:0] accepts_before;

  assign accepted = running && obs[7:0] != accepts_before;
  assign port     = obs[10:8];
  assign write    = obs[11];
  assign error    = obs[15];
  assign addr     = obs[31:16];
  assign control  = obs[32+:96];
  assign lrs      = obs[32*9+:32*NUM_LR];

  initial running = 1'b0;

  always @(posedge aclk) begin
    running        <= aresetn;
    accepts_before <= obs[7:0];
    lrs_before     <= lrs;
    control_before <= control;
  end

endmodule
