# SPDX-License-Identifier: Apache-2.0
"""INV-ACT-1, INV-ACT-2 and INV-ACT-3: from the acknowledge to the deactivation."""

from collections import defaultdict

from tb.model.ledger.books import Books, Handlers, Instance, Irq, Key
from tb.model.ledger.findings import Findings
from tb.model.ledger.invariants import Traits
from tb.model.ledger.words import ACTIVE, FIRST_PPI, NONE, Word, completion, used
from tb.model.machine.events import Acknowledged, Completed, Entered


class Actives:
    """Active interrupts."""

    def __init__(self, books: Books, findings: Findings, traits: Traits) -> None:
        self._books = books
        self._findings = findings
        self._traits = traits
        self._victims: dict[int, set[Key]] = defaultdict(set)  # of EOIs without list register, by vCPU

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {Acknowledged: self._acknowledged, Completed: self._completed, Entered: self._entered}

    def _acknowledged(self, event: Acknowledged) -> None:
        intid = event.intid
        if intid >= NONE or (intid < FIRST_PPI and self._traits.sgi_per_source):
            return
        actives = self._books.irq(event.vcpu, intid).active.values()
        elsewhere = [instance.vcpu for instance in actives if not instance.unsure]
        detail = f"vCPU {event.vcpu} was given {intid}, which is active on vCPU {elsewhere}"
        self._findings.check("INV-ACT-2", not elsewhere, detail)

    def _completed(self, event: Completed) -> None:
        done = completion(event.before, event.register, event.value)
        if ended := self._books.outside(event.vcpu, done, event.before):
            self._victims[event.vcpu].add(ended[0].key)

    def _entered(self, event: Entered) -> None:
        inside = used(event.state)
        active = {word.intid for word in inside if word.state & ACTIVE}
        victims = self._victims.pop(event.vcpu, set())
        for _, intid in victims:
            detail = f"vCPU {event.vcpu} has {intid} active again, whose EOI found no list register"
            self._findings.check("INV-ACT-3", intid not in active, detail)
        mine = list(self._books.actives(event.vcpu))
        if self._traits.keeps_actives:
            has_room = len(mine) <= self._books.num_lr
        else:
            has_room = len(inside) < self._books.num_lr
        if not has_room:
            return
        for irq, instance in mine:
            if instance.lost or instance.unsure:
                continue
            held = irq.intid in active and (irq.intid >= FIRST_PPI or self._has(inside, irq, instance))
            invariant = "INV-ACT-3" if victims else "INV-ACT-1"
            detail = f"{irq.intid} is active on vCPU {event.vcpu}, but in no list register"
            self._findings.check(invariant, held, detail)

    def _has(self, inside: list[Word], irq: Irq, instance: Instance) -> bool:
        """An SGI from another source is another one where they are kept apart."""
        return not self._traits.sgi_per_source or any(
            word.intid == irq.intid and word.source == instance.source and word.state & ACTIVE
            for word in inside
        )
