// SPDX-License-Identifier: Apache-2.0
//
// V2-MAP-1..6: where an access of one port goes. Windows that name no implemented bank, and gaps,
// count as accesses to the requester's own bank that reach no register.

`include "gicv2_registers.vh"

module gicv2_decode #(
    parameter       NUM_CPU = 2,
    parameter [2:0] CPU     = 0
) (
    input  wire [15:0] addr,
    input  wire        write,
    input  wire  [3:0] strb,
    output wire  [2:0] bank,
    output wire        gich,       // reaches the bank's GICH registers, offset addr[8:0]
    output wire        gicv,       // reaches the bank's GICV registers, offset addr[12:0]
    output wire        error,      // V2-MAP-7: no effect, SLVERR
    output wire        completion  // V2-CYC-8: waits while the deactivation queue is full
);

  wire [2:0] window = addr[11:9];
  wire       self_view = {addr[15:9], 9'h000} == `GICV2_GICH_SELF_BASE;
  wire       cpu_view = {addr[15:12], 12'h000} == `GICV2_GICH_CPU_BASE && {29'd0, window} < NUM_CPU;

  assign bank  = cpu_view ? window : CPU;
  assign gich  = self_view || cpu_view;
  assign gicv  = {addr[15:13], 13'h0000} == `GICV2_GICV_BASE;
  assign error = addr[1:0] != 2'b00 || (write && strb != 4'hF);

  wire [12:0] gicv_word = {addr[12:2], 2'b00};
  assign completion = write && gicv && (gicv_word == `GICV_EOIR_OFFSET || gicv_word == `GICV_AEOIR_OFFSET ||
                                        gicv_word == `GICV_DIR_OFFSET);

endmodule
