# SPDX-License-Identifier: Apache-2.0
"""INV-HW-1 and INV-HW-2: physical interrupts behind virtual ones."""

from collections import defaultdict

from tb.model.hypervisor.platform import Physical
from tb.model.ledger.books import Books, Handlers
from tb.model.ledger.findings import Findings
from tb.model.ledger.interrupt import Irq, Key
from tb.model.ledger.words import completion, used
from tb.model.machine.events import (
    Acknowledged,
    BankState,
    Completed,
    Deactivated,
    Entered,
    Exited,
    PhysicalChanged,
    Synced,
    TrapEnded,
    TrapStarted,
)


class Mapped:
    """Physical deactivations against virtual ones."""

    def __init__(self, books: Books, findings: Findings) -> None:
        self._books = books
        self._findings = findings
        self._due: dict[int, dict[Key, str]] = defaultdict(dict)  # completed, but not physically, by vCPU
        self._directed: dict[int, Key] = {}  # what each vCPU is completing by a trapped DIR

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {
            Entered: self._entered,
            Acknowledged: self._accessed,
            Completed: self._completed,
            Deactivated: self._deactivated,
            PhysicalChanged: self._changed,
            TrapStarted: self._trap_started,
            TrapEnded: self._ended,
            Exited: self._exited,
            Synced: self._ended,
        }

    def _entered(self, event: Entered) -> None:
        self._check_active(event.vcpu, event.state)

    def _accessed(self, event: Acknowledged) -> None:
        self._check_active(event.vcpu, event.before)

    def _exited(self, event: Exited) -> None:
        self._check_active(event.vcpu, event.state)

    def _check_active(self, vcpu: int, state: BankState) -> None:
        for word in used(state):
            if word.hw:
                irq = self._books.by_pintid(vcpu, word.pintid)
                detail = (
                    f"LR{word.number} of vCPU {vcpu} holds {word.intid}, physical {word.pintid} is not active"
                )
                self._findings.check("INV-HW-2", irq is not None and irq.physically_active, detail)

    def _completed(self, event: Completed) -> None:
        books = self._books
        done = completion(event.before, event.register, event.value)
        ended = books.victim(event.vcpu, done) or books.outside(event.vcpu, done, event.before)
        if ended and ended[1].mapped:
            self._due[event.vcpu][ended[0].key] = "" if done.word else ", which was in no list register"

    def _trap_started(self, event: TrapStarted) -> None:
        if event.offset is None:
            irq = self._books.irq(event.vcpu, event.value & 0x3FF)
            if any(instance.vcpu == event.vcpu and instance.mapped for instance in irq.active.values()):
                self._due[event.vcpu][irq.key] = " by DIR"
                self._directed[event.vcpu] = irq.key

    def _deactivated(self, event: Deactivated) -> None:
        irq = self._books.by_pintid(event.vcpu, event.pintid)
        if irq:
            self._deactivate(irq, event.was_active)

    def _changed(self, event: PhysicalChanged) -> None:
        irq = self._books.by_pintid(event.vcpu, event.pintid)
        ends = event.operation in (Physical.DEACTIVATE, Physical.DIR)
        if irq and ends and (event.was_active or self._due_on(irq)):
            self._deactivate(irq, event.was_active)

    def _due_on(self, irq: Irq) -> list[int]:
        """The vCPUs that have completed it, but not physically."""
        return [vcpu for vcpu, keys in self._due.items() if irq.key in keys]

    def _deactivate(self, irq: Irq, was_active: bool) -> None:
        """One physical deactivation."""
        due = self._due_on(irq)
        for vcpu in due:
            del self._due[vcpu][irq.key]
            self._findings.check("INV-HW-1", was_active, f"physical {irq.pintid} was deactivated twice")
        is_active = irq.key not in self._directed.values() and any(
            instance.mapped and not instance.unsure for instance in irq.active.values()
        )
        if not due and is_active:
            detail = f"physical {irq.pintid} was deactivated while {irq.intid} is active"
            self._findings.check("INV-HW-1", False, detail)

    def _ended(self, event: Synced | TrapEnded) -> None:
        if isinstance(event, TrapEnded) and event.offset is not None:
            return
        self._directed.pop(event.vcpu, None)
        for (_, intid), how in self._due.pop(event.vcpu, {}).items():
            detail = f"vCPU {event.vcpu} completed {intid}{how}, but nobody deactivated the physical one"
            self._findings.check("INV-HW-1", False, detail)
