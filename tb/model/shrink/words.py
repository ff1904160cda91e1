# SPDX-License-Identifier: Apache-2.0
"""Events in words, for who reads what happened in a short run."""

from collections.abc import Callable
from typing import Any, Final

from tb.model.hypervisor.platform import Physical
from tb.model.ledger.words import ACTIVE, NONE, PENDING, used
from tb.model.machine import events as of
from tb.model.machine import gicd
from tb.model.machine.events import BankState, Publisher

_STATES: Final = {PENDING: "pending", ACTIVE: "active", PENDING | ACTIVE: "pending and active"}
_GICD: Final = sorted(
    (offset, name) for name, offset in vars(gicd).items() if name.isupper() and not name.startswith("_")
)

_CHANGES: Final = {
    Physical.ACTIVATE: "made active",
    Physical.DEACTIVATE: "deactivated",
    Physical.DIR: "deactivated",
    Physical.ENABLE: "enabled",
    Physical.DISABLE: "disabled",
    Physical.AFFINITY: "sent to another CPU",
    Physical.UNPEND: "not pending any more",
}
_PLACES: Final = {
    of.Place.GUEST: "in the guest",
    of.Place.ASLEEP: "asleep",
    of.Place.ELSEWHERE: "in the hypervisor",
}


class Narrator:
    """A subscriber that puts what happens into words, a line each: `lines`."""

    def __init__(self, publisher: Publisher) -> None:
        self.lines: Final[list[str]] = []
        for kind, say in _SENTENCES.items():
            publisher.subscribe(kind, self._tell(say))

    def _tell(self, say: Callable[[Any], str]) -> Callable[[Any], None]:
        def tell(event: Any) -> None:
            if line := say(event):
                self.lines.append(line)

        return tell


def list_registers(state: BankState) -> str:
    """Those in use."""
    return "; ".join(
        f"LR{word.number} {word.intid} {_STATES[word.state]}, priority {word.priority}"
        + ", group 1" * word.group
        + f", physical {word.pintid}" * word.hw
        + f", from CPU {word.source}" * (word.intid < 16)
        + ", EOI" * bool(word.eoi)
        for word in used(state)
    )


def distributor(offset: int | None) -> str:
    """A register of GICD, with its place in an array."""
    if offset is None:
        return "GICV_DIR"
    base, name = max(entry for entry in _GICD if entry[0] <= offset)
    return f"GICD_{name}" + (f"+{offset - base:#x}" if offset > base else "")


def _of(vcpu: int | None, intid: int) -> str:
    return f"{intid}" if vcpu is None else f"{intid} of vCPU {vcpu}"


def _state(state: BankState) -> str:
    more = [f"HCR {state.hcr:#x}"] + [f"MISR {state.misr:#x}"] * bool(state.misr)
    return "; ".join((list_registers(state) or "no list register in use", *more))


def _trap(event: of.TrapStarted) -> str:
    access = f"writes {event.value:#x} to" if event.write else "reads"
    return f"vCPU {event.vcpu} {access} {distributor(event.offset)}, a trap"


def _accessed(event: of.Accessed) -> str:
    """The guest's other registers; the rest has events of its own."""
    if not event.write or event.register not in ("GICV_CTLR", "GICV_PMR", "GICV_BPR", "GICV_ABPR"):
        return ""
    return f"vCPU {event.vcpu} writes {event.value:#x} to {event.register}"


def _acknowledged(event: of.Acknowledged) -> str:
    found = "nothing" if event.intid >= NONE else f"{event.intid}"
    source = f" from CPU {event.value >> 10 & 7}" * (event.intid < 16)
    return f"vCPU {event.vcpu} reads {event.register}: {found}{source}"


_SENTENCES: Final[dict[type, Callable[[Any], str]]] = {
    of.Pulsed: lambda e: f"a device sends an edge of {_of(e.vcpu, e.intid)}",
    of.LineChanged: lambda e: f"a device drives the wire of {_of(e.vcpu, e.intid)} to {e.level}",
    of.Injecting: lambda e: f"{e.actor} tells the VGIC: {_of(e.vcpu, e.intid)} is {e.level}",
    of.Notified: lambda e: f"the VGIC says that vCPU {e.vcpu} has completed {e.intid}",
    of.PhysicalTaken: lambda e: f"the host takes physical {_of(e.vcpu, e.pintid)}: it is active",
    of.PhysicalChanged: lambda e: f"the VGIC has physical {_of(e.vcpu, e.pintid)} {_CHANGES[e.operation]}",
    of.Deactivated: lambda e: f"the list register deactivates physical {_of(e.vcpu, e.pintid)}",
    of.Loaded: lambda e: f"vCPU {e.vcpu} is loaded on CPU {e.cpu}",
    of.Put: lambda e: f"vCPU {e.vcpu} leaves CPU {e.cpu}",
    of.Flushing: lambda e: f"vCPU {e.vcpu} is flushed",
    of.Entered: lambda e: f"vCPU {e.vcpu} enters: {_state(e.state)}",
    of.Cancelled: lambda e: f"vCPU {e.vcpu} gives its entry up: {_state(e.state)}",
    of.Exited: lambda e: f"vCPU {e.vcpu} exits ({e.cause.value}): {_state(e.state)}",
    of.Synced: lambda e: f"vCPU {e.vcpu} is synced",
    of.Kicked: lambda e: f"{e.actor} kicks vCPU {e.vcpu}, which is {_PLACES[e.place]}",
    of.Blocked: lambda e: f"vCPU {e.vcpu} sleeps",
    of.Woken: lambda e: f"vCPU {e.vcpu} wakes up",
    of.Halted: lambda e: f"vCPU {e.vcpu} has all others out of the guest",
    of.Resumed: lambda e: f"vCPU {e.vcpu} lets the others enter again",
    of.MaintenanceTaken: lambda e: f"CPU {e.cpu} takes a maintenance interrupt",
    of.Accessed: _accessed,
    of.Acknowledged: _acknowledged,
    of.Completed: lambda e: f"vCPU {e.vcpu} writes {e.value & 0x3FF} to {e.register}",
    of.TrapStarted: _trap,
    of.TrapEnded: lambda e: f"vCPU {e.vcpu}'s access is done" + ": an abort" * e.aborted,
    of.WindowOpened: lambda e: f"{e.actor} is in the window of {e.name}",
    of.Logged: lambda e: f"the hypervisor logs of {e.intid}: {e.message}",
    of.Draining: lambda _: "devices stop; guests finish",
    of.Rested: lambda e: "all is at rest" if e.quiet else "",
}
