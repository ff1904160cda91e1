# SPDX-License-Identifier: Apache-2.0
"""The one look inside a VGIC: its records, for invariants that speak of these (INV-STATE-*, INV-MIG-1).

A VGIC of one's own needs such a class, too, or these invariants are not evaluated.
"""

from typing import NamedTuple, Protocol

from tb.model.hypervisor.classic import ClassicVgic
from tb.model.hypervisor.new_vgic import NewVgic
from tb.model.ledger.interrupt import Key


class Record(NamedTuple):
    """What is remembered of an interrupt."""

    pending_latch: int
    line_level: int
    active: int
    source: int
    active_source: int
    enabled: int
    mapped: int


# The vCPUs whose lists hold an interrupt, each as often as it does, and what its record says: the vCPU on
# whose list it is, its sources and its latch.
Placement = tuple[Key, list[int], int | None, int, int]


class Snapshot(Protocol):
    """What can be asked at any time."""

    def lists(self) -> list[list[Key]]:
        """Each vCPU's ap_list; empty where there are none."""

    def placements(self, intid: int) -> list[Placement]:
        """Of all records of an INTID; asked for whenever the lock of one becomes free."""

    def records(self, intid: int) -> dict[Key, Record]:
        """All records of an INTID."""

    def loaded(self, vcpu: int) -> object:
        """What a sync of a given-up entry must leave: list registers in use and completions, in `classic`."""


class NewVgicSnapshot:
    """Of the new VGIC."""

    def __init__(self, vgic: NewVgic) -> None:
        self._state = state = vgic.state
        shared = [[irq] for irq in state.spis]
        by_intid = enumerate([*map(list, zip(*state.private, strict=True)), *shared])
        self._irqs = {intid: [(_key(irq.owner, intid), irq) for irq in irqs] for intid, irqs in by_intid}

    def lists(self) -> list[list[Key]]:
        """See Snapshot."""
        return [[_key(irq.owner, irq.intid) for irq in vcpu.ap_list] for vcpu in self._state.vcpus]

    def placements(self, intid: int) -> list[Placement]:
        """See Snapshot."""
        vcpus = self._state.vcpus
        return [
            (
                key,
                [
                    vcpu.number
                    for vcpu in vcpus
                    if irq in vcpu.ap_list
                    for _ in range(vcpu.ap_list.count(irq))
                ],
                irq.vcpu.number if irq.vcpu else None,
                irq.source,
                irq.pending_latch,
            )
            for key, irq in self._irqs[intid]
        ]

    def records(self, intid: int) -> dict[Key, Record]:
        """See Snapshot."""
        return {
            key: Record(
                irq.pending_latch,
                irq.line_level,
                irq.active,
                irq.source,
                irq.active_source,
                irq.enabled,
                irq.hw,
            )
            for key, irq in self._irqs[intid]
        }

    def loaded(self, vcpu: int) -> object:
        """Nothing: what a sync leaves is in the records."""
        return None


class ClassicSnapshot:
    """Of the classic VGIC, which has no records and lists."""

    def __init__(self, vgic: ClassicVgic) -> None:
        self._state = vgic.state

    def lists(self) -> list[list[Key]]:
        """None."""
        return []

    def placements(self, intid: int) -> list[Placement]:
        """Nowhere."""
        return []

    def records(self, intid: int) -> dict[Key, Record]:
        """None."""
        return {}

    def loaded(self, vcpu: int) -> object:
        """List registers in use, their interrupts, and completions that are awaited."""
        queued = self._state.queued
        one = self._state.vcpus[vcpu]
        return one.lr_used, dict(one.lr_map), queued.private[vcpu], queued.shared


def _key(owner: object, intid: int) -> Key:
    return (getattr(owner, "number", None), intid)


def snapshot_of(vgic: object) -> Snapshot | None:
    """Of a VGIC whose insides are known."""
    if isinstance(vgic, NewVgic):
        return NewVgicSnapshot(vgic)
    return ClassicSnapshot(vgic) if isinstance(vgic, ClassicVgic) else None
