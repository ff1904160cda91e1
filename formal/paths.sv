// SPDX-License-Identifier: Apache-2.0
//
// Section 8: no output follows an input within a cycle, as AXI demands. Two devices whose registers hold the
// same, whatever that is, and whose inputs differ show the same on all pins.

module paths #(
    parameter NUM_CPU = 2,
    parameter NUM_LR  = 2
) (
    input wire                   aclk,
    input wire [80*NUM_CPU:0] inputs,
    input wire [80*NUM_CPU:0] other_inputs
);

  localparam PORT_W = 2 * 16 + 2 * 32 + 4 + 2 * 2 + 5;
  localparam BANK_W = 2 * NUM_CPU + 6 * 32 + 32 * NUM_LR + 43 + 29;

  wire [(58+32*(9+NUM_LR))*NUM_CPU-1:0] outputs, other_outputs;
  wire      [PORT_W*NUM_CPU-1:0] port_state, other_port_state;
  wire      [BANK_W*NUM_CPU-1:0] bank_state, other_bank_state;

  packed_device #(
      .NUM_CPU(NUM_CPU),
      .NUM_LR (NUM_LR)
  ) u_one (
      .aclk   (aclk),
      .inputs (inputs),
      .outputs(outputs)
  );

  packed_device #(
      .NUM_CPU(NUM_CPU),
      .NUM_LR (NUM_LR)
  ) u_other (
      .aclk   (aclk),
      .inputs (other_inputs),
      .outputs(other_outputs)
  );

  genvar i;
  generate
    for (i = 0; i < NUM_CPU; i = i + 1) begin : \u_one.u_dut.g_port
      `include "port_registers.svh"
      assign port_state[PORT_W*i+:PORT_W] = registers;
    end
    for (i = 0; i < NUM_CPU; i = i + 1) begin : \u_other.u_dut.g_port
      `include "port_registers.svh"
      assign other_port_state[PORT_W*i+:PORT_W] = registers;
    end
    for (i = 0; i < NUM_CPU; i = i + 1) begin : \u_one.u_dut.g_bank
      `include "bank_registers.svh"
      assign bank_state[BANK_W*i+:BANK_W] = registers;
    end
    for (i = 0; i < NUM_CPU; i = i + 1) begin : \u_other.u_dut.g_bank
      `include "bank_registers.svh"
      assign other_bank_state[BANK_W*i+:BANK_W] = registers;
    end
  endgenerate

  always @* begin
    assume ({port_state, bank_state} == {other_port_state, other_bank_state});
    if (inputs != other_inputs) outputs_follow_registers_alone: assert (outputs == other_outputs);

    everything_differs: cover ((inputs ^ other_inputs) == {80 * NUM_CPU + 1{1'b1}} && (&outputs[2:0]));
  end

endmodule
