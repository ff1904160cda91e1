// SPDX-License-Identifier: Apache-2.0
//
// Between port and bank: what an access carries comes to the bank that accepts it, and what that bank says is
// the answer at the next edge (V2-CYC-1, V2-CYC-2, V2-CYC-4).

module answers #(
    parameter NUM_CPU = 2,
    parameter NUM_LR  = 2
) (
    input wire aclk
);

  `include "device.svh"

  wire      [NUM_CPU-1:0] slots_right;
  wire   [36*NUM_CPU-1:0] offered;  // strobes and datum of each port's write
  wire [32*NUM_CPU-1:0] values, data;

  genvar i;
  generate
    for (i = 0; i < NUM_CPU; i = i + 1) begin : g_port
      reg [35:0] slot;
      always @(posedge aclk)
        if (s_axi_wvalid[i] && s_axi_wready[i]) slot <= {s_axi_wstrb[4*i+:4], s_axi_wdata[32*i+:32]};
      assign offered[36*i+:36] = s_axi_wready[i] ? {s_axi_wstrb[4*i+:4], s_axi_wdata[32*i+:32]} : slot;
    end

    for (i = 0; i < NUM_CPU; i = i + 1) begin : \u_dut.g_port
      (* hierconn *) wire [31:0] \u_port.w_data_q ;
      (* hierconn *) wire  [3:0] \u_port.w_strb_q ;
      assign slots_right[i] = s_axi_wready[i] || {\u_port.w_strb_q , \u_port.w_data_q } == g_port[i].slot;
    end

    for (i = 0; i < NUM_CPU; i = i + 1) begin : \u_dut.g_bank
      (* hierconn *) wire [31:0] \u_vif.read_data , \u_vif.access_data ;
      assign values[32*i+:32] = \u_vif.read_data ;
      assign data[32*i+:32] = \u_vif.access_data ;
    end

    for (i = 0; i < NUM_CPU; i = i + 1) begin : g_bank
      bank_answers #(
          .NUM_CPU(NUM_CPU),
          .NUM_LR (NUM_LR)
      ) u_check (
          .aclk   (aclk),
          .aresetn(aresetn),
          .obs    (obs[OBS_W*i+:OBS_W]),
          .value  (values[32*i+:32]),
          .data   (data[32*i+:32]),
          .offered(offered),
          .bvalid (s_axi_bvalid),
          .bresp  (s_axi_bresp),
          .rvalid (s_axi_rvalid),
          .rresp  (s_axi_rresp),
          .rdata  (s_axi_rdata)
      );
    end
  endgenerate

  always @* if (was_reset) slots_hold_what_was_written: assert (&slots_right);

endmodule
