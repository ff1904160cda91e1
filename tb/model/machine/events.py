# SPDX-License-Identifier: Apache-2.0
"""What can be observed of a machine: each event says when it is published.

Checks and recorders subscribe to the types they want. An event is published in the very moment that it speaks
of: nobody else runs between the two. Common fields:

vcpu     number of a vCPU; of an interrupt's owner: None for an SPI
cpu      number of a physical CPU, which is its bank of GICH and GICV
intid    of a virtual interrupt; `pintid` of a physical one
actor    name of who runs: `vCPU 0`, `device 35`, ...
"""

from collections import defaultdict
from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from tb.model.hardware.virtual_interface import Lines
from tb.model.hypervisor.platform import Lock, Physical

Event = TypeVar("Event")


class Cause(Enum):
    """Why a vCPU left the guest; the value is the word that is printed."""

    MAINTENANCE = "maintenance"  # the maintenance line was high
    KICK = "kick"  # another CPU's IPI
    PHYSICAL = "physical"  # a physical interrupt is for the host
    TICK = "tick"  # the host's timer: another vCPU's turn, perhaps
    SIGNAL = "signal"  # user space wants the vCPU's thread
    TRAP = "trap"  # an access to GICD, to a trapped GICV_DIR, or to a device that user space has
    WAIT = "wait"  # WFI


class Place(Enum):
    """Where a kick finds its vCPU."""

    GUEST = "guest"
    ASLEEP = "asleep"
    ELSEWHERE = "elsewhere"  # in the hypervisor, or waiting for a physical CPU


class BankState(NamedTuple):
    """The registers of a bank, as the hypervisor reads them; 64 bits of EISR and ELRSR."""

    hcr: int
    vmcr: int
    apr: int
    misr: int
    eisr: int
    elrsr: int
    lrs: tuple[int, ...]

    @classmethod
    def of(cls, words: tuple[int, ...]) -> "BankState":
        """From VirtualInterface.words, which are those of the RTL's observation port."""
        hcr, vmcr, apr, misr, eisr0, eisr1, elrsr0, elrsr1, *lrs = words
        return cls(hcr, vmcr, apr, misr, eisr1 << 32 | eisr0, elrsr1 << 32 | elrsr0, tuple(lrs))


# ---- devices


class LineChanged(NamedTuple):
    """A level device drives its wire to another level; the VGIC is told later, if at all."""

    vcpu: int | None
    intid: int
    level: int


class Pulsed(NamedTuple):
    """An edge device's wire rises and falls; the VGIC, or the host, is told later."""

    vcpu: int | None
    intid: int


class Injecting(NamedTuple):
    """Somebody is about to call Vgic.inject; `level` 1 is also an edge."""

    actor: str
    vcpu: int | None
    intid: int
    level: int


class Injected(NamedTuple):
    """That call has returned `result`: 0, or a negative errno. A refused edge or level returns 0, too."""

    actor: str
    vcpu: int | None
    intid: int
    level: int
    result: int


class Notified(NamedTuple):
    """The VGIC says that a level interrupt was completed on `vcpu` (NV-SYNC-3); before listeners act."""

    vcpu: int
    intid: int


# ---- physical interrupts. Those below 32 are kept by vCPU: the host moves them along with it.


class Mapped(NamedTuple):
    """A virtual interrupt is tied to a physical one, at the machine's start."""

    vcpu: int | None
    intid: int
    pintid: int


class PhysicalTaken(NamedTuple):
    """The host acknowledged a physical interrupt: it is active from now on. An Injecting follows.

    cpu  None: the interrupt's vCPU is on none, so the host has only made the interrupt's state
    """

    cpu: int | None
    vcpu: int | None
    pintid: int


class PhysicalChanged(NamedTuple):
    """The VGIC changed a physical interrupt through its platform. `was_active`: before that."""

    operation: Physical
    vcpu: int | None
    pintid: int
    was_active: bool


class Sampled(NamedTuple):
    """The VGIC has asked for the wire of a physical interrupt: 0 or 1."""

    vcpu: int | None
    pintid: int
    level: int


class Deactivated(NamedTuple):
    """A list register's HW bit deactivated a physical interrupt, right after its Completed."""

    cpu: int
    vcpu: int | None
    pintid: int
    was_active: bool


# ---- a vCPU's way


class Loaded(NamedTuple):
    """Vgic.load has returned. `previous`: the physical CPU it was on before, None at first."""

    vcpu: int
    cpu: int
    previous: int | None


class Put(NamedTuple):
    """Vgic.put has returned; the vCPU leaves its physical CPU."""

    vcpu: int
    cpu: int


class Flushing(NamedTuple):
    """Vgic.flush is about to be called."""

    vcpu: int
    cpu: int


class Entered(NamedTuple):
    """The flush is done and the guest runs from now on: `state` is what it finds."""

    vcpu: int
    cpu: int
    state: BankState


