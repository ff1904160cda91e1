# SPDX-License-Identifier: Apache-2.0
"""INV-PRI-2: priority across overflow."""

from tb.model.ledger.books import Books, Handlers
from tb.model.ledger.findings import Findings
from tb.model.ledger.interrupt import Irq
from tb.model.ledger.invariants import Traits
from tb.model.ledger.words import PENDING, Word, group_enabled, used
from tb.model.machine.events import Entered


class Overflow:
    """What waits outside against what is pending inside."""

    def __init__(self, books: Books, findings: Findings, traits: Traits) -> None:
        self._books = books
        self._findings = findings
        self._traits = traits

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {Entered: self._entered} if self._traits.ranks else {}

    def _entered(self, event: Entered) -> None:
        inside = used(event.state)
        pending = [word for word in inside if word.state == PENDING]
        if not pending:
            return
        worst = max(pending, key=lambda word: word.priority)
        loaded = {word.intid for word in inside}
        for irq in self._books.waiting(event.vcpu):
            since = self._books.deliverable_since(irq)
            if since is None or since >= self._books.flushing[event.vcpu]:
                continue
            if irq.intid in loaded and not self._waits(irq, pending, event.vcpu):
                continue
            if not self._traits.ranks_all_groups and not group_enabled(event.state, irq.group):
                continue
            priority = irq.priority & 0xF8
            detail = (
                f"{irq.intid} of priority {priority} is outside, {worst.intid} of {worst.priority} inside"
            )
            self._findings.check("INV-PRI-2", priority >= worst.priority, f"vCPU {event.vcpu}: {detail}")

    def _waits(self, irq: Irq, pending: list[Word], vcpu: int) -> bool:
        """Whether a source of a loaded SGI waits for a later entry, and counts."""
        flushing = self._books.flushing[vcpu]
        loaded = {word.source for word in pending if word.intid == irq.intid}
        waiting = [source for source, since in irq.owed.items() if since < flushing and source not in loaded]
        return self._traits.ranks_sources and irq.is_sgi and bool(loaded and waiting)
