# SPDX-License-Identifier: Apache-2.0
"""When an ap_list is sorted, and how (A.4)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import gicv2_registers as regs
from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State


class Demand(NamedTuple):
    """What an ap_list asks of the list registers (NV-DEPTH-1).

    pending, active  weights, together the depth; what is both counts as active
    multi_sgi        an SGI waits from several sources at once
    """

    pending: int = 0
    active: int = 0
    multi_sgi: bool = False


def count_entries(state: State, vcpu: Vcpu, irq: Irq) -> Demand:
    """One each, deliverable or not."""
    return Demand(pending=1)


def weigh_sources(state: State, vcpu: Vcpu, irq: Irq) -> Demand:
    """An SGI weighs as many as it has instances, the active one included."""
    if irq.is_sgi and irq.source:
        weight = irq.source.bit_count() + irq.active
        return Demand(pending=weight, multi_sgi=weight > 1)
    return Demand(pending=int(irq.pending or bool(irq.active)))


def count_deliverable(state: State, vcpu: Vcpu, irq: Irq) -> Demand:
    """One each, of what this vCPU could take now."""
    if state.oracle(irq) is not vcpu:
        return Demand()
    return Demand(active=1) if irq.active else Demand(pending=1)


def active_first(state: State, vcpu: Vcpu, irq: Irq) -> tuple[int, ...]:
    """NV-SORT-1: active, then enabled and pending by priority, then the rest."""
    if irq.active:
        return (0,)
    return (1, irq.priority) if irq.enabled and irq.pending else (2,)


def pending_first(state: State, vcpu: Vcpu, irq: Irq) -> tuple[int, ...]:
    """NV-SORT-2, K19-1."""
    group_enable = regs.GICH_VMCR_VMGRP1EN_MASK if irq.group else regs.GICH_VMCR_VMGRP0EN_MASK
    return (
        state.oracle(irq) is not vcpu,
        not vcpu.vmcr & group_enable,
        not (irq.enabled and irq.pending and not irq.active),
        irq.priority,
        not irq.hw,
    )


@dataclass(frozen=True)
class Order:
    """Sorting of an ap_list; all of it under its lock.

    weigh         what one entry asks for (NV-DEPTH-1)
    rank          an entry's place, smaller first (NV-SORT-1, NV-SORT-2)
    spares_itself an entry compared with itself is equal before any lock is taken (NV-LOCK-3)
    """

    weigh: Callable[[State, Vcpu, Irq], Demand]
    rank: Callable[[State, Vcpu, Irq], tuple[int, ...]]
    spares_itself: bool = True

    async def arrange(self, state: State, vcpu: Vcpu) -> Demand:
        """Sort if the list asks for more than there is (NV-DEPTH-2)."""
        pending = active = 0
        multi_sgi = False
        for irq in vcpu.ap_list:
            async with state.held(irq.lock):
                one = self.weigh(state, vcpu, irq)
            pending += one.pending
            active += one.active
            multi_sgi |= one.multi_sgi
        if pending + active > state.nr_lr or multi_sgi:
            vcpu.ap_list[:] = await self.sort(state, vcpu, vcpu.ap_list)
        return Demand(pending, active, multi_sgi)

    async def sort(self, state: State, vcpu: Vcpu, entries: list[Irq]) -> list[Irq]:
        """A stable merge sort, as each comparison takes locks."""
        if len(entries) < 2:
            return entries
        middle = len(entries) // 2
        left = await self.sort(state, vcpu, entries[:middle])
        right = await self.sort(state, vcpu, entries[middle:])
        merged: list[Irq] = []
        i = j = 0
        while i < len(left) and j < len(right):
            if await self.is_behind(state, vcpu, left[i], right[j]):
                merged.append(right[j])
                j += 1
            else:
                merged.append(left[i])
                i += 1
        return merged + left[i:] + right[j:]

    async def is_behind(self, state: State, vcpu: Vcpu, one: Irq, other: Irq) -> bool:
        """Whether `other` must come before `one`; the only holder of two IRQ locks (NV-LOCK-3)."""
        if one is other and self.spares_itself:
            return False
        async with state.held(one.lock, other.lock):
            return self.rank(state, vcpu, one) > self.rank(state, vcpu, other)
