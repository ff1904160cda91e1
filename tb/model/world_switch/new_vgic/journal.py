# SPDX-License-Identifier: Apache-2.0
"""What a vCPU's thread does in one flush or one sync: which records it had locked, and how it left them."""

from typing import Final

from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.platform import Lock
from tb.model.machine.events import Kicked, Notified, PhysicalChanged, Sampled
from tb.model.world_switch.new_vgic.records import Record, View, fields

Act = Notified | PhysicalChanged | Sampled


class Hold:
    """The time in which the thread has a record's lock: nobody else changes the record.

    before  the record, when the lock was taken
    after   when it was freed
    on      whether the distributor was on when the lock was taken
    inside  the hold of another record around this one (NV-LOCK-3), if any
    ahead   what the thread did since the hold before this one
    within  what it did meanwhile
    """

    __slots__ = ("after", "ahead", "before", "inside", "irq", "on", "within")

    def __init__(self, irq: Irq, on: bool, inside: "Hold | None", ahead: tuple[Act, ...]) -> None:
        self.irq: Final = irq
        self.before: Final = Record._make(fields(irq))
        self.after = self.before
        self.on: Final = on
        self.inside: Final = inside
        self.ahead: Final = ahead
        self.within: tuple[Act, ...] = ()


class Listing:
    """The time in which it has the lock of a vCPU's ap_list; `before` and `after`: its entries."""

    def __init__(self, vcpu: Vcpu) -> None:
        self.vcpu: Final = vcpu
        self.before: Final = tuple(vcpu.ap_list)
        self.after = self.before


class Pass:
    """The time in which it has the locks of one or two lists: the holds in it, and kicks after it."""

    def __init__(self) -> None:
        self.listings: Final[list[Listing]] = []
        self.holds: Final[list[Hold]] = []
        self.kicks: Final[list[int]] = []


class Journal:
    """From Flushing to Entered or Cancelled, or from there, or Exited, to Synced.

    listed  the list of the vCPU was not empty after the last of the bare holds, or at the beginning
    bare    holds outside all passes
    passes  in their order
    left    what the thread did after its last hold
    """

    def __init__(self, view: View, vcpu: Vcpu) -> None:
        self._view: Final = view
        self._vcpu: Final = vcpu
        self._hold: Hold | None = None
        self._open: Final[list[Listing]] = []
        self.listed = bool(vcpu.ap_list)
        self.bare: Final[list[Hold]] = []
        self.passes: Final[list[Pass]] = []
        self.left: tuple[Act, ...] = ()
        self._holds = self.bare  # where the next hold goes

    def take(self, lock: Lock) -> None:
        """The thread has a lock."""
        irq = self._view.irqs.get(lock)
        if irq is not None:
            self._hold = Hold(irq, self._view.on, self._hold, self.left)
            self.left = ()
            self._holds.append(self._hold)
        elif vcpu := self._view.lists.get(lock):
            if not self._open:
                self.passes.append(Pass())
                self._holds = self.passes[-1].holds
            self._open.append(Listing(vcpu))
            self.passes[-1].listings.append(self._open[-1])

    def free(self, lock: Lock) -> None:
        """It is about to lose it."""
        hold = self._hold
        if hold is not None and hold.irq.lock is lock:
            after = fields(hold.irq)
            if after != hold.before:
                hold.after = Record._make(after)
            self._hold = hold.inside
            if not self._open:
                self.listed = bool(self._vcpu.ap_list)
        elif self._open and self._open[-1].vcpu.lock is lock:
            listing = self._open.pop()
            listing.after = tuple(listing.vcpu.ap_list)
            if not self._open:
                self._holds = self.bare

    def act(self, event: Act) -> None:
        """It does something else."""
        if self._hold:
            self._hold.within = (*self._hold.within, event)
        else:
            self.left = (*self.left, event)

    def kick(self, event: Kicked) -> None:
        """It kicks a vCPU."""
        if self.passes:
            self.passes[-1].kicks.append(event.vcpu)
