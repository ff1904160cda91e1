# SPDX-License-Identifier: Apache-2.0
"""INV-EDGE-1, INV-SPUR-1 and INV-SGI-1: each reason leads to a delivery, each delivery has a reason."""

from tb.model.ledger.books import Books, Handlers
from tb.model.ledger.findings import Findings
from tb.model.ledger.words import NONE
from tb.model.machine.events import Acknowledged, Rested


class Edges:
    """Edges and SGIs against deliveries."""

    def __init__(self, books: Books, findings: Findings) -> None:
        self._books = books
        self._findings = findings

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {Acknowledged: self._acknowledged, Rested: self._rested}

    def _acknowledged(self, event: Acknowledged) -> None:
        if event.intid >= NONE:
            return
        books, check = self._books, self._findings.check
        irq = books.irq(event.vcpu, event.intid)
        source = event.value >> 10 & 7 if irq.is_sgi else 0
        held = books.held[event.vcpu].get((irq.intid, source), books.flushing[event.vcpu])
        what = f"vCPU {event.vcpu} was given {irq.intid}" + f" of CPU {source}" * irq.is_sgi
        pending = irq.may_be_pending(source, held, books.exited[event.vcpu])
        enabled = irq.may_be_enabled(held)
        if irq.is_sgi:
            check("INV-SGI-1", pending, f"{what}, which was not sent")
        check("INV-SPUR-1", pending and enabled, f"{what}, which is {'disabled' * (not enabled) or 'idle'}")
        if source in irq.owed:
            check("INV-SGI-1" if irq.is_sgi else "INV-EDGE-1", True)

    def _rested(self, event: Rested) -> None:
        if not event.quiet:
            return
        for irq in self._books.irqs.values():
            is_due = (
                irq.enabled and irq.target is not None and self._books.on is not None and not irq.is_unsure
            )
            for source in irq.owed if is_due else ():
                invariant = "INV-SGI-1" if irq.is_sgi else "INV-EDGE-1"
                what = f"{irq.intid}" + f" from CPU {source} to vCPU {irq.key[0]}" * irq.is_sgi
                self._findings.check(invariant, False, f"{what} was never delivered")
