// SPDX-License-Identifier: Apache-2.0
// A small GICv2 virtual interface (GICH and GICV) of one CPU behind APB4.
//
// List registers are looked at one a clock. A walk over all of them, begun anew by whatever may change its outcome,
// finds the most urgent candidate and takes stock for the status registers; accesses that need either wait for its end.
// A completion walks by itself until it meets its list register.
module apb_gic #(
    parameter NUM_LR = 4  // list registers, 2..32
) (
    input  wire        pclk,
    input  wire        presetn,
    input  wire        psel,
    input  wire        penable,
    input  wire        pwrite,
    input  wire [13:0] paddr,  // GICH from 0x0000, GICV from 0x2000
    input  wire [31:0] pwdata,
    input  wire [ 3:0] pstrb,
    output reg         pready,
    output reg  [31:0] prdata,
    output reg         pslverr,

    output reg         nvirq,  // active low
    output reg         nvfiq,  // active low
    output reg         maintenance,
    output reg         deactivate,  // for one clock
    output reg  [ 9:0] deactivate_id
);
  localparam [31:0] IIDR = 32'h0A42_1000;
  localparam W = $clog2(NUM_LR);
  localparam [W-1:0] LAST = NUM_LR[W-1:0] - 1'b1;
  localparam [1:0] INV = 2'd0, PEND = 2'd1, ACT = 2'd2;

  // ---- registers

  reg [1:0] state[0:NUM_LR-1];
  reg [26:0] content[0:NUM_LR-1];  // HW, Grp1, Priority, bits 19:10, VirtualID
  reg [4:0] eoicount;
  reg [7:0] hcr;  // the interrupt enables and En
  reg [31:0] apr;
  reg [4:0] primask;
  reg [2:0] bp, abp;
  reg [5:0] ctl;  // EOImode, CBPR, FIQEn, AckCtl, EnableGrp1, EnableGrp0

  wire eoimode = ctl[5];
  wire cbpr = ctl[4];
  wire fiqen = ctl[3];
  wire ackctl = ctl[2];
  wire [1:0] group_on = ctl[1:0];

  function [2:0] at_least;
    input [2:0] value, minimum;
    at_least = value < minimum ? minimum : value;
  endfunction

  // ---- the walk: what it has found so far, and at its end

  reg walking;
  reg [W-1:0] at;
  reg best_there, best_group;
  reg [4:0] best_priority;
  reg [W-1:0] best;
  reg any_valid, many_valid, any_pending;
  reg [NUM_LR-1:0] eisr, elrsr;

  wire [1:0] w_state = state[at];
  wire w_group = content[at][25];
  wire [4:0] w_priority = content[at][24:20];
  wire w_owes = !content[at][26] && content[at][19];
  wire w_competes = w_state == PEND && content[at][9:0] < 10'd1020 && group_on[w_group] &&
      (!best_there || w_priority < best_priority);

  // ---- what follows from it

  wire [4:0] split = best_group && !cbpr ? 5'h1F << (abp - 3'd3) : 5'h1F << (bp - 3'd2);  // of five priority bits
  wire [4:0] group_priority = best_priority & split;

  function [5:0] lowest;  // set bit; 32: none
    input [31:0] bits;
    integer i;
    begin
      lowest = 6'd32;
      for (i = 31; i >= 0; i = i - 1) if (bits[i]) lowest = i[5:0];
    end
  endfunction

  wire [5:0] active = lowest(apr);
  wire idle = active[5];
  wire urgent = best_priority < primask && (idle || group_priority < (active[4:0] & split));
  wire ready = hcr[0] && best_there && urgent;

  wire [12:0] name = {content[best][26] ? 3'd0 : content[best][12:10], content[best][9:0]};

  wire [7:0] misr = {
    hcr[7] && !group_on[1],
    hcr[6] && group_on[1],
    hcr[5] && !group_on[0],
    hcr[4] && group_on[0],
    hcr[3] && !any_pending,
    hcr[2] && eoicount != 5'd0,
    hcr[1] && !many_valid,
    |eisr
  };

  // ---- the bus

  wire gicv = paddr[13];
  wire [12:0] offset = paddr[12:0];
  wire [W-1:0] lr = offset[2+:W];
  wire is_lr = !gicv && offset[12:8] == 5'd1 && {26'd0, offset[7:2]} < NUM_LR;
  wire [13:0] place = {gicv, offset};

  localparam [13:0] H = 14'h0000, V = 14'h2000;
  wire group1_only = place == V + 14'h20 || place == V + 14'h24 || place == V + 14'h28;
  wire acknowledges = place == V + 14'h0C || place == V + 14'h20;
  wire is_eoi = place == V + 14'h10 || place == V + 14'h24;
  wire is_dir = place == V + 14'h1000;
  wire [9:0] id = pwdata[9:0];

  wire [31:0] lr_word = {content[lr][26:25], state[lr], content[lr][24:20], 3'd0, content[lr][19:0]};

  reg [31:0] read;
  always @* begin
    case (place)
      H + 14'h00: read = {eoicount, 19'd0, hcr};
      H + 14'h04: read = 32'h9000_0000 | NUM_LR - 1;
      H + 14'h08: read = {primask, 3'd0, bp, abp, 8'd0, eoimode, 4'd0, cbpr, fiqen, ackctl, group_on};
      H + 14'h10: read = {24'd0, misr};
      H + 14'h20: read = {{32 - NUM_LR{1'b0}}, eisr};
      H + 14'h30: read = {{32 - NUM_LR{1'b0}}, elrsr};
      H + 14'hF0, V + 14'hD0: read = apr;
      V + 14'h00: read = {22'd0, eoimode, 4'd0, cbpr, fiqen, ackctl, group_on};
      V + 14'h04: read = {24'd0, primask, 3'd0};
      V + 14'h08: read = {29'd0, bp};
      V + 14'h1C: read = {29'd0, abp};
      V + 14'h14: read = idle ? 32'hFF : {24'd0, active[4:0], 3'd0};
      V + 14'hFC: read = IIDR;
      V + 14'h0C, V + 14'h20, V + 14'h18, V + 14'h28:
      if (!(acknowledges ? ready : hcr[0] && best_there) || (group1_only && !best_group)) read = 32'd1023;
      else if (!group1_only && best_group && !ackctl) read = 32'd1022;
      else read = {19'd0, name};
      default: read = is_lr ? lr_word : 32'd0;
    endcase
  end

  // ---- one access after the other

  localparam [1:0] IDLE = 2'd0, FIND = 2'd1, REPLY = 2'd2;
  reg [1:0] step;
  reg [W-1:0] n;  // where FIND looks
`ifdef BUG_SGI_SOURCE  // the sender of an SGI is not compared: with two senders the wrong one is completed
  wire same = content[n][9:0] == id;
`else
  wire same = content[n][9:0] == id && (id >= 10'd16 || content[n][26] || content[n][12:10] == pwdata[12:10]);
`endif
  wire match = state[n][1] && same;
  wire missed = !match && n == LAST;
  wire ignored = match && is_eoi && group1_only && !content[n][25];
  wire deactivates = match && !ignored && (is_dir || !eoimode);

  integer i;
  always @(posedge pclk or negedge presetn) begin
    if (!presetn) begin
      for (i = 0; i < NUM_LR; i = i + 1) begin
        state[i] <= INV;
        content[i] <= 27'd0;
      end
      eoicount <= 5'd0;
      hcr <= 8'd0;
      apr <= 32'd0;
      primask <= 5'd0;
      bp <= 3'd2;
      abp <= 3'd3;
      ctl <= 6'd0;
      step <= IDLE;
      n <= {W{1'b0}};
      pready <= 1'b0;
      prdata <= 32'd0;
      pslverr <= 1'b0;
      nvirq <= 1'b1;
      nvfiq <= 1'b1;
      maintenance <= 1'b0;
      deactivate <= 1'b0;
      deactivate_id <= 10'd0;
      walking <= 1'b1;
      at <= {W{1'b0}};
      best_there <= 1'b0;
      best_group <= 1'b0;
      best_priority <= 5'd0;
      best <= {W{1'b0}};
      any_valid <= 1'b0;
      many_valid <= 1'b0;
      any_pending <= 1'b0;
      eisr <= {NUM_LR{1'b0}};
      elrsr <= {NUM_LR{1'b1}};
    end else begin
      deactivate <= 1'b0;

      if (walking) begin
        if (w_competes) begin
          best_there <= 1'b1;
          best_group <= w_group;
          best_priority <= w_priority;
          best <= at;
        end
        any_valid <= any_valid || w_state != INV;
        many_valid <= many_valid || (any_valid && w_state != INV);
        any_pending <= any_pending || w_state == PEND;
        eisr[at] <= w_state == INV && w_owes;
        elrsr[at] <= w_state == INV && !w_owes;
        at <= at + 1'b1;
        if (at == LAST) walking <= 1'b0;
      end else begin
        nvirq <= !(ready && (best_group || !fiqen));
        nvfiq <= !(ready && !best_group && fiqen);
        maintenance <= hcr[0] && misr != 8'd0;
      end

      case (step)
        IDLE:
        if (psel && penable) begin
          if (paddr[1:0] != 2'd0 || (pwrite && pstrb != 4'hF)) begin
            {step, pready, pslverr, prdata} <= {REPLY, 1'b1, 1'b1, 32'd0};
          end else if (!pwrite) begin
            if (!walking) begin
              {step, pready, prdata} <= {REPLY, 1'b1, read};
              if (acknowledges && read[9:0] < 10'd1020) begin
                state[best] <= ACT;
                apr[group_priority] <= 1'b1;
                walk;
              end
            end
          end else if ((is_eoi || (is_dir && eoimode)) && id < 10'd1020) begin
            n <= {W{1'b0}};
            step <= FIND;
          end else begin
            {step, pready, prdata} <= {REPLY, 1'b1, 32'd0};
            write;
          end
        end

        FIND:
        if (!match && !missed) n <= n + 1'b1;
        else begin
          {step, pready, prdata} <= {REPLY, 1'b1, 32'd0};
          if (is_eoi && !ignored) apr <= apr & (apr - 32'd1);
          if (missed && (is_dir || (!eoimode && !idle))) eoicount <= eoicount + 5'd1;
          if (deactivates) begin
`ifdef BUG_LOST_PENDING  // what became pending while it was active is forgotten
            state[n] <= INV;
`else
            state[n] <= state[n] & PEND;
`endif
            deactivate <= content[n][26] && content[n][19:10] >= 10'd16 && content[n][19:10] < 10'd1020;
            deactivate_id <= content[n][19:10];
          end
          walk;
        end

        default: {step, pready, pslverr} <= {IDLE, 1'b0, 1'b0};
      endcase
    end
  end

  task walk;
    begin
      walking <= 1'b1;
      at <= {W{1'b0}};
      best_there <= 1'b0;
      any_valid <= 1'b0;
      many_valid <= 1'b0;
      any_pending <= 1'b0;
    end
  endtask

  task write;
    begin
`ifdef BUG_STALE_GROUPS  // the candidate is not looked for again when the guest switches a group on or off
      if (!gicv) walk;
`else
      walk;
`endif
      case (place)
        H + 14'h00: {eoicount, hcr} <= {pwdata[31:27], pwdata[7:0]};
        H + 14'h08: begin
          primask <= pwdata[31:27];
          bp <= at_least(pwdata[23:21], 3'd2);
          abp <= at_least(pwdata[20:18], 3'd3);
          ctl <= {pwdata[9], pwdata[4:0]};
        end
        H + 14'hF0, V + 14'hD0: apr <= pwdata;
        V + 14'h00: ctl <= {pwdata[9], pwdata[4:0]};
        V + 14'h04: primask <= pwdata[7:3];
        V + 14'h08: bp <= at_least(pwdata[2:0], 3'd2);
        V + 14'h1C: abp <= at_least(pwdata[2:0], 3'd3);
        default:
        if (is_lr) begin
          state[lr] <= pwdata[29:28];
          content[lr] <= {pwdata[31:30], pwdata[27:23], pwdata[19:0]};
        end
      endcase
    end
  endtask
endmodule
