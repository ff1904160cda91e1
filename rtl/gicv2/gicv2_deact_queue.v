// SPDX-License-Identifier: Apache-2.0
//
// V2-CYC-7, V2-CYC-8: physical deactivations of one bank in acceptance order, the oldest on the
// port. The caller pushes nothing while `full`.

module gicv2_deact_queue #(
    parameter DEPTH = 4,
    parameter ID_W  = 10
) (
    input  wire            aclk,
    input  wire            aresetn,
    input  wire            push,
    input  wire [ID_W-1:0] push_id,
    output wire            full,
    output wire            deact_valid,
    input  wire            deact_ready,
    output wire [ID_W-1:0] deact_id
);

  localparam COUNT_W = $clog2(DEPTH + 1);
  localparam [COUNT_W-1:0] CAPACITY = DEPTH;

  generate
    if (DEPTH < 1) begin : g_check_depth
      DEPTH_must_be_at_least_1 stop ();
    end
  endgenerate

  reg  [DEPTH*ID_W-1:0] ids_q, ids_d;  // oldest lowest
  reg     [COUNT_W-1:0] count_q;

  assign full        = count_q == CAPACITY;
  assign deact_valid = count_q != 0;
  assign deact_id    = ids_q[ID_W-1:0];

  wire pop = deact_valid && deact_ready;
  wire [COUNT_W-1:0] left = count_q - {{(COUNT_W - 1) {1'b0}}, pop};
  wire [COUNT_W-1:0] count_d = left + {{(COUNT_W - 1) {1'b0}}, push};

  always @* begin : next_ids
    integer i;
    ids_d = pop ? ids_q >> ID_W : ids_q;
    for (i = 0; i < DEPTH; i = i + 1) if (push && left == i[COUNT_W-1:0]) ids_d[ID_W*i+:ID_W] = push_id;
  end

  always @(posedge aclk) begin
    if (!aresetn) begin
      ids_q   <= 0;
      count_q <= 0;
    end else begin
      ids_q   <= ids_d;
      count_q <= count_d;
    end
  end

endmodule
