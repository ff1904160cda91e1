// SPDX-License-Identifier: Apache-2.0
//
// One AXI4-Lite slave port. Each of AW, W and AR has one slot, so every READY is a register's
// inverse and no input reaches an output in the same cycle. A request is offered to the fabric
// while its address (and datum) is in the slot or on the pins and its response channel is free
// or being freed; the edge at which the fabric accepts it is T (V2-CYC-2, V2-CYC-4).

module axil_port (
    input  wire        aclk,
    input  wire        aresetn,

    input  wire [15:0] s_axi_awaddr,
    input  wire        s_axi_awvalid,
    output wire        s_axi_awready,
    input  wire [31:0] s_axi_wdata,
    input  wire  [3:0] s_axi_wstrb,
    input  wire        s_axi_wvalid,
    output wire        s_axi_wready,
    output wire  [1:0] s_axi_bresp,
    output wire        s_axi_bvalid,
    input  wire        s_axi_bready,
    input  wire [15:0] s_axi_araddr,
    input  wire        s_axi_arvalid,
    output wire        s_axi_arready,
    output wire [31:0] s_axi_rdata,
    output wire  [1:0] s_axi_rresp,
    output wire        s_axi_rvalid,
    input  wire        s_axi_rready,

    output wire        write_request,
    output wire [15:0] write_addr,
    output wire [31:0] write_data,
    output wire  [3:0] write_strb,
    input  wire        write_accept,
    input  wire        write_error,

    output wire        read_request,
    output wire [15:0] read_addr,
    input  wire        read_accept,
    input  wire        read_error,
    input  wire [31:0] read_data
);

  localparam [1:0] RESP_OKAY = 2'b00;
  localparam [1:0] RESP_SLVERR = 2'b10;

  // Slots

  reg         aw_full_q, w_full_q, ar_full_q;
  reg  [15:0] aw_addr_q, ar_addr_q;
  reg  [31:0] w_data_q;
  reg   [3:0] w_strb_q;

  assign s_axi_awready = !aw_full_q;
  assign s_axi_wready  = !w_full_q;
  assign s_axi_arready = !ar_full_q;

  wire aw_present = aw_full_q || s_axi_awvalid;
  wire w_present  = w_full_q || s_axi_wvalid;
  wire ar_present = ar_full_q || s_axi_arvalid;

  assign write_addr = aw_full_q ? aw_addr_q : s_axi_awaddr;
  assign write_data = w_full_q ? w_data_q : s_axi_wdata;
  assign write_strb = w_full_q ? w_strb_q : s_axi_wstrb;
  assign read_addr  = ar_full_q ? ar_addr_q : s_axi_araddr;

  wire aw_full_d = aw_present && !write_accept;
  wire w_full_d  = w_present && !write_accept;
  wire ar_full_d = ar_present && !read_accept;

  // Responses

  reg         b_valid_q, r_valid_q;
  reg   [1:0] b_resp_q, r_resp_q;
  reg  [31:0] r_data_q;

  assign s_axi_bvalid = b_valid_q;
  assign s_axi_bresp  = b_resp_q;
  assign s_axi_rvalid = r_valid_q;
  assign s_axi_rresp  = r_resp_q;
  assign s_axi_rdata  = r_data_q;

  wire b_held = b_valid_q && !s_axi_bready;
  wire r_held = r_valid_q && !s_axi_rready;

  assign write_request = aw_present && w_present && !b_held;
  assign read_request  = ar_present && !r_held;

  wire        b_valid_d = write_accept || b_held;
  wire        r_valid_d = read_accept || r_held;
  wire  [1:0] b_resp_d  = !write_accept ? b_resp_q : write_error ? RESP_SLVERR : RESP_OKAY;
  wire  [1:0] r_resp_d  = !read_accept ? r_resp_q : read_error ? RESP_SLVERR : RESP_OKAY;
  wire [31:0] r_data_d  = read_accept ? read_data : r_data_q;

  always @(posedge aclk) begin
    if (!aresetn) begin
      aw_full_q <= 1'b0;
      w_full_q  <= 1'b0;
      ar_full_q <= 1'b0;
      aw_addr_q <= 16'h0000;
      ar_addr_q <= 16'h0000;
      w_data_q  <= 32'h00000000;
      w_strb_q  <= 4'h0;
      b_valid_q <= 1'b0;
      r_valid_q <= 1'b0;
      b_resp_q  <= RESP_OKAY;
      r_resp_q  <= RESP_OKAY;
      r_data_q  <= 32'h00000000;
    end else begin
      aw_full_q <= aw_full_d;
      w_full_q  <= w_full_d;
      ar_full_q <= ar_full_d;
      aw_addr_q <= write_addr;
      ar_addr_q <= read_addr;
      w_data_q  <= write_data;
      w_strb_q  <= write_strb;
      b_valid_q <= b_valid_d;
      r_valid_q <= r_valid_d;
      b_resp_q  <= b_resp_d;
      r_resp_q  <= r_resp_d;
      r_data_q  <= r_data_d;
    end
  end

endmodule
