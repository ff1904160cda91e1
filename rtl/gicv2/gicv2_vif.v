// SPDX-License-Identifier: Apache-2.0
//
// The virtual interface of one CPU: its GICH and GICV registers, the selection of an interrupt and
// the three lines. At most one access is accepted an edge; state, lines and status follow at T+1
// (V2-CYC-1), read data is of the state before T (V2-CYC-2).

`include "gicv2_registers.vh"

module gicv2_vif #(
    parameter        NUM_LR     = 4,
    parameter [31:0] IIDR       = 32'h0202143B,
    parameter        GRP_FILTER = 1,
    parameter        HPPIR_PMR  = 0,
    parameter        IRQ_REG    = 0,
    parameter  [2:0] CPU        = 0
) (
    input  wire                       aclk,
    input  wire                       aresetn,

    input  wire                       access_valid,
    input  wire                       access_write,
    input  wire                       access_gich,
    input  wire                       access_gicv,
    input  wire                       access_error,
    input  wire                 [2:0] access_cpu,
    input  wire                [15:0] access_addr,
    input  wire                [31:0] access_data,
    output wire                [31:0] read_data,

    output wire                       virq,
    output wire                       vfiq,
    output wire                       maint_irq,

    output wire                       deact_full,
    output wire                       deact_valid,
    input  wire                       deact_ready,
    output wire                 [9:0] deact_id,
    output wire                 [2:0] deact_cpu,

    output wire [32*(9+NUM_LR)-1:0]   obs
);

  localparam [31:0] MIN_BPR = {29'd0, `GICV_BPR_BINARYPOINT_MINIMUM};
  localparam [31:0] MIN_ABPR = {29'd0, `GICV_ABPR_BINARYPOINT_MINIMUM};
  localparam [9:0] FIRST_PPI = 10'd16;
  localparam [9:0] LAST_SPI = 10'd1019;
  localparam [31:0] NON_SECURE_GROUP1 = 32'd1022;  // V2-IAR-3
  localparam [31:0] SPURIOUS = 32'd1023;           // V2-IAR-2

  generate
    if (NUM_LR < 1 || NUM_LR > 64) begin : g_check_num_lr
      NUM_LR_must_be_from_1_to_64 stop ();
    end
    if (GRP_FILTER != 0 && GRP_FILTER != 1) begin : g_check_grp_filter
      GRP_FILTER_must_be_0_or_1 stop ();
    end
    if (HPPIR_PMR != 0 && HPPIR_PMR != 1) begin : g_check_hppir_pmr
      HPPIR_PMR_must_be_0_or_1 stop ();
    end
    if (IRQ_REG != 0 && IRQ_REG != 1) begin : g_check_irq_reg
      IRQ_REG_must_be_0_or_1 stop ();
    end
  endgenerate

  // ---- State ----

  // V2-ALIAS-1: one copy of what VMCR and the GICV registers share, kept as GICV shows it.
  reg          [31:0] hcr_q, apr_q, ctlr_q, pmr_q, bpr_q, abpr_q;
  reg [32*NUM_LR-1:0] lrs_q;

  wire       enable = hcr_q[`GICH_HCR_EN_LSB];
  wire       eoi_mode = ctlr_q[`GICV_CTLR_EOIMODE_LSB];
  wire       cbpr = ctlr_q[`GICV_CTLR_CBPR_LSB];
  wire       fiq_enable = ctlr_q[`GICV_CTLR_FIQEN_LSB];
  wire       ack_ctl = ctlr_q[`GICV_CTLR_ACKCTL_LSB];
  wire [1:0] group_enable = {ctlr_q[`GICV_CTLR_ENABLEGRP1_LSB], ctlr_q[`GICV_CTLR_ENABLEGRP0_LSB]};

  // CTLR's bits stand at the same places in VMCR.
  wire [31:0] vmcr = pmr_q >> `GICV_PMR_PRIORITY_LSB << `GICH_VMCR_VMPRIMASK_LSB |
                     bpr_q << `GICH_VMCR_VMBP_LSB | abpr_q << `GICH_VMCR_VMABP_LSB | ctlr_q;

  wire [31:0] vtr = {29'd0, `GICH_VTR_PRIBITS_RESET} << `GICH_VTR_PRIBITS_LSB |
                    {29'd0, `GICH_VTR_PREBITS_RESET} << `GICH_VTR_PREBITS_LSB | (NUM_LR - 1);

  // ---- The access ----

  wire        effective = access_valid && !access_error;
  wire        hyp_write = effective && access_write && access_gich;
  wire        guest_write = effective && access_write && access_gicv;
  wire        guest_read = effective && !access_write && access_gicv;
  wire  [8:0] gich_offset = access_addr[8:0];
  wire [12:0] gicv_offset = access_addr[12:0];

  wire write_hcr = hyp_write && gich_offset == `GICH_HCR_OFFSET;
  wire write_vmcr = hyp_write && gich_offset == `GICH_VMCR_OFFSET;
  wire write_apr = hyp_write && gich_offset == `GICH_APR_OFFSET || guest_write && gicv_offset == `GICV_APR0_OFFSET;
  wire write_ctlr = guest_write && gicv_offset == `GICV_CTLR_OFFSET;
  wire write_pmr = guest_write && gicv_offset == `GICV_PMR_OFFSET;
  wire write_bpr = guest_write && gicv_offset == `GICV_BPR_OFFSET;
  wire write_abpr = guest_write && gicv_offset == `GICV_ABPR_OFFSET;
  wire write_eoir = guest_write && gicv_offset == `GICV_EOIR_OFFSET;
  wire write_aeoir = guest_write && gicv_offset == `GICV_AEOIR_OFFSET;
  wire write_dir = guest_write && gicv_offset == `GICV_DIR_OFFSET;
  wire read_iar = guest_read && gicv_offset == `GICV_IAR_OFFSET;
  wire read_aiar = guest_read && gicv_offset == `GICV_AIAR_OFFSET;

  // ---- Selection and signalling (section 4) ----

  wire              found, idle, unmasked, sufficient;
  wire [NUM_LR-1:0] winner;
  wire       [31:0] winner_lr, apr_bit;
  wire        [4:0] running;
  wire              winner_grp1 = winner_lr[`GICH_LR_GRP1_LSB];

  gicv2_select #(
      .NUM_LR    (NUM_LR),
      .GRP_FILTER(GRP_FILTER)
  ) u_select (
      .lrs         (lrs_q),
      .group_enable(group_enable),
      .found       (found),
      .winner      (winner),
      .winner_lr   (winner_lr)
  );

  gicv2_priority u_priority (
      .apr           (apr_q),
      .pmr           (pmr_q[`GICV_PMR_PRIORITY_MSB:`GICV_PMR_PRIORITY_LSB]),
      .bpr           (bpr_q[`GICV_BPR_BINARYPOINT_MSB:`GICV_BPR_BINARYPOINT_LSB]),
      .abpr          (abpr_q[`GICV_ABPR_BINARYPOINT_MSB:`GICV_ABPR_BINARYPOINT_LSB]),
      .cbpr          (cbpr),
      .candidate     (winner_lr[`GICH_LR_PRIORITY_MSB:`GICH_LR_PRIORITY_LSB]),
      .candidate_grp1(winner_grp1),
      .idle          (idle),
      .running       (running),
      .unmasked      (unmasked),
      .sufficient    (sufficient),
      .apr_bit       (apr_bit)
  );

  wire present = enable && found && group_enable[winner_grp1];
  wire ready = present && sufficient;
  wire reported = present && (HPPIR_PMR == 0 || unmasked);  // V2-HPP-1
  wire fiq = ready && !winner_grp1 && fiq_enable;
  wire irq = ready && !fiq;

  // ---- Acknowledge and observe (section 5) ----

  // V2-IAR-4: an LR with HW=1 has no source CPU.
  wire [`GICH_LR_CPUID_WIDTH-1:0] winner_cpuid =
      winner_lr[`GICH_LR_CPUID_MSB:`GICH_LR_CPUID_LSB] & {`GICH_LR_CPUID_WIDTH{!winner_lr[`GICH_LR_HW_LSB]}};
  wire [31:0] winner_id = {19'd0, winner_cpuid, winner_lr[`GICH_LR_VIRTUALID_MSB:`GICH_LR_VIRTUALID_LSB]};

  // What a read through the normal and the aliased registers names, if the winner shows at all.
  wire [31:0] normal_id = winner_grp1 && !ack_ctl ? NON_SECURE_GROUP1 : winner_id;
  wire [31:0] alias_id = winner_grp1 ? winner_id : SPURIOUS;

  wire acknowledge = ready && (read_iar && (!winner_grp1 || ack_ctl) || read_aiar && winner_grp1);

  // ---- Completion (section 6) ----

  wire              hit;
  wire [NUM_LR-1:0] match;
  wire       [31:0] match_lr;
  wire        [9:0] completed_id = access_data[`GICV_EOIR_INTERRUPTID_MSB:`GICV_EOIR_INTERRUPTID_LSB];

  gicv2_match #(
      .NUM_LR(NUM_LR)
  ) u_match (
      .lrs     (lrs_q),
      .id      (completed_id),
      .cpuid   (access_data[`GICV_EOIR_CPUID_MSB:`GICV_EOIR_CPUID_LSB]),
      .found   (hit),
      .match   (match),
      .match_lr(match_lr)
  );

  wire ordinary_id = completed_id <= LAST_SPI;  // V2-SPUR-1
  wire hit_group0 = hit && !match_lr[`GICH_LR_GRP1_LSB];
  wire eoi = ordinary_id && (write_eoir || write_aeoir && !hit_group0);  // V2-AEOI-1
  wire dir = ordinary_id && write_dir && eoi_mode;                       // V2-DIR-2
  wire completion = eoi && !eoi_mode || dir;
  wire deactivate = completion && hit;
  wire count_eoi = completion && !hit && (dir || !idle);  // V2-EOI-4, V2-DIR-1

  wire [9:0] physical_id = match_lr[`GICH_LR_PHYSICALID_MSB:`GICH_LR_PHYSICALID_LSB];
  // V2-EOI-10: no request for an ID that no PPI or SPI has.
  wire       deact_push = deactivate && match_lr[`GICH_LR_HW_LSB] && physical_id >= FIRST_PPI && physical_id <= LAST_SPI;

  gicv2_deact_queue u_deact_queue (
      .aclk       (aclk),
      .aresetn    (aresetn),
      .push       (deact_push),
      .push_id    (physical_id),
      .full       (deact_full),
      .deact_valid(deact_valid),
      .deact_ready(deact_ready),
      .deact_id   (deact_id)
  );

  assign deact_cpu = CPU;

  // Not every field of the words that were found decides something.
  wire unused = &{1'b0, winner_lr, match_lr};

  // ---- Next state ----

  wire [31:0] hcr_d = write_hcr ? access_data & `GICH_HCR_MASK
                    : count_eoi ? hcr_q + (32'd1 << `GICH_HCR_EOICOUNT_LSB)
                    : hcr_q;

  wire [31:0] apr_d = write_apr   ? access_data
                    : acknowledge ? apr_q | apr_bit
                    : eoi         ? apr_q & (apr_q - 32'd1)  // V2-EOI-1: the lowest set bit; 0 stays 0
                    : apr_q;

  wire [31:0] ctlr_d = write_ctlr || write_vmcr ? access_data & `GICV_CTLR_MASK : ctlr_q;

  wire [31:0] pmr_d = write_vmcr ? access_data >> `GICH_VMCR_VMPRIMASK_LSB << `GICV_PMR_PRIORITY_LSB
                    : write_pmr  ? access_data & `GICV_PMR_MASK
                    : pmr_q;

  // V2-BPR-1: too small a value stores the minimum.
  wire [31:0] new_bpr = write_vmcr ? (access_data & `GICH_VMCR_VMBP_MASK) >> `GICH_VMCR_VMBP_LSB
                                   : access_data & `GICV_BPR_MASK;
  wire [31:0] new_abpr = write_vmcr ? (access_data & `GICH_VMCR_VMABP_MASK) >> `GICH_VMCR_VMABP_LSB
                                    : access_data & `GICV_ABPR_MASK;
  wire [31:0] bpr_d = !(write_vmcr || write_bpr) ? bpr_q : new_bpr < MIN_BPR ? MIN_BPR : new_bpr;
  wire [31:0] abpr_d = !(write_vmcr || write_abpr) ? abpr_q : new_abpr < MIN_ABPR ? MIN_ABPR : new_abpr;

  wire [32*NUM_LR-1:0] lrs_d;
  wire    [NUM_LR-1:0] lr_select;  // the list register that the offset names, if it exists (V2-LR-1)

  genvar n;
  generate
    for (n = 0; n < NUM_LR; n = n + 1) begin : g_lr
      localparam [8:0] OFFSET = `GICH_LR0_OFFSET + `GICH_LR0_STRIDE * n;
      wire [31:0] lr_q = lrs_q[32*n+:32];
      wire [1:0] state_q = lr_q[`GICH_LR_STATE_MSB:`GICH_LR_STATE_LSB];
      wire [1:0] state_d = acknowledge && winner[n] ? `GICH_LR_STATE_ACT
                         : deactivate && match[n]   ? state_q & `GICH_LR_STATE_PEND  // ACT to INV, PACT to PEND
                         : state_q;
      wire [31:0] with_state = lr_q & ~`GICH_LR_STATE_MASK | {30'd0, state_d} << `GICH_LR_STATE_LSB;

      assign lr_select[n] = gich_offset == OFFSET;
      // V2-LR-3: only a hypervisor write changes anything but the state.
      assign lrs_d[32*n+:32] = hyp_write && lr_select[n] ? access_data & `GICH_LR_MASK : with_state;
    end
  endgenerate

  always @(posedge aclk) begin
    if (!aresetn) begin
      hcr_q  <= `GICH_HCR_RESET;
      apr_q  <= `GICH_APR_RESET;
      ctlr_q <= `GICV_CTLR_RESET;
      pmr_q  <= `GICV_PMR_RESET;
      bpr_q  <= `GICV_BPR_RESET;
      abpr_q <= `GICV_ABPR_RESET;
      lrs_q  <= {NUM_LR{`GICH_LR_RESET}};
    end else begin
      hcr_q  <= hcr_d;
      apr_q  <= apr_d;
      ctlr_q <= ctlr_d;
      pmr_q  <= pmr_d;
      bpr_q  <= bpr_d;
      abpr_q <= abpr_d;
      lrs_q  <= lrs_d;
    end
  end

  // ---- Status and maintenance (section 3) ----

  wire [63:0] eisr, elrsr;
  wire [31:0] misr;

  gicv2_status #(
      .NUM_LR(NUM_LR)
  ) u_status (
      .lrs         (lrs_q),
      .hcr         (hcr_q),
      .group_enable(group_enable),
      .eisr        (eisr),
      .elrsr       (elrsr),
      .misr        (misr)
  );

  wire maint = enable && misr != 32'h00000000;  // V2-MI-2

  generate
    if (IRQ_REG != 0) begin : g_irq_reg
      reg [2:0] lines_q;
      always @(posedge aclk) begin
        if (!aresetn) lines_q <= 3'b000;
        else lines_q <= {maint, fiq, irq};
      end
      assign {maint_irq, vfiq, virq} = lines_q;
    end else begin : g_irq_direct
      assign {maint_irq, vfiq, virq} = {maint, fiq, irq};
    end
  endgenerate

  // ---- Read data ----

  wire [31:0] selected_lr;

  onehot_mux #(
      .INPUTS(NUM_LR),
      .WIDTH (32)
  ) u_selected_lr (
      .select(lr_select),
      .in    (lrs_q),
      .out   (selected_lr)
  );

  reg [31:0] gich_data, gicv_data;

  always @* begin
    case (gich_offset)
      `GICH_HCR_OFFSET:    gich_data = hcr_q;
      `GICH_VTR_OFFSET:    gich_data = vtr;
      `GICH_VMCR_OFFSET:   gich_data = vmcr;
      `GICH_MISR_OFFSET:   gich_data = misr;
      `GICH_EISR0_OFFSET:  gich_data = eisr[31:0];
      `GICH_EISR1_OFFSET:  gich_data = eisr[63:32];
      `GICH_ELRSR0_OFFSET: gich_data = elrsr[31:0];
      `GICH_ELRSR1_OFFSET: gich_data = elrsr[63:32];
      `GICH_APR_OFFSET:    gich_data = apr_q;
      default:             gich_data = selected_lr;
    endcase
  end

  always @* begin
    case (gicv_offset)
      `GICV_CTLR_OFFSET:   gicv_data = ctlr_q;
      `GICV_PMR_OFFSET:    gicv_data = pmr_q;
      `GICV_BPR_OFFSET:    gicv_data = bpr_q;
      `GICV_IAR_OFFSET:    gicv_data = ready ? normal_id : SPURIOUS;
      `GICV_RPR_OFFSET:    gicv_data = idle ? `GICV_RPR_RESET : {27'd0, running} << 3;  // V2-RPR-1
      `GICV_HPPIR_OFFSET:  gicv_data = reported ? normal_id : SPURIOUS;
      `GICV_ABPR_OFFSET:   gicv_data = abpr_q;
      `GICV_AIAR_OFFSET:   gicv_data = ready ? alias_id : SPURIOUS;
      `GICV_AHPPIR_OFFSET: gicv_data = reported ? alias_id : SPURIOUS;
      `GICV_APR0_OFFSET:   gicv_data = apr_q;
      `GICV_IIDR_OFFSET:   gicv_data = IIDR;
      default:             gicv_data = 32'h00000000;
    endcase
  end

  // V2-MAP-7: an unaligned offset names no register and so reads 0.
  assign read_data = access_gich ? gich_data : access_gicv ? gicv_data : 32'h00000000;

  // ---- Observation port ----

  reg  [7:0] accepts_q;
  reg [20:0] last_q;

  wire  [7:0] accepts_d = accepts_q + {7'd0, access_valid};
  wire [20:0] last_d = access_valid ? {access_addr, access_error, access_write, access_cpu} : last_q;

  always @(posedge aclk) begin
    if (!aresetn) begin
      accepts_q <= 8'd0;
      last_q    <= 21'd0;
    end else begin
      accepts_q <= accepts_d;
      last_q    <= last_d;
    end
  end

  assign obs = {lrs_q, elrsr, eisr, misr, apr_q, vmcr, hcr_q,
                last_q[20:4], virq, vfiq, maint_irq, last_q[3:0], accepts_q};

endmodule
