# SPDX-License-Identifier: Apache-2.0
"""The look inside the new VGIC: its records, lists and locks, read and never changed."""

from operator import attrgetter
from typing import Any, Final, NamedTuple

from tb.model.hypervisor.new_vgic import NewVgic
from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.platform import Lock

FIRST_PPI: Final = 16
FIRST_SPI: Final = 32


class Record(NamedTuple):
    """A record at one moment (A.1).

    listed    vCPU whose ap_list holds it
    target    configured destination
    is_level  else an edge
    """

    intid: int
    listed: Vcpu | None
    target: Vcpu | None
    is_level: int
    enabled: int
    latch: int
    line: int
    active: int
    source: int
    active_source: int
    priority: int
    group: int
    hw: int
    pintid: int
    on_lr: int

    @property
    def is_sgi(self) -> bool:
        """Its INTID is below 16."""
        return self.intid < FIRST_PPI

    @property
    def owner(self) -> int | None:
        """The vCPU of a private interrupt."""
        return self.target.number if self.intid < FIRST_SPI and self.target else None

    @property
    def is_pending(self) -> bool:
        """NV-REC-1."""
        return bool(self.latch or (self.is_level and self.line))


fields: Final = attrgetter(
    "intid",
    "vcpu",
    "target_vcpu",
    "config",
    "enabled",
    "pending_latch",
    "line_level",
    "active",
    "source",
    "active_source",
    "priority",
    "group",
    "hw",
    "pintid",
    "on_lr",
)


def oracle(record: Record, on: bool) -> Vcpu | None:
    """The vCPU that an interrupt is for (NV-ORACLE-1, NV-ORACLE-2); `on`: the distributor is."""
    if record.active:
        return record.listed or record.target
    return record.target if on and record.enabled and record.is_pending else None


class View:
    """Where things are.

    irqs, lists  the record, or the vCPU, that a lock guards
    """

    def __init__(self, vgic: NewVgic) -> None:
        self._state = vgic.state
        self.vcpus: Final = self._state.vcpus
        self.nr_lr: Final = self._state.nr_lr
        irqs = [*self._state.spis, *(irq for private in self._state.private for irq in private)]
        self.irqs: Final[dict[Lock, Irq]] = {irq.lock: irq for irq in irqs}
        self.lists: Final[dict[Lock, Vcpu]] = {vcpu.lock: vcpu for vcpu in self.vcpus}

    def irq(self, vcpu: int, intid: int) -> Irq | None:
        """The record of an INTID, as a vCPU has it."""
        if intid < FIRST_SPI:
            return self._state.private[vcpu][intid]
        return self._state.spis[intid - FIRST_SPI] if intid - FIRST_SPI < len(self._state.spis) else None


def name(thing: Any) -> str:
    """An interrupt or a vCPU, in a message."""
    if isinstance(thing, Vcpu):
        return f"vCPU {thing.number}"
    return f"{thing.intid}" if isinstance(thing, Irq | Record) else str(thing)
