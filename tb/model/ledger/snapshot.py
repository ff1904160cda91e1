# SPDX-License-Identifier: Apache-2.0
"""The one look inside a VGIC: its records, for invariants that speak of these (INV-STATE-*, INV-MIG-1).

A VGIC of one's own needs such a class, too, or these invariants are not evaluated.
"""

from typing import NamedTuple, Protocol

from tb.model.hypervisor.classic import ClassicVgic
from tb.model.hypervisor.new_vgic import NewVgic
from tb.model.hypervisor.new_vgic.record import Irq
from tb.model.ledger.interrupt import Key
from tb.model.ledger.words import FIRST_SPI


class Record(NamedTuple):
    """What is remembered of an interrupt."""

    pending_latch: int
    line_level: int
    active: int
    source: int
    active_source: int
    enabled: int
    mapped: int


class Snapshot(Protocol):
    """What can be asked at any time."""

    def lists(self) -> list[list[Key]]:
        """Each vCPU's ap_list; empty where there are none."""

    def places(self, key: Key) -> list[int]:
        """The vCPUs whose lists hold it, each as often as it does."""

    def listed_on(self, key: Key) -> int | None:
        """The vCPU on whose list a record says it is."""

    def records(self, intid: int) -> dict[Key, Record]:
        """All records of an INTID."""

    def loaded(self, vcpu: int) -> object:
        """What a sync of a given-up entry must leave: list registers in use and completions, in `classic`."""


class NewVgicSnapshot:
    """Of the new VGIC."""

    def __init__(self, vgic: NewVgic) -> None:
        self._state = vgic.state

    def lists(self) -> list[list[Key]]:
        """See Snapshot."""
        return [[_key(irq.owner, irq.intid) for irq in vcpu.ap_list] for vcpu in self._state.vcpus]

    def _irq(self, key: Key) -> Irq:
        owner, intid = key
        return self._state.spis[intid - FIRST_SPI] if owner is None else self._state.private[owner][intid]

    def places(self, key: Key) -> list[int]:
        """See Snapshot."""
        irq = self._irq(key)
        return [vcpu.number for vcpu in self._state.vcpus for _ in range(vcpu.ap_list.count(irq))]

    def listed_on(self, key: Key) -> int | None:
        """See Snapshot."""
        irq = self._irq(key)
        return irq.vcpu.number if irq.vcpu else None

    def records(self, intid: int) -> dict[Key, Record]:
        """See Snapshot."""
        if intid >= FIRST_SPI:
            irqs = [self._state.spis[intid - FIRST_SPI]]
        else:
            irqs = [private[intid] for private in self._state.private]
        return {
            _key(irq.owner, intid): Record(
                irq.pending_latch,
                irq.line_level,
                irq.active,
                irq.source,
                irq.active_source,
                irq.enabled,
                irq.hw,
            )
            for irq in irqs
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

    def places(self, key: Key) -> list[int]:
        """Nowhere."""
        return []

    def listed_on(self, key: Key) -> int | None:
        """Nowhere."""
        return None

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
