// SPDX-License-Identifier: Apache-2.0
//
// V2-CYC-5: the requesters stand in a ring; the first one after the last granted goes, requester 0
// first after reset. One grant a cycle, so nobody waits for more than REQUESTERS-1 others.

module ring_arbiter #(
    parameter REQUESTERS = 2
) (
    input  wire                  aclk,
    input  wire                  aresetn,
    input  wire [REQUESTERS-1:0] request,
    output wire [REQUESTERS-1:0] grant
);

  localparam [REQUESTERS-1:0] ONE = 1;

  generate
    if (REQUESTERS < 1) begin : g_check_requesters
      REQUESTERS_must_be_at_least_1 stop ();
    end
  endgenerate

  // The requesters behind the last granted one; none after reset, so that the ring starts anew.
  reg  [REQUESTERS-1:0] behind_q;

  wire [REQUESTERS-1:0] waiting = (request & behind_q) != 0 ? request & behind_q : request;

  assign grant = waiting & (~waiting + ONE);

  wire [REQUESTERS-1:0] behind_d = grant == 0 ? behind_q : ~(grant | (grant - ONE));

  always @(posedge aclk) begin
    if (!aresetn) behind_q <= 0;
    else behind_q <= behind_d;
  end

endmodule
