# SPDX-License-Identifier: Apache-2.0
"""What a vCPU's thread does in one flush or one sync: which records it had locked, and how it left them."""

from typing import Final

from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.machine.events import Halted, Kicked, Notified, PhysicalChanged, Sampled
from tb.model.world_switch.new_vgic.records import Record

Act = Halted | Notified | PhysicalChanged | Sampled
Acts = tuple[Act, ...]
Entries = tuple[Irq, ...]
Comparison = tuple[Record, Record, bool]  # both locked (NV-LOCK-3), and whether the distributor was on


class Hold:
    """The time in which the thread has a record's lock: nobody else changes the record.

    before  the record, when the lock was taken: as this thread left it, if nobody had it locked since
    after   when it was given back; the same object if nothing has changed
    on      whether the distributor was on when the lock was taken
    ahead   what the thread did since the hold before this one
    within  what it did meanwhile
    """

    ahead: Acts = ()
    within: Acts = ()

    def __init__(self, irq: Irq, before: Record, on: bool) -> None:
        self.irq = irq
        self.before = self.after = before
        self.on = on


class Listing:
    """The time in which it has the lock of a vCPU's ap_list; `before` and `after`: its entries."""

    def __init__(self, vcpu: Vcpu, before: Entries) -> None:
        self.vcpu: Final = vcpu
        self.before: Final = before
        self.after = before


class Pass:
    """The time in which it has the locks of one or two lists.

    holds        in it; of two at once only the outer one
    comparisons  the last one of each two interrupts
    kicks        after it
    """

    def __init__(self) -> None:
        self.listings: Final[list[Listing]] = []
        self.holds: Final[list[Hold]] = []
        self.comparisons: Final[dict[tuple[Irq, Irq], Comparison]] = {}
        self.kicks: Final[list[int]] = []


class Journal:
    """From Flushing to Entered or Cancelled, or from there, or Exited, to Synced.

    compared  the inner one of two records that are locked, until both are given back
    listed    the list of the vCPU was not empty at the beginning, or after the last of the bare holds
    bare      holds outside all passes
    passes    in their order
    left      what the thread did after its last hold
    writes    registers of its physical CPU that were written
    """

    def __init__(self, vcpu: Vcpu) -> None:
        self._vcpu: Final = vcpu
        self._hold: Hold | None = None  # the one that lasts
        self._open: Final[list[Listing]] = []
        self._holds: list[Hold] = []  # where the next hold goes
        self.compared: Irq | None = None
        self.listed = bool(vcpu.ap_list)
        self.bare: Final = self._holds
        self.passes: Final[list[Pass]] = []
        self.left: Acts = ()
        self.writes: Final[list[str]] = []

    def take(self, irq: Irq, found: Record, on: bool) -> None:
        """The thread has a record's lock."""
        outer = self._hold
        if outer and self.passes:
            self.passes[-1].comparisons[outer.irq, irq] = (outer.before, found, on)
            self.compared = irq
            return
        hold = self._hold = Hold(irq, found, on)
        if self.left:
            hold.ahead, self.left = self.left, ()
        self._holds.append(hold)

    def free_compared(self, irq: Irq) -> None:
        """It gives one of two back that it had for a comparison, which changes nothing."""
        if self.compared is not irq:
            self._hold = self.compared = None

    def free(self, irq: Irq, left: Record) -> None:
        """It gives any other record's lock back."""
        hold = self._hold
        if hold and hold.irq is irq:
            hold.after = left
            self._hold = None
            if not self._open:
                self.listed = bool(self._vcpu.ap_list)

    def take_list(self, vcpu: Vcpu, found: Entries) -> None:
        """The thread has a list's lock."""
        if not self._open:
            self.passes.append(Pass())
            self._holds = self.passes[-1].holds
        self._open.append(Listing(vcpu, found))
        self.passes[-1].listings.append(self._open[-1])

    def free_list(self, vcpu: Vcpu, left: Entries) -> None:
        """It gives it back."""
        if self._open and self._open[-1].vcpu is vcpu:
            self._open.pop().after = left
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
