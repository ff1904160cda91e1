// SPDX-License-Identifier: Apache-2.0
//
// V2-CYC-3, V2-CYC-4: one response for each request. Of the requests that were taken and not answered, one
// can be in the slot, which then takes no other, and one in the response channel.

module axi_answers (
    input wire aclk,
    input wire aresetn,
    input wire request_valid,
    input wire request_ready,
    input wire response_valid,
    input wire response_ready
);

  reg [7:0] taken = 8'd0, answered = 8'd0;
  reg       was_reset = 1'b0;

  always @(posedge aclk) begin
    was_reset <= was_reset || !aresetn;
    taken     <= aresetn ? taken + (request_valid && request_ready) : 8'd0;
    answered  <= aresetn ? answered + (response_valid && response_ready) : 8'd0;
  end

  wire [7:0] open = taken - answered;

  always @* if (was_reset) begin
    every_request_waits_or_is_answered: assert (open == {7'd0, !request_ready} + {7'd0, response_valid});

    two_are_open: cover (open == 2 && answered > 2);
  end

endmodule
