// SPDX-License-Identifier: Apache-2.0
//
// All registers of a bank, in a generate block with the name of the device's own.

(* hierconn *) wire [2*NUM_CPU-1:0] \u_arbiter.behind_q ;
(* hierconn *) wire [31:0] \u_vif.hcr_q , \u_vif.apr_q , \u_vif.ctlr_q ;
(* hierconn *) wire [31:0] \u_vif.pmr_q , \u_vif.bpr_q , \u_vif.abpr_q ;
(* hierconn *) wire [32*NUM_LR-1:0] \u_vif.lrs_q ;
(* hierconn *) wire [39:0] \u_vif.u_deact_queue.ids_q ;
(* hierconn *) wire  [2:0] \u_vif.u_deact_queue.count_q ;
(* hierconn *) wire  [7:0] \u_vif.accepts_q ;
(* hierconn *) wire [20:0] \u_vif.last_q ;

wire [BANK_W-1:0] registers = {
  \u_arbiter.behind_q , \u_vif.hcr_q , \u_vif.apr_q , \u_vif.ctlr_q , \u_vif.pmr_q , \u_vif.bpr_q ,
  \u_vif.abpr_q , \u_vif.lrs_q , \u_vif.u_deact_queue.ids_q , \u_vif.u_deact_queue.count_q ,
  \u_vif.accepts_q , \u_vif.last_q
};
