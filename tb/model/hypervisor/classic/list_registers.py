# SPDX-License-Identifier: Apache-2.0
"""The shadow list registers of one vCPU: loading them before an entry, taking them back after an exit."""

from typing import Final

import gicv2_registers as regs
from tb.model.hypervisor.classic.state import PRIVATE, SGIS, State, bits
from tb.model.hypervisor.classic.variant import Variant

_STATE: Final = regs.GICH_LR_STATE_MASK
_PEND: Final = regs.GICH_LR_STATE_PEND << regs.GICH_LR_STATE_LSB
_ACT: Final = regs.GICH_LR_STATE_ACT << regs.GICH_LR_STATE_LSB
_EOI: Final = regs.GICH_LR_EOI_MASK


def intid_of(word: int) -> int:
    """LR.VirtualID."""
    return (word & regs.GICH_LR_VIRTUALID_MASK) >> regs.GICH_LR_VIRTUALID_LSB


def _source_of(word: int) -> int:
    """LR.CPUID."""
    return (word & regs.GICH_LR_CPUID_MASK) >> regs.GICH_LR_CPUID_LSB


class ListRegisters:
    """What the rules do with the list registers of one vCPU. Who calls holds the distributor's lock."""

    def __init__(self, state: State, variant: Variant, number: int) -> None:
        self._state = state
        self._variant = variant
        self._number = number
        self._vcpu = state.vcpus[number]
        self._told: list[int] = []

    # ---- before an entry

    def fill(self) -> None:
        """Load what the per-CPU bits say, and nothing else (CL-Q-1, CL-Q-5)."""
        vcpu, mine = self._vcpu, 1 << self._number
        overflow = False
        if self._variant.looks_again:
            self._state.update()
            if not self._state.ctlr:
                vcpu.pend_private = vcpu.pend_shared = 0
        if self._state.on_cpu & mine:
            for sgi in bits(vcpu.pend_private & (1 << SGIS) - 1):
                overflow |= not self._load_sgi(sgi)
            for ppi in bits(vcpu.pend_private >> SGIS << SGIS):
                overflow |= not self._load_irq(ppi)
            for spi in bits(vcpu.pend_shared):
                overflow |= not self._load_irq(PRIVATE + spi)
            if not overflow:
                self._state.on_cpu &= ~mine
        vcpu.hcr &= ~regs.GICH_HCR_UIE_MASK
        if overflow:
            vcpu.hcr |= regs.GICH_HCR_UIE_MASK

    def _load_sgi(self, sgi: int) -> bool:
        """Each source in its own list register (CL-Q-3). Whether all have been loaded."""
        vcpu = self._vcpu
        for source in bits(vcpu.sgi_sources[sgi]):
            if source < len(self._state.vcpus) and self._queue(sgi, source):
                vcpu.sgi_sources[sgi] &= ~(1 << source)
        if vcpu.sgi_sources[sgi]:
            return False
        self._state.pending.put(self._number, sgi, 0)
        vcpu.put_pending(sgi, 0)
        return True

    def _load_irq(self, intid: int) -> bool:
        """A PPI or an SPI (CL-Q-4). Whether it needs no list register any more."""
        state, number = self._state, self._number
        is_edge = state.is_edge(number, intid)
        if state.queued.get(number, intid) and not (is_edge and self._variant.edge_ignores_queued):
            return True
        if self._variant.waits_for_other and self._is_elsewhere(intid):
            return True
        if not self._queue(intid, 0):
            return False
        if is_edge:
            state.pending.put(number, intid, 0)
            self._vcpu.put_pending(intid, 0)
        else:
            state.queued.put(number, intid, 1)
        return True

    def _is_elsewhere(self, intid: int) -> bool:
        """Whether an SPI is in another vCPU's list registers."""
        others = (vcpu for vcpu in self._state.vcpus if vcpu is not self._vcpu)
        return intid >= PRIVATE and any(intid in vcpu.lr_map for vcpu in others)

    def _queue(self, intid: int, source: int) -> bool:
        """Put an IRQ into a list register (CL-Q-2). Whether there was one."""
        vcpu = self._vcpu
        lr = vcpu.lr_map.get(intid)
        if lr is not None and _source_of(vcpu.lrs[lr]) == source:
            vcpu.lrs[lr] |= _PEND
        else:
            free = ~vcpu.lr_used & (1 << len(vcpu.lrs)) - 1
            if not free:
                return False
            lr = next(bits(free))
            eoi = 0 if self._state.is_edge(self._number, intid) else _EOI
            vcpu.lrs[lr] = (
                _PEND | eoi | source << regs.GICH_LR_CPUID_LSB | intid << regs.GICH_LR_VIRTUALID_LSB
            )
            vcpu.lr_map[intid] = lr
            vcpu.lr_used |= 1 << lr
        if self._variant.tracks_status:
            vcpu.elrsr &= ~(1 << lr)
        return True

    # ---- after an exit

    def fold(self) -> list[int]:
        """Take back what the shadows say of the last run (CL-SYNC-1, CL-SYNC-2); the vCPUs to kick."""
        vcpu = self._vcpu
        self._told = []
        waiting = self._maintain()
        for lr in bits(vcpu.elrsr & vcpu.lr_used):
            self._release(lr)
            intid = intid_of(vcpu.lrs[lr])
            if self._variant.waits_for_other and self._state.is_edge(self._number, intid):
                self._tell_target(intid)
        implemented = (1 << len(vcpu.lrs)) - 1
        if waiting or ~vcpu.elrsr & implemented:
            self._state.on_cpu |= 1 << self._number
        if self._variant.tracks_status:
            vcpu.eisr = 0
        return self._told

    def _maintain(self) -> bool:
        """What the maintenance interrupt asks for (CL-MAINT-1, CL-MAINT-3). Whether a line is still high."""
        vcpu = self._vcpu
        waiting = False
        if vcpu.misr & regs.GICH_MISR_EOI_MASK:
            for lr in bits(vcpu.eisr):
                waiting |= self._end(lr)
        if vcpu.misr & regs.GICH_MISR_U_MASK:
            vcpu.hcr &= ~regs.GICH_HCR_UIE_MASK
        return waiting

    def _end(self, lr: int) -> bool:
        """The guest completed the level interrupt of a list register. Whether its line is still high."""
        state, vcpu, number = self._state, self._vcpu, self._number
        intid = intid_of(vcpu.lrs[lr])
        keeps_lines = self._variant.keeps_lines
        state.queued.put(number, intid, 0)
        vcpu.lrs[lr] &= ~((_STATE if self._variant.tracks_status else _ACT) | _EOI)
        vcpu.elrsr |= 1 << lr
        if keeps_lines:
            state.soft_pend.put(number, intid, 0)
        high = bool((state.level if keeps_lines else state.pending).get(number, intid))
        vcpu.put_pending(intid, high)
        if not high and keeps_lines:
            state.pending.put(number, intid, 0)
        if high and self._variant.looks_again:
            self._tell_target(intid)
        return high

    def _tell_target(self, intid: int) -> None:
        """Another vCPU may load it now."""
        state = self._state
        state.update()
        for number, vcpu in enumerate(state.vcpus):
            if number != self._number and intid >= PRIVATE and vcpu.pend_shared >> intid - PRIVATE & 1:
                self._told.append(number)

    # ---- in between

    def retire_disabled(self) -> None:
        """Empty the list registers of disabled IRQs (CL-DIS-1)."""
        state, vcpu, number = self._state, self._vcpu, self._number
        for lr in bits(vcpu.lr_used):
            intid = intid_of(vcpu.lrs[lr])
            if state.enabled.get(number, intid):
                continue
            if self._variant.spares_active:
                if vcpu.lrs[lr] & _PEND and state.is_edge(number, intid):
                    state.pending.put(number, intid, 1)
                vcpu.lrs[lr] &= ~_PEND
                if vcpu.lrs[lr] & _ACT:
                    continue
            self._release(lr)
            vcpu.lrs[lr] &= ~_STATE
            state.queued.put(number, intid, 0)
            if self._variant.tracks_status:
                vcpu.lrs[lr] &= ~_EOI
                vcpu.elrsr |= 1 << lr

    def _release(self, lr: int) -> None:
        """Give a list register back. The map knows one of an IRQ, so it forgets the others, too (CL-Q-3)."""
        vcpu = self._vcpu
        vcpu.lr_used &= ~(1 << lr)
        vcpu.lr_map.pop(intid_of(vcpu.lrs[lr]), None)
