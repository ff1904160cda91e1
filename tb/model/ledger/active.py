# SPDX-License-Identifier: Apache-2.0
"""INV-ACT-1, INV-ACT-2 and INV-ACT-3: from the acknowledge to the deactivation."""

from collections import defaultdict

from tb.model.ledger.books import Books, Handlers
from tb.model.ledger.distributor import Set, writes
from tb.model.ledger.findings import Findings
from tb.model.ledger.interrupt import NEVER, Instance, Irq, Key
from tb.model.ledger.invariants import Traits
from tb.model.ledger.words import ACTIVE, FIRST_PPI, NONE, Word, completion, used
from tb.model.machine.events import Acknowledged, Completed, Entered, TrapEnded, TrapStarted


class Actives:
    """Active interrupts."""

    def __init__(self, books: Books, findings: Findings, traits: Traits) -> None:
        self._books = books
        self._findings = findings
        self._traits = traits
        self._victims: dict[int, set[Key]] = defaultdict(set)  # of EOIs without list register, by vCPU
        self._activated: dict[Key, int] = {}  # when a write of ISACTIVER last was under way
        self._clearing: dict[tuple[int, Key], int] = {}  # when a write of ICACTIVER began, by vCPU
        self._cleared: dict[Key, int] = {}  # when it ended, of what nobody has made active since

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {
            Acknowledged: self._acknowledged,
            Completed: self._completed,
            Entered: self._entered,
            TrapStarted: self._trapped,
            TrapEnded: self._trapped,
        }

    def _acknowledged(self, event: Acknowledged) -> None:
        intid = event.intid
        if intid >= NONE or (intid < FIRST_PPI and self._traits.sgi_per_source):
            return
        irq = self._books.irq(event.vcpu, intid)
        self._begin(irq.key)
        elsewhere = [instance.vcpu for instance in irq.active.values() if not instance.unsure]
        detail = f"vCPU {event.vcpu} was given {intid}, which is active on vCPU {elsewhere}"
        self._findings.check("INV-ACT-2", not elsewhere, detail)

    def _begin(self, key: Key) -> None:
        """It is active, perhaps."""
        if self._cleared.pop(key, None) is not None:
            self._findings.check("INV-ACT-1", True)

    def _trapped(self, event: TrapStarted | TrapEnded) -> None:
        """ISACTIVER and ICACTIVER: what was cleared, and not set meanwhile, is not active."""
        now = self._books.now
        for what, intid, value in writes(event) if self._traits.changes_active else ():
            key = self._books.irq(event.vcpu, intid).key
            if what is Set.ACTIVE and value:
                self._begin(key)
                self._activated[key] = now
            elif what is Set.ACTIVE and isinstance(event, TrapStarted):
                self._clearing[event.vcpu, key] = now
            elif what is Set.ACTIVE and self._activated.get(key, NEVER) < self._clearing.pop(
                (event.vcpu, key)
            ):
                self._cleared[key] = now

    def _completed(self, event: Completed) -> None:
        done = completion(event.before, event.register, event.value)
        if ended := self._books.outside(event.vcpu, done, event.before):
            self._victims[event.vcpu].add(ended[0].key)

    def _entered(self, event: Entered) -> None:
        inside = used(event.state)
        active = {word.intid for word in inside if word.state & ACTIVE}
        for intid in active:
            key = self._books.irq(event.vcpu, intid).key
            if self._cleared.get(key, self._books.now) < self._books.flushing[event.vcpu]:
                del self._cleared[key]
                detail = f"vCPU {event.vcpu} has {intid} active, though it was cleared"
                self._findings.check("INV-ACT-1", False, detail)
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