class Cancelled(NamedTuple):
    """The flush is done, but the guest is not entered; a sync follows.

    requested  by a kick (NV-KICK-1), else by a signal of user space
    """

    vcpu: int
    cpu: int
    state: BankState
    requested: bool


class Exited(NamedTuple):
    """The guest has stopped and nothing was done to the bank yet: `state` is what it left. A sync follows.

    steps  of the guest since Entered; 0: the cause was there at once
    """

    vcpu: int
    cpu: int
    cause: Cause
    state: BankState
    steps: int


class Synced(NamedTuple):
    """Vgic.sync, after Exited or Cancelled, has returned."""

    vcpu: int
    cpu: int


class Kicked(NamedTuple):
    """The VGIC kicks a vCPU; before this has an effect. `actor` is who does it."""

    actor: str
    vcpu: int
    place: Place


class Blocked(NamedTuple):
    """The vCPU sleeps from now on: NV-PEND-1 was false after it had announced its sleep, and no kick came."""

    vcpu: int


class Woken(NamedTuple):
    """The vCPU runs again, after Blocked."""

    vcpu: int


class Halted(NamedTuple):
    """Platform.halt returns: no vCPU but this one is between its flush and the end of its sync."""

    vcpu: int


class Resumed(NamedTuple):
    """Platform.resume: the others may enter again."""

    vcpu: int


class MaintenanceTaken(NamedTuple):
    """A physical CPU takes the maintenance interrupt.

    in_guest  the Exited of `vcpu` follows; else it is the hypervisor that is interrupted, with `vcpu` loaded
    """

    cpu: int
    vcpu: int
    in_guest: bool


# ---- the guest


class Acknowledged(NamedTuple):
    """The guest read GICV_IAR or GICV_AIAR (`register`) and got `value`, maybe 1022 or 1023.

    before  the bank's state just before
    """

    vcpu: int
    cpu: int
    register: str
    value: int
    before: BankState

    @property
    def intid(self) -> int:
        """Whose interrupt was delivered; 1022 and 1023: nobody's."""
        return self.value & 0x3FF


class Completed(NamedTuple):
    """The guest wrote `value` to GICV_EOIR, GICV_AEOIR or an untrapped GICV_DIR (`register`).

    before  the bank's state just before
    """

    vcpu: int
    cpu: int
    register: str
    value: int
    before: BankState


class TrapStarted(NamedTuple):
    """The hypervisor begins to handle an access to GICD, or to a trapped GICV_DIR (`offset` None).

    write   else a read
    offset  from GICD's base
    length  in bytes
    value   written; 0 of a read
    """

    vcpu: int
    write: bool
    offset: int | None
    length: int
    value: int


class TrapEnded(NamedTuple):
    """That access is done. Fields as TrapStarted, but:

    value    of a read: what was read
    aborted  no register took it: the guest takes a data abort
    """

    vcpu: int
    write: bool
    offset: int | None
    length: int
    value: int
    aborted: bool


# ---- below


class Accessed(NamedTuple):
    """An access to the virtual interface was performed, by hypervisor or guest. Before events that tell more.

    vcpu         the one that the physical CPU has loaded, or is about to load
    register     architectural name, in the requester's own view
    value        read or written
    deactivated  physical INTID whose deactivation it requests
    lines        of this bank, afterwards
    """

    cpu: int
    vcpu: int
    register: str
    write: bool
    value: int
    deactivated: int | None
    lines: Lines


class LockTaken(NamedTuple):
    """An actor has the lock now."""

    actor: str
    lock: Lock


class LockFreed(NamedTuple):
    """An actor has given the lock back; nobody has it now."""

    actor: str
    lock: Lock


class WindowOpened(NamedTuple):
    """An actor is in a window that the rules name (NV-QUEUE-3, NV-PRUNE-3); others may run meanwhile."""

    actor: str
    name: str


class Logged(NamedTuple):
    """The hypervisor's log has a line about an interrupt."""

    intid: int
    message: str


# ---- the machine


class Draining(NamedTuple):
    """Devices and user space stop, guests complete what is active, then only wait for interrupts."""


class Rested(NamedTuple):
    """The run is over. `quiet`: every vCPU sleeps and nobody has anything to do; else entries did not end."""

    quiet: bool


class Publisher:
    """Brings events to subscribers, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)

    def subscribe(self, kind: type[Event], handler: Callable[[Event], None]) -> None:
        """Have each event of a type brought to `handler`. Before the machine is made, or some are missed."""
        self._handlers[kind].append(handler)

    def handlers(self, kind: type[Event]) -> list[Callable[[Event], None]]:
        """The handlers of a type, as a list that later subscriptions extend: where nobody wants an event, it
        need not be made."""
        return self._handlers[kind]

    def publish(self, event: object) -> None:
        """Bring an event to who wants it, at once."""
        for handler in self._handlers[type(event)]:
            handler(event)
