// SPDX-License-Identifier: Apache-2.0
//
// Sections 2 to 6 for one bank: what any access to it reads and leaves behind, and which lines are high,
// beside the specification's own words.

`include "gicv2_registers.vh"

module bank #(
    parameter NUM_LR     = 2,
    parameter GRP_FILTER = 1,
    parameter HPPIR_PMR  = 0,
    parameter IRQ_REG    = 0
) (
    input wire        aclk,
    input wire        aresetn,
    input wire        access,
    input wire        write,
    input wire  [3:0] strb,
    input wire [15:0] addr,
    input wire [31:0] data,
    input wire        deact_ready
);

  localparam NUM_CPU = 2;
  localparam [31:0] IIDR = 32'h0202143B;

  wire        gich, gicv, error, virq, vfiq, maint_irq;
  wire [31:0] read_data;
  wire [32*(9+NUM_LR)-1:0] obs;

  gicv2_decode #(
      .NUM_CPU(NUM_CPU),
      .CPU    (0)
  ) u_decode (
      .addr      (addr),
      .write     (write),
      .strb      (strb),
      .bank      (),
      .gich      (gich),
      .gicv      (gicv),
      .error     (error),
      .completion()
  );

  gicv2_vif #(
      .NUM_LR    (NUM_LR),
      .IIDR      (IIDR),
      .GRP_FILTER(GRP_FILTER),
      .HPPIR_PMR (HPPIR_PMR),
      .IRQ_REG   (IRQ_REG)
  ) u_dut (
      .aclk        (aclk),
      .aresetn     (aresetn),
      .access_valid(access),
      .access_write(write),
      .access_gich (gich),
      .access_gicv (gicv),
      .access_error(error),
      .access_cpu  (3'd0),
      .access_addr (addr),
      .access_data (data),
      .read_data   (read_data),
      .virq        (virq),
      .vfiq        (vfiq),
      .maint_irq   (maint_irq),
      .deact_full  (),
      .deact_valid (),
      .deact_ready (deact_ready),
      .deact_id    (),
      .deact_cpu   (),
      .obs         (obs)
  );

  // State, as the specification names it

  wire          [31:0] hcr = obs[32*1+:32];
  wire          [31:0] vmcr = obs[32*2+:32];
  wire          [31:0] apr = obs[32*3+:32];
  wire          [31:0] misr = obs[32*4+:32];
  wire          [63:0] eisr = obs[32*5+:64];
  wire          [63:0] elrsr = obs[32*7+:64];
  wire [32*NUM_LR-1:0] lrs = obs[32*9+:32*NUM_LR];

  wire       en = hcr[0];
  wire [4:0] eoi_count = hcr[31:27];
  wire [4:0] vmprimask = vmcr[31:27];
  wire [2:0] vmbp = vmcr[23:21];
  wire [2:0] vmabp = vmcr[20:18];
  wire       eoi_mode = vmcr[9];
  wire       cbpr = vmcr[4];
  wire       fiq_en = vmcr[3];
  wire       ack_ctl = vmcr[2];
  wire [1:0] enabled = vmcr[1:0];

  // Section 4

  reg         chosen;  // hppvi() is not NONE
  reg   [5:0] best;
  reg  [31:0] best_lr;

  always @* begin : hppvi
    integer    n;
    reg [31:0] lr;
    chosen = 1'b0;
    best = 6'd0;
    best_lr = 32'd0;
    for (n = 0; n < NUM_LR; n = n + 1) begin
      lr = lrs[32*n+:32];
      if (lr[29:28] == 2'b01 && lr[9:0] < 1020 && (GRP_FILTER == 0 || enabled[lr[30]]) &&
          (!chosen || lr[27:23] < best_lr[27:23])) begin
        chosen = 1'b1;
        best = n;
        best_lr = lr;
      end
    end
  end

  wire       grp1 = best_lr[30];
  wire [7:0] prio8 = {best_lr[27:23], 3'b000};
  wire [7:0] gmask = grp1 && !cbpr ? 8'hFF << vmabp : 8'hFF << vmbp << 1;

  reg [7:0] running;
  always @* begin : ctz
    integer p;
    running = 8'hFF;
    for (p = 31; p >= 0; p = p - 1) if (apr[p]) running = p << 3;
  end

  wire shown = en && chosen && enabled[grp1];
  wire passes = prio8 < {vmprimask, 3'b000};
  wire ready = shown && passes && (apr == 0 || (prio8 & gmask) < (running & gmask));

  // V2-SIG-1, V2-MI-2; with a register in each line (V2-CYC-1), of the state before

  wire       signals_fiq = ready && !grp1 && fiq_en;
  wire [2:0] lines = {signals_fiq, ready && !signals_fiq, en && misr != 0};

  reg  [2:0] lines_before;
  reg        enabled_before;
  always @(posedge aclk) begin
    lines_before   <= aresetn ? lines : 3'b000;
    enabled_before <= aresetn && en;
  end

  wire [2:0] due_lines = IRQ_REG ? lines_before : lines;
  wire       due_enabled = IRQ_REG ? enabled_before : en;

  // Section 5

  wire [31:0] best_id = {19'd0, best_lr[31] ? 3'd0 : best_lr[12:10], best_lr[9:0]};
  wire [31:0] plain_id = grp1 && !ack_ctl ? 32'd1022 : best_id;
  wire [31:0] alias_id = grp1 ? best_id : 32'd1023;
  wire        reported = shown && (HPPIR_PMR == 0 || passes);

  // Where the access goes (V2-MAP-1..8)

  wire       refused = addr[1:0] != 2'b00 || (write && strb != 4'hF);
  wire       to_gich = addr[15:9] == 7'h20 || (addr[15:12] == 4'h5 && addr[11:9] < NUM_CPU);
  wire       to_gicv = addr[15:13] == 3'b011;
  wire [8:0] gich_word = addr[8:0];
  wire       to_lr = gich_word[8] && gich_word[7:2] < NUM_LR;
  wire       to_iar = addr == 16'h600C, to_aiar = addr == 16'h6020;
  wire       to_eoir = addr == 16'h6010, to_aeoir = addr == 16'h6024, to_dir = addr == 16'h7000;

  wire hyp_write = access && write && to_gich && !refused;
  wire guest_write = access && write && to_gicv && !refused;
  wire completion = guest_write && (to_eoir || to_aeoir || to_dir);
  wire acknowledging = access && !write && (to_iar || to_aiar);

  // What is read

  reg [31:0] value;
  always @* begin
    value = 32'd0;
    if (to_gich && !refused) begin
      if (to_lr) value = lrs[32*gich_word[7:2]+:32];
      case (gich_word)
        9'h000: value = hcr;
        9'h004: value = 32'h90000000 | (NUM_LR - 1);
        9'h008: value = vmcr;
        9'h010: value = misr;
        9'h020: value = eisr[31:0];
        9'h024: value = eisr[63:32];
        9'h030: value = elrsr[31:0];
        9'h034: value = elrsr[63:32];
        9'h0F0: value = apr;
        default: ;
      endcase
    end
    if (to_gicv)
      case (addr[12:0])
        13'h0000: value = vmcr & 32'h0000021F;
        13'h0004: value = {24'd0, vmprimask, 3'b000};
        13'h0008: value = {29'd0, vmbp};
        13'h000C: value = ready ? plain_id : 32'd1023;
        13'h0014: value = {24'd0, running};
        13'h0018: value = reported ? plain_id : 32'd1023;
        13'h001C: value = {29'd0, vmabp};
        13'h0020: value = ready ? alias_id : 32'd1023;
        13'h0028: value = reported ? alias_id : 32'd1023;
        13'h00D0: value = apr;
        13'h00FC: value = IIDR;
        default: ;
      endcase
  end

  // Section 6

  wire  [9:0] id = data[9:0];
  reg         hit;
  reg   [5:0] named;
  reg  [31:0] named_lr;

  always @* begin : find_active
    integer    n;
    reg [31:0] lr;
    hit = 1'b0;
    named = 6'd0;
    named_lr = 32'd0;
    for (n = 0; n < NUM_LR; n = n + 1) begin
      lr = lrs[32*n+:32];
      if (!hit && lr[29] && lr[9:0] == id && (id >= 16 || lr[31] || lr[12:10] == data[12:10])) begin
        hit = 1'b1;
        named = n;
        named_lr = lr;
      end
    end
  end

  wire aliased_group0 = to_aeoir && hit && !named_lr[30];

  // What the access leaves

  reg          [31:0] hcr_next, vmcr_next, apr_next;
  reg [32*NUM_LR-1:0] lrs_next;

  always @* begin
    hcr_next = hcr;
    vmcr_next = vmcr;
    apr_next = apr;
    lrs_next = lrs;

    if (hyp_write) begin
      if (gich_word == 9'h000) hcr_next = data & 32'hF80000FF;
      if (gich_word == 9'h008) vmcr_next = data & 32'hF8FC021F;
      if (gich_word == 9'h0F0) apr_next = data;
      if (to_lr) lrs_next[32*gich_word[7:2]+:32] = data & 32'hFF8FFFFF;
    end

    if (guest_write)
      case (addr[12:0])
        13'h0000: vmcr_next = vmcr & ~32'h0000021F | data & 32'h0000021F;
        13'h0004: vmcr_next[31:27] = data[7:3];
        13'h0008: vmcr_next[23:21] = data[2:0];
        13'h001C: vmcr_next[20:18] = data[2:0];
        13'h00D0: apr_next = data;
        default: ;
      endcase
    if (vmcr_next[23:21] < 2) vmcr_next[23:21] = 3'd2;
    if (vmcr_next[20:18] < 3) vmcr_next[20:18] = 3'd3;

    if (acknowledging && ready && (to_aiar ? grp1 : !grp1 || ack_ctl)) begin
      lrs_next[32*best+28+:2] = 2'b10;
      apr_next = apr | 32'd1 << ((prio8 & gmask) >> 3);
    end

    if (completion && id < 1020 && !aliased_group0) begin
      if (!to_dir) apr_next = apr & (apr - 1);
      if (to_dir == eoi_mode) begin
        if (hit) lrs_next[32*named+29] = 1'b0;
        else if (to_dir || apr != 0) hcr_next[31:27] = eoi_count + 5'd1;
      end
    end
  end

  // After the edge

  localparam STATE_W = 32 * (3 + NUM_LR);
  wire [STATE_W-1:0] state = {lrs, apr, vmcr, hcr};

  reg               was_reset = 1'b0, running_before = 1'b0;
  reg [STATE_W-1:0] state_due, state_before;
  reg         [4:0] kind;

  always @(posedge aclk) begin
    was_reset      <= was_reset || !aresetn;
    running_before <= aresetn;
    state_due      <= {lrs_next, apr_next, vmcr_next, hcr_next};
    state_before   <= state;
    kind           <= {access && !hyp_write && !guest_write && !acknowledging, acknowledging, completion,
                       guest_write && !completion, hyp_write};
  end
  always @* if (!was_reset) assume (!aresetn);

  always @* if (was_reset && running_before) begin
    // V2-HCR-1, V2-ALIAS-1, V2-BPR-1, V2-LR-1, V2-LR-2, V2-LR-4, V2-LR-5, V2-APR-1
    if (kind[0]) hypervisor_write_sets_its_register_alone: assert (state == state_due);
    // V2-ALIAS-1, V2-BPR-1, V2-APR-1, V2-MAP-8
    if (kind[1]) guest_write_sets_its_register_alone: assert (state == state_due);
    // V2-EOI-1..8, V2-AEOI-1, V2-DIR-1..3, V2-SPUR-1, V2-CYC-6, V2-EN-3
    if (kind[2]) completion_is_eoi_or_dir: assert (state == state_due);
    // V2-IAR-1..5, V2-EN-1
    if (kind[3]) acknowledge_is_iar: assert (state == state_due);
    // V2-MAP-6, V2-MAP-7
    if (kind[4]) other_accesses_change_nothing: assert (state == state_before);

    counted: cover (kind[2] && state[31:27] != state_before[31:27] && state_before[31:27] == 5'd31);
    deactivated_to_pending: cover (kind[2] && state[125:124] == 2'b01 && state_before[125:124] == 2'b11);
    nested: cover (kind[3] && state_before[95:64] != 0 && state[95:64] != state_before[95:64]);
  end

  always @* if (was_reset) begin
    if (access && !write && to_gich) hypervisor_reads_its_registers: assert (read_data == value);
    if (access && !write && to_gicv) guest_reads_its_registers: assert (read_data == value);
    if (access && !write && !to_gich && !to_gicv) gaps_read_zero: assert (read_data == 0);
    // V2-SIG-1, V2-SIG-2, V2-EN-1
    if (due_enabled) lines_follow_the_selection: assert ({vfiq, virq} == due_lines[2:1]);
    // V2-MI-2
    if (due_enabled) maintenance_line_is_any_cause: assert (maint_irq == due_lines[0]);
    if (!due_enabled && chosen && misr != 0)
      disabled_interface_is_silent: assert (!virq && !vfiq && !maint_irq);

    group0_to_vfiq: cover (vfiq && !virq);
    group1_to_virq: cover (virq && !vfiq && fiq_en);
    maintenance: cover (maint_irq);
  end

  // The device's registers hold nothing beside their fields.
  (* hierconn *) wire [31:0] \u_dut.hcr_q , \u_dut.ctlr_q , \u_dut.pmr_q , \u_dut.bpr_q , \u_dut.abpr_q ;
  (* hierconn *) wire [32*NUM_LR-1:0] \u_dut.lrs_q ;

  always @* if (was_reset)
    registers_hold_their_fields: assert (
        (\u_dut.hcr_q & ~32'hF80000FF) == 0 && (\u_dut.ctlr_q & ~32'h0000021F) == 0 &&
        (\u_dut.pmr_q & ~32'h000000F8) == 0 && \u_dut.bpr_q >= 2 && \u_dut.bpr_q <= 7 &&
        \u_dut.abpr_q >= 3 && \u_dut.abpr_q <= 7 && (\u_dut.lrs_q & {NUM_LR{32'h00700000}}) == 0);

endmodule
