# SPDX-License-Identifier: Apache-2.0
"""Active interrupts that have no list register (`kvm19`, section C)."""

from collections.abc import Callable

import gicv2_registers as regs
from tb.model.hypervisor.new_vgic.image import ACTIVE, HW, intid_of, source_of
from tb.model.hypervisor.new_vgic.kvm_distributor import halted
from tb.model.hypervisor.new_vgic.order import Demand
from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State
from tb.model.hypervisor.platform import Physical


def exits(demand: Demand, nr_lr: int, vmcr: int) -> int:
    """HCR of an entry (K19-2)."""
    hcr = regs.GICH_HCR_EN_MASK
    depth = demand.pending + demand.active
    if demand.pending > nr_lr:
        hcr |= regs.GICH_HCR_NPIE_MASK
    if demand.active and depth > nr_lr:
        hcr |= regs.GICH_HCR_LRENPIE_MASK
    if depth > nr_lr:
        hcr |= regs.GICH_HCR_UIE_MASK
    hcr |= regs.GICH_HCR_VGRP0DIE_MASK if vmcr & regs.GICH_VMCR_VMGRP0EN_MASK else regs.GICH_HCR_VGRP0EIE_MASK
    hcr |= regs.GICH_HCR_VGRP1DIE_MASK if vmcr & regs.GICH_VMCR_VMGRP1EN_MASK else regs.GICH_HCR_VGRP1EIE_MASK
    return hcr


async def complete_outside(state: State, vcpu: Vcpu, is_meant: Callable[[Irq], bool]) -> None:
    """Each EOI that found no list register ends the next active interrupt behind the last loaded (K19-3)."""
    count = (vcpu.hcr & regs.GICH_HCR_EOICOUNT_MASK) >> regs.GICH_HCR_EOICOUNT_LSB
    if not vcpu.last_lr_irq:
        return
    # Only this vCPU takes entries off its list, so the walk needs no lock.
    for irq in vcpu.ap_list[vcpu.ap_list.index(vcpu.last_lr_irq) + 1 :]:
        if not count:
            break
        async with state.held(irq.lock):
            if not is_meant(irq) or state.oracle(irq) is not vcpu:
                continue
            word = completed(state, irq)
        await fold_completed(state, vcpu, irq, word)
        count -= 1


async def trapped_dir(state: State, vcpu: Vcpu, value: int) -> None:
    """A guest's write to GICV_DIR (K19-5)."""
    irq = state.irq(vcpu, intid_of(value))  # DIR has INTID and CPUID where a list register has them
    if not vcpu.vmcr & regs.GICH_VMCR_VEM_MASK or not irq:
        return
    async with state.held(irq.lock):
        owner, is_loaded = irq.vcpu, irq.on_lr
        is_other_instance = irq.is_sgi and irq.active_source != source_of(value)
        if not owner or (is_other_instance and not is_loaded):
            return
        word = 0 if is_loaded else completed(state, irq)
    if is_loaded:
        async with halted(state, vcpu, irq):
            await state.dialect.distributor.clear_active(state, vcpu, irq, 1)
    else:
        await fold_completed(state, owner, irq, word)
    owner.prune_requested = True


def completed(state: State, irq: Irq) -> int:
    """The word that an interrupt without list register would have had, its active state ended."""
    return state.dialect.image.populate(irq) & ~ACTIVE


async def fold_completed(state: State, vcpu: Vcpu, irq: Irq, word: int) -> None:
    """Fold it; the hardware has not deactivated the physical interrupt."""
    if word & HW:
        await state.physical(Physical.DIR, irq)
    await state.dialect.fold.fold(state, vcpu, word)
