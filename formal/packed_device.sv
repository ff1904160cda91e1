// SPDX-License-Identifier: Apache-2.0
//
// The device with all inputs but the clock in one vector, and all outputs in another.

module packed_device #(
    parameter NUM_CPU = 2,
    parameter NUM_LR  = 2
) (
    input  wire                                 aclk,
    input  wire                    [80*NUM_CPU:0] inputs,
    output wire [(58+32*(9+NUM_LR))*NUM_CPU-1:0] outputs
);

  localparam OBS_W = 32 * (9 + NUM_LR);

  gicv2_vif_top #(
      .NUM_CPU(NUM_CPU),
      .NUM_LR (NUM_LR)
  ) u_dut (
      .aclk         (aclk),
      .s_axi_awaddr (inputs[0+:16*NUM_CPU]),
      .s_axi_awprot (inputs[16*NUM_CPU+:3*NUM_CPU]),
      .s_axi_awvalid(inputs[19*NUM_CPU+:NUM_CPU]),
      .s_axi_wdata  (inputs[20*NUM_CPU+:32*NUM_CPU]),
      .s_axi_wstrb  (inputs[52*NUM_CPU+:4*NUM_CPU]),
      .s_axi_wvalid (inputs[56*NUM_CPU+:NUM_CPU]),
      .s_axi_bready (inputs[57*NUM_CPU+:NUM_CPU]),
      .s_axi_araddr (inputs[58*NUM_CPU+:16*NUM_CPU]),
      .s_axi_arprot (inputs[74*NUM_CPU+:3*NUM_CPU]),
      .s_axi_arvalid(inputs[77*NUM_CPU+:NUM_CPU]),
      .s_axi_rready (inputs[78*NUM_CPU+:NUM_CPU]),
      .deact_ready  (inputs[79*NUM_CPU+:NUM_CPU]),
      .aresetn      (inputs[80*NUM_CPU]),
      .s_axi_awready(outputs[0+:NUM_CPU]),
      .s_axi_wready (outputs[1*NUM_CPU+:NUM_CPU]),
      .s_axi_bresp  (outputs[2*NUM_CPU+:2*NUM_CPU]),
      .s_axi_bvalid (outputs[4*NUM_CPU+:NUM_CPU]),
      .s_axi_arready(outputs[5*NUM_CPU+:NUM_CPU]),
      .s_axi_rdata  (outputs[6*NUM_CPU+:32*NUM_CPU]),
      .s_axi_rresp  (outputs[38*NUM_CPU+:2*NUM_CPU]),
      .s_axi_rvalid (outputs[40*NUM_CPU+:NUM_CPU]),
      .virq         (outputs[41*NUM_CPU+:NUM_CPU]),
      .vfiq         (outputs[42*NUM_CPU+:NUM_CPU]),
      .maint_irq    (outputs[43*NUM_CPU+:NUM_CPU]),
      .deact_valid  (outputs[44*NUM_CPU+:NUM_CPU]),
      .deact_id     (outputs[45*NUM_CPU+:10*NUM_CPU]),
      .deact_cpu    (outputs[55*NUM_CPU+:3*NUM_CPU]),
      .obs          (outputs[58*NUM_CPU+:OBS_W*NUM_CPU])
  );

endmodule
