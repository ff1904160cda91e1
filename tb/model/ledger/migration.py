# SPDX-License-Identifier: Apache-2.0
"""INV-MIG-1: a new target changes where a pending interrupt is delivered, not whether."""

from tb.model.ledger.books import Books, Handlers
from tb.model.ledger.distributor import Set, writes
from tb.model.ledger.findings import Findings
from tb.model.ledger.interrupt import Key
from tb.model.ledger.words import NONE
from tb.model.machine.events import Acknowledged, Rested, TrapEnded, TrapStarted


class Migration:
    """Interrupts whose target changed while they were pending."""

    def __init__(self, books: Books, findings: Findings) -> None:
        self._books = books
        self._findings = findings
        self._moved: set[Key] = set()

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {
            TrapStarted: self._trap_started,
            TrapEnded: self._trap_ended,
            Acknowledged: self._acknowledged,
            Rested: self._rested,
        }

    def _trap_started(self, event: TrapStarted) -> None:
        for what, intid, value in writes(event):
            if what is Set.PEND and not value:
                self._moved.discard(self._books.irq(event.vcpu, intid).key)

    def _trap_ended(self, event: TrapEnded) -> None:
        for what, intid, value in writes(event):
            if what is Set.TARGETS:
                irq = self._books.irq(event.vcpu, intid)
                pending = irq.pending_since is not None and irq.enabled
                if (
                    pending
                    and irq.target is not None
                    and value
                    and irq.target != (value & -value).bit_length() - 1
                ):
                    self._moved.add(irq.key)

    def _acknowledged(self, event: Acknowledged) -> None:
        if event.intid < NONE and self._moved:
            key = self._books.irq(event.vcpu, event.intid).key
            if key in self._moved:
                self._moved.discard(key)
                self._findings.check("INV-MIG-1", True)

    def _rested(self, event: Rested) -> None:
        for key in self._moved if event.quiet else ():
            irq = self._books.irqs[key]
            if irq.pending_since is not None and irq.enabled:
                self._findings.check("INV-MIG-1", False, f"{irq.intid} was lost when its target changed")
