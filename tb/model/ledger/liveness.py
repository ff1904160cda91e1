# SPDX-License-Identifier: Apache-2.0
"""INV-LIVE-1 to INV-LIVE-3 and INV-LVL-1: delivery in time, no sleep over work, no storm."""

from collections import defaultdict, deque

from gicv2_registers import (
    GICH_HCR_LRENPIE_MASK,
    GICH_HCR_NPIE_MASK,
    GICH_HCR_UIE_MASK,
    GICV_CTLR_ENABLEGRP0_MASK,
    GICV_CTLR_ENABLEGRP1_MASK,
)
from tb.model.ledger.books import Books, Handlers
from tb.model.ledger.findings import Findings
from tb.model.ledger.interrupt import Irq, Key
from tb.model.ledger.invariants import Traits
from tb.model.ledger.words import (
    ACTIVE,
    NONE,
    Word,
    completion,
    deliverable,
    group_enabled,
    mask_of,
    used,
)
from tb.model.machine.events import (
    Accessed,
    Acknowledged,
    Blocked,
    Cause,
    Completed,
    Entered,
    Exited,
    MaintenanceTaken,
    Rested,
    Synced,
)

WINDOW = 1000  # exits of INV-LIVE-3
_MAINTENANCE = GICH_HCR_UIE_MASK | GICH_HCR_LRENPIE_MASK | GICH_HCR_NPIE_MASK


class Wait:
    """An interrupt's wait.

    entries  that could have delivered it
    room     the least that one of these had: list registers that were not active
    before   what had to come first
    sources  of these, SGIs: each may have taken an entry, for their sources come one at a time
    """

    def __init__(self, since: int, room: int) -> None:
        self.since = since
        self.room = room
        self.entries = 0
        self.before = 0
        self.sources = 0
        self.overdue = False


