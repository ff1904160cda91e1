# SPDX-License-Identifier: Apache-2.0
"""INV-APR-1: active priorities belong to the vCPU."""

from tb.model.ledger.books import Books, Handlers
from tb.model.ledger.findings import Findings
from tb.model.ledger.words import ACTIVE, used
from tb.model.machine.events import Entered, Exited


class ActivePriorities:
    """APR at each entry against the last exit, and against what is active."""

    def __init__(self, books: Books, findings: Findings) -> None:
        self._books = books
        self._findings = findings
        self._left: dict[int, int] = {}  # APR at the last exit, by vCPU

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {Entered: self._entered, Exited: self._exited}

    def _exited(self, event: Exited) -> None:
        self._left[event.vcpu] = event.state.apr

    def _entered(self, event: Entered) -> None:
        apr = event.state.apr
        if event.vcpu in self._left:
            left = self._left[event.vcpu]
            detail = f"vCPU {event.vcpu} left with {left:#x} and is back with {apr:#x}"
            self._findings.check("INV-APR-1", apr == left, detail)
        active = {word.intid for word in used(event.state) if word.state & ACTIVE}
        for irq, instance in self._books.actives(event.vcpu) if active else ():
            if irq.intid in active and not instance.dropped:
                detail = f"vCPU {event.vcpu}: {irq.intid} is active with bit {instance.bit}, APR is {apr:#x}"
                self._findings.check("INV-APR-1", bool(apr >> instance.bit & 1), detail)
