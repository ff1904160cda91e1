# SPDX-License-Identifier: Apache-2.0
"""INV-SGI-2: an active SGI keeps the sender that its guest will complete it with."""

from tb.model.ledger.books import Books, Handlers
from tb.model.ledger.findings import Findings
from tb.model.ledger.words import ACTIVE, FIRST_PPI, split, used
from tb.model.machine.events import Completed, Entered


class Senders:
    """Senders of active SGIs, at entry and at their completion."""

    def __init__(self, books: Books, findings: Findings) -> None:
        self._books = books
        self._findings = findings

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {Entered: self._entered, Completed: self._completed}

    def _entered(self, event: Entered) -> None:
        for word in used(event.state):
            if word.intid < FIRST_PPI and word.state & ACTIVE:
                active = self._books.irq(event.vcpu, word.intid).active
                sources = {instance.source for instance in active.values()}
                detail = f"SGI {word.intid} of vCPU {event.vcpu} is active from {word.source}, not {sources}"
                if sources:
                    self._findings.check("INV-SGI-2", word.source in sources, detail)

    def _completed(self, event: Completed) -> None:
        intid, source = event.value & 0x3FF, event.value >> 10 & 7
        if intid >= FIRST_PPI or (event.register == "GICV_DIR") != split(event.before):
            return
        inside = [word for word in used(event.before) if word.intid == intid and word.state & ACTIVE]
        active = self._books.irq(event.vcpu, intid).active.values()
        if inside and any(instance.source == source for instance in active):
            detail = f"completing SGI {intid} of CPU {source} on vCPU {event.vcpu} found {inside}"
            self._findings.check("INV-SGI-2", any(word.source == source for word in inside), detail)