class Delivery:
    """How many entries a deliverable interrupt waits.

    Only entries count in which the guest has taken all that was deliverable in its list registers, with its
    priority mask open to the interrupt and its group on, and which did not begin with actives in all list
    registers, unless these could have been taken out: these are the guest's part in the bound. So is the
    completion of an SGI that another sender waits for, which keeps out what is worse (NV-MSGI-2). What was
    delivered first, for being at least as good, counts to K.

    So that there is an entry at all, a maintenance interrupt must call for what waits outside as soon as all
    that was loaded is completed, whatever ends the run.
    """

    def __init__(self, books: Books, findings: Findings, traits: Traits) -> None:
        self._books = books
        self._findings = findings
        self._traits = traits
        self._room: dict[int, int] = {}  # list registers that were not active at the entry, by vCPU
        self._waits: dict[Key, Wait] = {}
        self._again: set[Key] = set()  # level, completed with the line high

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {
            Entered: self._entered,
            Acknowledged: self._acknowledged,
            Synced: self._synced,
            Exited: self._exited,
            Rested: self._rested,
        }

    def _rank(self, irq: Irq) -> int:
        return irq.intid if self._traits.loads_by_number else irq.priority & 0xF8

    def _entered(self, event: Entered) -> None:
        active = sum(bool(word.state & ACTIVE) for word in used(event.state))
        self._room[event.vcpu] = self._books.num_lr - active

    def _acknowledged(self, event: Acknowledged) -> None:
        if event.intid >= NONE:
            return
        irq = self._books.irq(event.vcpu, event.intid)
        self._end(irq, True)
        for key, wait in self._waits.items():
            other = self._books.irqs[key]
            if other.target == event.vcpu and self._rank(irq) <= self._rank(other):
                wait.before += not irq.is_sgi
                wait.sources += irq.is_sgi

    def _end(self, irq: Irq, in_time: bool) -> None:
        """It was delivered, or is overdue."""
        since = self._books.deliverable_since(irq)
        wait = self._waits.get(irq.key) or (Wait(since, 0) if since is not None else None)
        if in_time:
            self._waits.pop(irq.key, None)
        if wait and not wait.overdue:
            invariant = "INV-LVL-1" if irq.key in self._again else "INV-LIVE-1"
            detail = f"{irq.intid} was not delivered to vCPU {irq.target} in {wait.entries} entries"
            self._findings.check(invariant, in_time, detail)
            wait.overdue = not in_time
        if in_time:
            self._again.discard(irq.key)

    def _exited(self, event: Exited) -> None:
        books, state = self._books, event.state
        room = self._room.pop(event.vcpu)
        if state.apr or deliverable(state) or not (room or not self._traits.keeps_actives):
            return
        waiting = books.waiting(event.vcpu)
        sources = sum(len(irq.owed) - 1 for irq in waiting if irq.is_sgi and len(irq.owed) > 1)
        left_out = []
        for irq in waiting:
            since = books.deliverable_since(irq)
            if since is None or since >= books.flushing[event.vcpu]:
                continue
            if not group_enabled(state, irq.group) or irq.priority & 0xF8 >= mask_of(state):
                continue
            if self._is_cut_off(irq):
                continue
            left_out.append(irq.intid)
            wait = self._waits.get(irq.key)
            if not wait or wait.since != since:
                wait = self._waits[irq.key] = Wait(since, books.num_lr)
            wait.entries += 1
            wait.room = min(wait.room, max(1, room))
            ahead = sum(self._rank(other) <= self._rank(irq) for other in waiting) - 1 + wait.before
            if wait.entries > -(-ahead // wait.room) + sources + wait.sources + 3:
                self._end(irq, False)
        if left_out and event.steps and not used(state):
            detail = f"nothing calls vCPU {event.vcpu}, whose list registers are empty, for {left_out}"
            self._findings.check("INV-LIVE-1", bool(state.misr), detail)

    def _is_cut_off(self, irq: Irq) -> bool:
        """By an SGI that is active and has another sender."""
        return self._traits.ranks_sources and any(
            other.is_sgi
            and other.active
            and other.owed
            and other.target == irq.target
            and self._rank(other) < self._rank(irq)
            for other in self._books.irqs.values()
        )

    def _synced(self, event: Synced) -> None:
        """Runs before the books: what they are about to release."""
        for irq in self._books.released(event.vcpu):
            if irq.line and not irq.edge:
                self._again.add(irq.key)
                self._waits.setdefault(irq.key, Wait(self._books.now, self._books.num_lr))

    def _rested(self, event: Rested) -> None:
        for key in self._again if event.quiet else ():
            irq = self._books.irqs[key]
            if irq.line and self._books.deliverable_since(irq) is not None:
                self._findings.check("INV-LVL-1", False, f"{irq.intid} was not delivered again")


class Sleep:
    """No vCPU sleeps, or stays in the guest, while something is deliverable to it and nothing will tell."""

    def __init__(self, books: Books, findings: Findings) -> None:
        self._books = books
        self._findings = findings
        self._mask: dict[int, int] = defaultdict(int)  # priorities below pass, by vCPU
        self._left_out: dict[int, list[int]] = {}  # at the entry, by vCPU, if anything was deliverable

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {
            Entered: self._entered,
            Exited: self._exited,
            Blocked: self._blocked,
            Rested: self._rested,
        }

    def _entered(self, event: Entered) -> None:
        waiting = self._books.waiting(event.vcpu)
        if waiting:
            inside = used(event.state)
            is_armed = event.state.hcr & _MAINTENANCE or any(word.eoi for word in inside)
            left_out = [irq.intid for irq in waiting if self._is_left_out(irq, inside)]
            self._left_out[event.vcpu] = [] if is_armed else left_out

    def _is_left_out(self, irq: Irq, inside: list[Word]) -> bool:
        """An SGI: or one of its senders."""
        loaded = {word.source for word in inside if word.intid == irq.intid}
        return not loaded or (irq.is_sgi and any(source not in loaded for source in irq.owed))

    def _exited(self, event: Exited) -> None:
        self._mask[event.vcpu] = mask_of(event.state)
        left_out = self._left_out.pop(event.vcpu, None)
        if left_out is not None:
            detail = f"vCPU {event.vcpu} stayed in the guest without {left_out}"
            self._findings.check("INV-LIVE-2", not left_out or not event.steps, detail)

    def _blocked(self, event: Blocked) -> None:
        late = [irq.intid for irq in self._books.waiting(event.vcpu) if self._passes(irq, event.vcpu)]
        self._findings.check("INV-LIVE-2", not late, f"vCPU {event.vcpu} sleeps in spite of {late}")

    def _passes(self, irq: Irq, vcpu: int) -> bool:
        return irq.priority & 0xF8 < self._mask[vcpu]

    def _rested(self, event: Rested) -> None:
        if not event.quiet:
            return
        for vcpu in range(self._books.vcpus):
            late = [
                irq.intid
                for irq in self._books.irqs.values()
                if irq.target == vcpu
                and irq.pending_since is not None
                and irq.enabled
                and not irq.active
                and self._books.on is not None
                and self._passes(irq, vcpu)
            ]
            self._findings.check("INV-LIVE-2", not late, f"vCPU {vcpu} sleeps for good in spite of {late}")


class Storm:
    """Maintenance exits over the last exits.

    Not with a single list register: UIE holds at once there, and nothing else tells that it has become free.
    """

    def __init__(self, books: Books, findings: Findings) -> None:
        self._books = books
        self._findings = findings
        self._exits: deque[tuple[int, int]] = deque(maxlen=WINDOW)  # maintenance, what there was to do
        self._maintenance = 0
        self._work = 0
        self._new = 0
        self._groups: dict[int, int] = {}

    def handlers(self) -> Handlers:
        """What it listens to."""
        if self._books.num_lr == 1:
            return {}
        return {
            Acknowledged: self._acknowledged,
            Completed: self._completed,
            Accessed: self._accessed,
            MaintenanceTaken: self._maintenance_taken,
            Exited: self._exited,
        }

    def _acknowledged(self, event: Acknowledged) -> None:
        self._new += event.intid < NONE

    def _maintenance_taken(self, event: MaintenanceTaken) -> None:
        """In the hypervisor it is as bad as an exit."""
        if not event.in_guest:
            self._exit(Cause.MAINTENANCE)

    def _completed(self, event: Completed) -> None:
        self._new += completion(event.before, event.register, event.value).counted

    def _accessed(self, event: Accessed) -> None:
        if event.write and event.register == "GICV_CTLR":
            groups = event.value & (GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_ENABLEGRP1_MASK)
            self._new += self._groups.get(event.vcpu, 0) != groups
            self._groups[event.vcpu] = groups

    def _exited(self, event: Exited) -> None:
        self._exit(event.cause)

    def _exit(self, cause: Cause) -> None:
        if len(self._exits) == WINDOW:
            maintenance, work = self._exits[0]
            self._maintenance -= maintenance
            self._work -= work
        maintenance = int(cause is Cause.MAINTENANCE)
        self._exits.append((maintenance, self._new))
        self._maintenance += maintenance
        self._work += self._new
        self._new = 0
        if len(self._exits) == WINDOW:
            detail = f"{self._maintenance} maintenance exits of {WINDOW}, for {self._work} things to do"
            self._findings.check("INV-LIVE-3", self._maintenance <= 4 * self._work + 4, detail)
