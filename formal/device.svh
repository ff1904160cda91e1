// SPDX-License-Identifier: Apache-2.0
//
// The body of a module with the parameters NUM_CPU and NUM_LR and the input aclk: the device, with nothing
// known of its surroundings but that they reset it once before anything else.

localparam OBS_W = 32 * (9 + NUM_LR);

(* anyseq *) wire aresetn;

(* anyseq *) wire [16*NUM_CPU-1:0] s_axi_awaddr;
(* anyseq *) wire    [NUM_CPU-1:0] s_axi_awvalid;
(* anyseq *) wire [32*NUM_CPU-1:0] s_axi_wdata;
(* anyseq *) wire  [4*NUM_CPU-1:0] s_axi_wstrb;
(* anyseq *) wire    [NUM_CPU-1:0] s_axi_wvalid;
(* anyseq *) wire    [NUM_CPU-1:0] s_axi_bready;
(* anyseq *) wire [16*NUM_CPU-1:0] s_axi_araddr;
(* anyseq *) wire    [NUM_CPU-1:0] s_axi_arvalid;
(* anyseq *) wire    [NUM_CPU-1:0] s_axi_rready;
(* anyseq *) wire    [NUM_CPU-1:0] deact_ready;

wire       [NUM_CPU-1:0] s_axi_awready, s_axi_wready, s_axi_bvalid, s_axi_arready, s_axi_rvalid;
wire     [2*NUM_CPU-1:0] s_axi_bresp, s_axi_rresp;
wire    [32*NUM_CPU-1:0] s_axi_rdata;
wire       [NUM_CPU-1:0] virq, vfiq, maint_irq, deact_valid;
wire    [10*NUM_CPU-1:0] deact_id;
wire     [3*NUM_CPU-1:0] deact_cpu;
wire [OBS_W*NUM_CPU-1:0] obs;

gicv2_vif_top #(
    .NUM_CPU(NUM_CPU),
    .NUM_LR (NUM_LR)
) u_dut (
    .s_axi_awprot({NUM_CPU{3'b000}}),
    .s_axi_arprot({NUM_CPU{3'b000}}),
    .*
);

reg was_reset = 1'b0;  // at some edge before this one
always @(posedge aclk) was_reset <= was_reset || !aresetn;
always @* if (!was_reset) assume (!aresetn);
