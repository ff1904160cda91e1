// SPDX-License-Identifier: Apache-2.0
//
// V2-CYC-5 and V2-CYC-8 for one bank, whose requesters are known.

`include "gicv2_registers.vh"

module bank_turns #(
    parameter       NUM_CPU = 2,
    parameter       NUM_LR  = 2,
    parameter [2:0] CPU     = 0
) (
    input  wire                     aclk,
    input  wire                     aresetn,
    input  wire     [2*NUM_CPU-1:0] ready,      // meets (a) and (b)
    input  wire  [16*2*NUM_CPU-1:0] addr,
    input  wire                     full,       // the queue holds four entries
    input  wire [32*(9+NUM_LR)-1:0] obs,
    input  wire     [2*NUM_CPU-1:0] behind,
    output wire                     ring_right
);

  localparam REQUESTERS = 2 * NUM_CPU;

  // Who wants this bank (V2-MAP-1..6) and is not held back (V2-CYC-8)

  reg [REQUESTERS-1:0] wants, held_back;

  always @* begin : decode
    integer    r;
    reg [15:0] a;
    for (r = 0; r < REQUESTERS; r = r + 1) begin
      a = addr[16*r+:16];
      wants[r] = ready[r] && (a[15:12] == 4'h5 && a[11:9] < NUM_CPU ? a[11:9] == CPU : r[3:1] == CPU);
      held_back[r] = full && r[0] == 1'b0 && (
          a >> 2 == (`GICV2_GICV_BASE + `GICV_EOIR_OFFSET) >> 2 ||
          a >> 2 == (`GICV2_GICV_BASE + `GICV_AEOIR_OFFSET) >> 2 ||
          a >> 2 == (`GICV2_GICV_BASE + `GICV_DIR_OFFSET) >> 2);
    end
  end

  wire [REQUESTERS-1:0] eligible = wants & ~held_back;

  // The first of them after the last accepted; that is the last in the ring after reset

  reg                  going;
  reg           [3:0] turn;
  reg           [3:0] last;
  reg [REQUESTERS-1:0] after_last;

  always @* begin : ring
    integer r;
    going = 1'b0;
    turn = 4'd0;
    for (r = 0; r < REQUESTERS; r = r + 1) begin
      after_last[r] = r > last;
      if (!going && eligible[r] && r > last) begin
        going = 1'b1;
        turn = r;
      end
    end
    for (r = 0; r < REQUESTERS; r = r + 1)
      if (!going && eligible[r]) begin
        going = 1'b1;
        turn = r;
      end
  end

  // What the observation port is to show after the edge

  reg        was_reset = 1'b0, expected, expected_write;
  reg  [2:0] expected_port;
  reg [15:0] expected_addr;

  always @(posedge aclk) begin
    was_reset      <= was_reset || !aresetn;
    expected       <= aresetn && going;
    expected_port  <= turn[3:1];
    expected_write <= !turn[0];
    expected_addr  <= addr[16*turn+:16];
    if (!aresetn) last <= REQUESTERS - 1;
    else if (going) last <= turn;
  end

  wire        running, accepted, write;
  wire  [2:0] port;
  wire [15:0] addr_shown;

  bank_view #(
      .NUM_LR(NUM_LR)
  ) u_view (
      .aclk          (aclk),
      .aresetn       (aresetn),
      .obs           (obs),
      .running       (running),
      .accepted      (accepted),
      .write         (write),
      .error         (),
      .port          (port),
      .addr          (addr_shown),
      .lrs           (),
      .lrs_before    (),
      .control       (),
      .control_before()
  );

  // For how many accepts of the bank each of them has been ready without being the one

  reg [5*REQUESTERS-1:0] waits, waits_before;
  reg   [REQUESTERS-1:0] eligible_before, patient;

  always @* begin : count_accepts
    integer r;
    for (r = 0; r < REQUESTERS; r = r + 1) begin
      waits[5*r+:5] = !eligible_before[r] || (accepted && {port, !write} == r) ? 5'd0
                    : waits_before[5*r+:5] + {4'd0, accepted};
      patient[r] = waits[5*r+:5] < REQUESTERS;
    end
  end

  always @(posedge aclk) begin
    eligible_before <= aresetn ? eligible : {REQUESTERS{1'b0}};
    waits_before    <= waits;
  end

  assign ring_right = (behind != 0 || last == REQUESTERS - 1) && (behind == 0 || behind == after_last) &&
                      last < REQUESTERS;

  always @* if (was_reset) begin
    if (running && expected) begin
      somebody_ready_is_accepted: assert (accepted);
      next_in_the_ring_is_accepted: assert (port == expected_port && write == expected_write);
      accepted_address_is_the_requesters: assert (addr_shown == expected_addr);
    end
    if (running && !expected) nobody_else_is_accepted: assert (!accepted);
    if (waits != 0) ready_requester_is_accepted_within_a_round: assert (&patient);

    last_in_the_round: cover (waits[5*(REQUESTERS-1)+:5] == REQUESTERS - 1);
    all_at_once: cover (&eligible);
    reads_pass_what_is_held_back: cover (going && turn[0] && (wants & held_back) != 0);
  end

endmodule
