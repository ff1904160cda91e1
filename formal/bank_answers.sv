// SPDX-License-Identifier: Apache-2.0
//
// What one bank accepted, and the answer at the port that it came from.

module bank_answers #(
    parameter NUM_CPU = 2,
    parameter NUM_LR  = 2
) (
    input wire                     aclk,
    input wire                     aresetn,
    input wire [32*(9+NUM_LR)-1:0] obs,
    input wire              [31:0] value,    // of the bank, for the access of this edge
    input wire              [31:0] data,     // at the bank
    input wire    [36*NUM_CPU-1:0] offered,
    input wire       [NUM_CPU-1:0] bvalid,
    input wire     [2*NUM_CPU-1:0] bresp,
    input wire       [NUM_CPU-1:0] rvalid,
    input wire     [2*NUM_CPU-1:0] rresp,
    input wire    [32*NUM_CPU-1:0] rdata
);

  wire        accepted, write, error;
  wire  [2:0] port;
  wire [15:0] addr;

  bank_view #(
      .NUM_LR(NUM_LR)
  ) u_view (
      .aclk          (aclk),
      .aresetn       (aresetn),
      .obs           (obs),
      .running       (),
      .accepted      (accepted),
      .write         (write),
      .error         (error),
      .port          (port),
      .addr          (addr),
      .lrs           (),
      .lrs_before    (),
      .control       (),
      .control_before()
  );

  reg           [31:0] value_before, data_before;
  reg [36*NUM_CPU-1:0] offered_before;

  always @(posedge aclk) begin
    value_before   <= value;
    data_before    <= data;
    offered_before <= offered;
  end

  wire [35:0] written = offered_before[36*port+:36];
  wire        refused = addr[1:0] != 2'b00 || (write && written[35:32] != 4'hF);
  wire  [1:0] response = write ? bresp[2*port+:2] : rresp[2*port+:2];

  always @* if (accepted) begin
    if (write) write_carries_its_datum: assert (data_before == written[31:0]);
    if (write) write_is_answered_at_the_next_edge: assert (bvalid[port]);
    if (!write)
      read_is_answered_with_the_banks_value: assert (rvalid[port] && rdata[32*port+:32] == value_before);
    if (refused) refused_access_is_answered_slverr: assert (error && response == 2'b10);
    if (!refused) other_accesses_are_answered_okay: assert (!error && response == 2'b00);
  end

endmodule
