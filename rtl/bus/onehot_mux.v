// SPDX-License-Identifier: Apache-2.0
//
// The input that a one-hot select names; zero when it names none.

module onehot_mux #(
    parameter INPUTS = 2,
    parameter WIDTH  = 1
) (
    input  wire       [INPUTS-1:0] select,
    input  wire [INPUTS*WIDTH-1:0] in,
    output reg         [WIDTH-1:0] out
);

  always @* begin : merge
    integer i;
    out = {WIDTH{1'b0}};
    for (i = 0; i < INPUTS; i = i + 1) out = out | ({WIDTH{select[i]}} & in[WIDTH*i+:WIDTH]);
  end

endmodule
