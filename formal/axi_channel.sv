// SPDX-License-Identifier: Apache-2.0
//
// V2-CYC-2, V2-CYC-4: a response stays until it is taken, whatever happens meanwhile.

module axi_channel #(
    parameter WIDTH = 2
) (
    input wire             aclk,
    input wire             aresetn,
    input wire             valid,
    input wire             ready,
    input wire [WIDTH-1:0] payload
);

  reg             held = 1'b0;  // offered at the edge before, and not taken
  reg [WIDTH-1:0] held_payload;

  always @(posedge aclk) begin
    held         <= aresetn && valid && !ready;
    held_payload <= payload;
  end

  always @* if (held) begin
    response_stays: assert (valid);
    response_does_not_change: assert (payload == held_payload);
  end

endmodule
