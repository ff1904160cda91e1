// SPDX-License-Identifier: Apache-2.0
//
// Section 8, which access a bank accepts: the requesters that meet (a) to (c) are worked out from the pins
// and from what the slots were given, and the first of them after the last accepted goes (V2-CYC-5).

module turns #(
    parameter NUM_CPU = 2,
    parameter NUM_LR  = 2
) (
    input wire aclk
);

  `include "device.svh"

  localparam REQUESTERS = 2 * NUM_CPU;

  // Requester 2p is port p's write, 2p+1 its read. Vectors are packed as the device's.

  wire    [REQUESTERS-1:0] ready;       // (a) and (b)
  wire [16*REQUESTERS-1:0] addr;
  wire    [NUM_CPU-1:0] slots_right, full, ring_right;

  genvar p, b;
  generate
    for (p = 0; p < NUM_CPU; p = p + 1) begin : g_port
      reg [15:0] write_slot, read_slot;

      always @(posedge aclk) begin
        if (s_axi_awvalid[p] && s_axi_awready[p]) write_slot <= s_axi_awaddr[16*p+:16];
        if (s_axi_arvalid[p] && s_axi_arready[p]) read_slot <= s_axi_araddr[16*p+:16];
      end

      assign ready[2*p] = (!s_axi_awready[p] || s_axi_awvalid[p]) && (!s_axi_wready[p] || s_axi_wvalid[p]) &&
                          (!s_axi_bvalid[p] || s_axi_bready[p]);
      assign ready[2*p+1] = (!s_axi_arready[p] || s_axi_arvalid[p]) && (!s_axi_rvalid[p] || s_axi_rready[p]);
      assign addr[32*p+:16] = s_axi_awready[p] ? s_axi_awaddr[16*p+:16] : write_slot;
      assign addr[32*p+16+:16] = s_axi_arready[p] ? s_axi_araddr[16*p+:16] : read_slot;
    end

    for (p = 0; p < NUM_CPU; p = p + 1) begin : \u_dut.g_port
      (* hierconn *) wire [15:0] \u_port.aw_addr_q , \u_port.ar_addr_q ;
      assign slots_right[p] = (s_axi_awready[p] || \u_port.aw_addr_q == g_port[p].write_slot) &&
                              (s_axi_arready[p] || \u_port.ar_addr_q == g_port[p].read_slot);
    end

    for (b = 0; b < NUM_CPU; b = b + 1) begin : g_bank
      wire [REQUESTERS-1:0] behind;  // the device's own: who comes after the last accepted

      bank_turns #(
          .NUM_CPU(NUM_CPU),
          .NUM_LR (NUM_LR),
          .CPU    (b)
      ) u_check (
          .aclk      (aclk),
          .aresetn   (aresetn),
          .ready     (ready),
          .addr      (addr),
          .full      (full[b]),
          .obs       (obs[OBS_W*b+:OBS_W]),
          .behind    (behind),
          .ring_right(ring_right[b])
      );
    end

    for (b = 0; b < NUM_CPU; b = b + 1) begin : \u_dut.g_bank
      (* hierconn *) wire [2:0] \u_vif.u_deact_queue.count_q ;
      (* hierconn *) wire [REQUESTERS-1:0] \u_arbiter.behind_q ;
      assign full[b] = \u_vif.u_deact_queue.count_q == 4;
      assign g_bank[b].behind = \u_arbiter.behind_q ;
    end
  endgenerate

  always @* if (was_reset) begin
    slots_hold_what_was_taken: assert (&slots_right);
    ring_is_behind_the_last_accepted: assert (&ring_right);
  end

endmodule
