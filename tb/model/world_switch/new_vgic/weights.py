# SPDX-License-Identifier: Apache-2.0
"""What the entries of an ap_list weigh, and in which order they stand (A.4)."""

from typing import Final, NamedTuple

import gicv2_registers as regs
from tb.model.hypervisor.new_vgic.record import Vcpu
from tb.model.world_switch.new_vgic.records import Record, oracle


class Depth(NamedTuple):
    """Of a list, or what one entry adds to it (NV-DEPTH-1).

    pending, active  what is both counts as active
    multi_sgi        an SGI has more than one instance
    """

    pending: int
    active: int
    multi_sgi: bool = False


_NOTHING: Final = Depth(0, 0)
_ONE: Final = Depth(1, 0)
_ONE_ACTIVE: Final = Depth(0, 1)


def one_each(record: Record, on: bool, vcpu: Vcpu) -> Depth:
    """NV-DEPTH-1, Xen's answer: one per entry, deliverable or not."""
    return _ONE


def instances(record: Record, on: bool, vcpu: Vcpu) -> Depth:
    """NV-DEPTH-1, KVM's answer."""
    if record.is_sgi and record.source:
        weight = f"{record.source:b}".count("1") + record.active
        return Depth(weight, 0, weight > 1)
    return _ONE if record.active or record.is_pending else _NOTHING


def deliverable(record: Record, on: bool, vcpu: Vcpu) -> Depth:
    """NV-DEPTH-1 with NV-DEPTH-2 (`kvm19`): only what is for this vCPU. No source that waits ends the loading
    (NV-MSGI-5).
    """
    if oracle(record, on) is not vcpu:
        return _NOTHING
    return _ONE_ACTIVE if record.active else _ONE


class Pair(NamedTuple):
    """Two records under both their locks, and what else decides which one comes first."""

    one: Record
    other: Record
    on: bool
    vcpu: Vcpu
    vmcr: int


def by_activity(pair: Pair) -> int:
    """NV-SORT-1. Below 0: the one comes first; 0: they are equal."""
    one, other = pair.one, pair.other
    if one.active or other.active:
        return other.active - one.active
    waits = [bool(record.enabled and record.is_pending) for record in (one, other)]
    return one.priority - other.priority if all(waits) else waits[1] - waits[0]


def by_delivery(pair: Pair) -> int:
    """NV-SORT-2."""
    for first in (_is_deliverable, _is_group_enabled, _waits):
        one, other = first(pair.one, pair), first(pair.other, pair)
        if one != other:
            return other - one
    return pair.one.priority - pair.other.priority or pair.other.hw - pair.one.hw


def _is_deliverable(record: Record, pair: Pair) -> bool:
    return oracle(record, pair.on) is pair.vcpu


def _is_group_enabled(record: Record, pair: Pair) -> bool:
    mask = regs.GICH_VMCR_VMGRP1EN_MASK if record.group else regs.GICH_VMCR_VMGRP0EN_MASK
    return bool(pair.vmcr & mask)


def _waits(record: Record, pair: Pair) -> bool:
    return bool(record.enabled and record.is_pending and not record.active)
