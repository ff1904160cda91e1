// SPDX-License-Identifier: Apache-2.0
//
// All registers of a port, in a generate block with the name of the device's own.

(* hierconn *) wire [15:0] \u_port.aw_addr_q , \u_port.ar_addr_q ;
(* hierconn *) wire [31:0] \u_port.w_data_q , \u_port.r_data_q ;
(* hierconn *) wire  [3:0] \u_port.w_strb_q ;
(* hierconn *) wire  [1:0] \u_port.b_resp_q , \u_port.r_resp_q ;
(* hierconn *) wire        \u_port.aw_full_q , \u_port.w_full_q , \u_port.ar_full_q ;
(* hierconn *) wire        \u_port.b_valid_q , \u_port.r_valid_q ;

wire [PORT_W-1:0] registers = {
  \u_port.aw_addr_q , \u_port.ar_addr_q , \u_port.w_data_q , \u_port.r_data_q , \u_port.w_strb_q ,
  \u_port.b_resp_q , \u_port.r_resp_q , \u_port.aw_full_q , \u_port.w_full_q , \u_port.ar_full_q ,
  \u_port.b_valid_q , \u_port.r_valid_q
};
