# SPDX-License-Identifier: Apache-2.0
"""INV-LVL-2 and INV-LVL-3: silence after the line fell, and the notice of completions."""

from collections import Counter, defaultdict

from tb.model.ledger.books import Books, Handlers
from tb.model.ledger.distributor import Set, writes
from tb.model.ledger.findings import Findings
from tb.model.ledger.interrupt import Irq, Key
from tb.model.ledger.words import FIRST_SPI, PENDING, completion, used
from tb.model.machine.events import (
    Completed,
    Entered,
    Exited,
    Injected,
    Injecting,
    LineChanged,
    Notified,
    Rested,
    Synced,
    TrapEnded,
    TrapStarted,
)


class Levels:
    """Level interrupts after their completion."""

    def __init__(self, books: Books, findings: Findings, *, notifies: bool) -> None:
        self._books = books
        self._findings = findings
        self._notifies = notifies
        self._silent: dict[Key, Irq] = {}
        self._ended: dict[int, set[Key]] = defaultdict(set)  # completed in this run, by vCPU
        self._due: dict[int, Counter[int]] = defaultdict(Counter)  # notices, by vCPU and INTID
        self._misdirected: dict[int, Irq] = {}  # what a DIR under way is for, active elsewhere or not at all

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {
            Completed: self._completed,
            Exited: self._exited,
            Injecting: self._injecting,
            Injected: self._injecting,
            LineChanged: self._line_changed,
            TrapStarted: self._trap_started,
            TrapEnded: self._trap_ended,
            Entered: self._entered,
            Notified: self._notified,
            Synced: self._synced,
            Rested: self._rested,
        }

    def _completed(self, event: Completed) -> None:
        books = self._books
        done = completion(event.before, event.register, event.value)
        word = done.word
        ended = books.outside(event.vcpu, done, event.before)
        if ended:
            self._end(event.vcpu, ended[0])
        elif done.ends and word:
            self._end(event.vcpu, books.irq(event.vcpu, word.intid))

    def _end(self, vcpu: int, irq: Irq) -> None:
        if irq.edge:
            return
        self._ended[vcpu].add(irq.key)
        if self._notifies and irq.pintid is None and irq.intid >= FIRST_SPI:
            self._due[vcpu][irq.intid] += 1

    # ---- silence

    def _exited(self, event: Exited) -> None:
        inside = {word.intid for word in used(event.state)}
        for key in self._ended.pop(event.vcpu, ()):
            irq = self._books.irqs[key]
            is_low = not irq.line_may and not irq.wire and not any(irq.credits.values())
            is_low = is_low and not self._books.may_be_setting(irq)
            if is_low and not irq.active and irq.intid not in inside:
                self._silent[key] = irq

    def _injecting(self, event: Injecting | Injected) -> None:
        if event.level:
            self._end_silence(self._books.irq(event.vcpu, event.intid))

    def _line_changed(self, event: LineChanged) -> None:
        if event.level:
            self._end_silence(self._books.irq(event.vcpu, event.intid))

    def _end_silence(self, irq: Irq) -> None:
        if self._silent.pop(irq.key, None):
            self._findings.check("INV-LVL-2", True)

    def _entered(self, event: Entered) -> None:
        for word in used(event.state) if self._silent else ():
            irq = self._books.irq(event.vcpu, word.intid)
            if word.state & PENDING and irq.key in self._silent:
                del self._silent[irq.key]
                detail = f"{irq.intid} is pending on vCPU {event.vcpu}, though its line has long been low"
                self._findings.check("INV-LVL-2", False, detail)

    def _rested(self, _: Rested) -> None:
        for irq in list(self._silent.values()):
            self._end_silence(irq)

    # ---- traps

    def _trap_started(self, event: TrapStarted) -> None:
        books = self._books
        if event.offset is None:
            irq = books.irq(event.vcpu, event.value & 0x3FF)
            instances = irq.active.values()
            if any(instance.vcpu == event.vcpu and not instance.unsure for instance in instances):
                self._end(event.vcpu, irq)
                self._ended.pop(event.vcpu, None)
            else:
                self._misdirected[event.vcpu] = irq
        for what, intid, value in writes(event):
            if what is Set.EDGE or (what is Set.PEND and value):
                self._silent.pop(books.irq(event.vcpu, intid).key, None)

    def _trap_ended(self, event: TrapEnded) -> None:
        if event.offset is None:
            self._misdirected.pop(event.vcpu, None)
            self._check_due(event.vcpu)

    # ---- notices

    def _notified(self, event: Notified) -> None:
        due = self._due[event.vcpu]
        irq = self._books.irq(event.vcpu, event.intid)
        if not irq.is_unsure and irq not in self._misdirected.values():
            detail = f"vCPU {event.vcpu} gave a notice of {event.intid}, which it has not completed"
            self._findings.check("INV-LVL-3", due[event.intid] > 0, detail)
        due[event.intid] = max(due[event.intid] - 1, 0)

    def _synced(self, event: Synced) -> None:
        self._check_due(event.vcpu)

    def _check_due(self, vcpu: int) -> None:
        for intid in self._due.pop(vcpu, Counter[int]()).elements():
            self._findings.check("INV-LVL-3", False, f"vCPU {vcpu} completed {intid} without a notice")
