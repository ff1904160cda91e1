# SPDX-License-Identifier: Apache-2.0
"""The ledger's books: what is known of each interrupt from events alone.

Checkers read them as they were before the event that they look at; the books turn the page afterwards.
Injections and accesses take time. What may be is so from the beginning of what might cause it; what is
certain is so from its end. So nothing is called spurious that could have had a reason, and nothing lost that
could have been merged.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Final

from tb.model.hypervisor.platform import Physical, Rank
from tb.model.ledger.distributor import Set, Write, writes
from tb.model.ledger.interrupt import NEVER, Instance, Irq, Key
from tb.model.ledger.invariants import Traits
from tb.model.ledger.words import (
    ACTIVE,
    FIRST_PPI,
    FIRST_SPI,
    NONE,
    PENDING,
    Completion,
    Word,
    bests,
    completion,
    group_priority,
    names,
    used,
)
from tb.model.machine.events import (
    Acknowledged,
    BankState,
    Cancelled,
    Completed,
    Deactivated,
    Entered,
    Exited,
    Flushing,
    Injected,
    Injecting,
    LineChanged,
    LockTaken,
    Mapped,
    PhysicalChanged,
    PhysicalTaken,
    Sampled,
    Synced,
    TrapEnded,
    TrapStarted,
)

Handlers = dict[type, Callable[[Any], None]]


class Books:
    """All interrupts and vCPUs of a VM.

    now        counts events
    on         the distributor certainly is
    flushing   when each vCPU's last flush began
    exited     when each vCPU last left the guest
    held       since when each list register's interrupt has been in one, by vCPU and (INTID, source)
    """

    def __init__(self, vcpus: int, num_lr: int, traits: Traits) -> None:
        self.vcpus: Final = vcpus
        self.num_lr: Final = num_lr
        self.now = 0
        self.on: int | None = None
        self._off = NEVER  # when it was last switched off
        self.irqs: Final[dict[Key, Irq]] = {}
        self.flushing: Final[dict[int, int]] = defaultdict(int)
        self.exited: Final[dict[int, int]] = defaultdict(int)
        self.held: Final[dict[int, dict[tuple[int, int], int]]] = defaultdict(dict)
        self._takes_back: Final = traits.takes_back
        self._sgi_per_source: Final = traits.sgi_per_source
        self._private_edges: Final = traits.private_edges
        self._changes_active: Final = traits.changes_active
        self._drops_disabled: Final = traits.drops_disabled
        self._releasing: Final[dict[int, dict[Key, bool]]] = defaultdict(dict)  # by vCPU: the sync folds it
        self._moving: Final[dict[int, dict[Key, int]]] = defaultdict(dict)  # from which vCPU, since when
        self._left: Final[dict[int, list[Word]]] = defaultdict(list)
        self._loading: Final[dict[int, int]] = {}  # when the first flush since the last run began, by vCPU
        self._injecting: Final[dict[tuple[str, int], Irq]] = {}  # by actor and level
        self._began: Final[dict[tuple[str, int], int]] = {}  # when
        self._accepted: Final[set[str]] = set()
        self._pintids: Final[dict[tuple[int | None, int], Irq]] = {}
        self._traps: Final[dict[int, tuple[int, list[Write]]]] = {}  # by vCPU: since when, what

    # ---- looking up

    def irq(self, vcpu: int | None, intid: int) -> Irq:
        """An interrupt as a vCPU sees it."""
        key = (vcpu if intid < FIRST_SPI else None, intid)
        irq = self.irqs.get(key)
        if irq is None:
            sgi = intid < FIRST_PPI
            edge = sgi or (intid < FIRST_SPI and self._private_edges)
            irq = self.irqs[key] = Irq(key, edge, sgi, 1, enabled_may=sgi)
        return irq

    def by_pintid(self, vcpu: int | None, pintid: int) -> Irq | None:
        """The interrupt that is tied to a physical one."""
        return self._pintids.get((vcpu if pintid < FIRST_SPI else None, pintid))

    def slot(self, intid: int, source: int) -> int:
        """Under which source an instance is kept."""
        return source if intid < FIRST_PPI and self._sgi_per_source else 0

    def actives(self, vcpu: int) -> Iterator[tuple[Irq, Instance]]:
        """What this vCPU has acknowledged and not deactivated."""
        for irq in self.irqs.values():
            for instance in irq.active.values():
                if instance.vcpu == vcpu:
                    yield irq, instance

    def deliverable_since(self, irq: Irq) -> int | None:
        """When it certainly became enabled, pending, not active, and on the way to its target; or None."""
        times = (self.on, irq.pending_since, irq.settled_since, irq.inactive_since)
        if not irq.enabled or irq.clearing or irq.changing or irq.active or None in times:
            return None
        return max(time for time in times if time is not None)

    def waiting(self, vcpu: int) -> list[Irq]:
        """What certainly is deliverable to a vCPU."""
        return [
            irq
            for irq in self.irqs.values()
            if irq.pending_since is not None
            and irq.target == vcpu
            and self.deliverable_since(irq) is not None
        ]

    def released(self, vcpu: int) -> list[Irq]:
        """What this vCPU has completed since its last sync."""
        return [self.irqs[key] for key in self._releasing[vcpu] if not self.irqs[key].active]

    def victim(self, vcpu: int, done: Completion) -> tuple[Irq, Instance] | None:
        """What a completion deactivates in a list register, as far as this vCPU has acknowledged it."""
        if not done.ends or not done.word:
            return None
        irq = self.irq(vcpu, done.word.intid)
        instance = irq.active.get(self.slot(irq.intid, done.source))
        return (irq, instance) if instance and instance.vcpu == vcpu else None

    def outside(self, vcpu: int, done: Completion, state: BankState) -> tuple[Irq, Instance] | None:
        """The active interrupt in no list register whose completion was counted; None if nobody can tell."""
        if not done.counted:
            return None
        outside = list(self._outside(vcpu, state))
        if done.dropped is not None and any(instance.dropped or instance.unsure for _, instance in outside):
            return None
        for irq, instance in outside:
            if irq.intid == done.intid and done.dropped in (None, instance.bit):
                return irq, instance
        return None

    def _outside(self, vcpu: int, state: BankState) -> Iterator[tuple[Irq, Instance]]:
        inside = {word.intid for word in used(state) if word.state & ACTIVE}
        return ((irq, instance) for irq, instance in self.actives(vcpu) if irq.intid not in inside)

    # ---- what changes them

    def handlers(self) -> Handlers:
        """To be called after all checkers."""
        return {
            LineChanged: self._line_changed,
            Injecting: self._inject,
            LockTaken: self._lock_taken,
            Injected: self._injected,
            Mapped: self._mapped,
            Sampled: self._sampled,
            PhysicalTaken: self._physical_taken,
            PhysicalChanged: self._physical_changed,
            Deactivated: self._deactivated,
            Flushing: self._flushing,
            Entered: self._entered,
            Cancelled: self._cancelled,
            Exited: self._exit,
            Synced: self._synced,
            Acknowledged: self._acknowledged,
            Completed: self._completed,
            TrapStarted: self._trap_started,
            TrapEnded: self._trap_ended,
        }

    def _mapped(self, event: Mapped) -> None:
        irq = self.irq(event.vcpu, event.intid)
        irq.pintid = event.pintid
        self._pintids[irq.key[0], event.pintid] = irq

    def _line_changed(self, event: LineChanged) -> None:
        irq = self.irq(event.vcpu, event.intid)
        if irq.pintid is not None:
            irq.wire = bool(event.level)
            if not event.level:
                irq.lowered = self.now
                irq.pending_since = None

    def _inject(self, event: Injecting) -> None:
        irq = self.irq(event.vcpu, event.intid)
        irq.contended = irq in self._injecting.values()
        self._injecting[event.actor, event.level] = irq
        self._began[event.actor, event.level] = self.now
        irq.is_new = False
        if irq.edge:
            if event.level:
                self._credit(irq, 0)
        elif irq.pintid is not None:
            if event.level:
                irq.told = self.now
        elif event.level:
            irq.line_may = True
        else:
            irq.line = False
            irq.pending_since = None

    def _credit(self, irq: Irq, source: int) -> None:
        """One more reason: with one in a list register the next is kept, and all others merge with it."""
        number = irq.credits.get(source, 0) + 1
        irq.credits[source] = number if irq.is_sgi and self._sgi_per_source else min(number, 2)
        irq.credited[source] = self.now

    def _confirm(self, irq: Irq, source: int, since: int) -> None:
        """What gave that reason is over: a delivery meanwhile may have come before it had an effect."""
        if irq.taken.get(source, NEVER) > since:
            irq.credits[source] = max(irq.credits.get(source, 0), 1)

    def _withdraw(self, irq: Irq, source: int, since: int) -> None:
        """The reason is taken back, unless it may have come later than the access that does so."""
        if self.may_be_setting(irq) or irq.credited.get(source, NEVER) > since:
            return
        if irq.credits.pop(source, 0):
            irq.withdrawn[source] = self.now

    def _lock_taken(self, event: LockTaken) -> None:
        """The moment at which an edge is accepted (NV-INJ-2)."""
        lock = event.lock
        irq = self._injecting.get((event.actor, 1))
        if irq and (lock.rank is Rank.DISTRIBUTOR or (lock.rank is Rank.IRQ and lock.id == irq.intid)):
            self._accept(event.actor, irq)

    def _accept(self, actor: str, irq: Irq) -> None:
        """Once for each injection."""
        if actor not in self._accepted:
            self._accepted.add(actor)
            if irq.edge and self.on is not None and not irq.clearing:
                irq.owed[0] = self.now

    def _injected(self, event: Injected) -> None:
        irq = self._injecting.pop((event.actor, event.level))
        began = self._began.pop((event.actor, event.level))
        if event.level and irq.edge:
            self._confirm(irq, 0, began)
        if event.level and not event.result:
            self._accept(event.actor, irq)
            self._accepted.discard(event.actor)
        if irq.edge or irq.pintid is not None:
            if 0 in irq.owed and irq.pending_since is None:
                irq.pending_since = self.now
        elif irq.contended:  # who came first?
            irq.lowered = self.now
        elif not event.level:
            irq.line_may, irq.lowered = False, self.now
        elif not event.result:
            irq.line = True
            if irq.pending_since is None and not irq.active:
                irq.pending_since = self.now

    # ---- physical interrupts

    def _sampled(self, event: Sampled) -> None:
        irq = self.by_pintid(event.vcpu, event.pintid)
        if irq and event.level:
            irq.told = self.now

    def _physical_taken(self, event: PhysicalTaken) -> None:
        if irq := self.by_pintid(event.vcpu, event.pintid):
            irq.physically_active = True

    def _physical_changed(self, event: PhysicalChanged) -> None:
        irq = self.by_pintid(event.vcpu, event.pintid)
        if irq and event.operation is Physical.ACTIVATE:
            irq.physically_active = True
        elif irq and event.operation in (Physical.DEACTIVATE, Physical.DIR):
            irq.physically_active = False

    def _deactivated(self, event: Deactivated) -> None:
        if irq := self.by_pintid(event.vcpu, event.pintid):
            irq.physically_active = False

    # ---- a vCPU's way

    def _flushing(self, event: Flushing) -> None:
        self.flushing[event.vcpu] = self.now
        self._loading.setdefault(event.vcpu, self.now)

    def _entered(self, event: Entered) -> None:
        self._hold(event.vcpu, event.state)

    def _cancelled(self, event: Cancelled) -> None:
        if self._takes_back:
            self._hold(event.vcpu, event.state)
            self._left[event.vcpu] = used(event.state)

    def _hold(self, vcpu: int, state: BankState) -> None:
        """What a given-up entry has loaded stays loaded where nothing is taken back."""
        old, keys = self.held[vcpu], ((word.intid, word.source) for word in used(state))
        if self._takes_back:
            self.held[vcpu] = dict.fromkeys(keys, self.flushing[vcpu])
        else:
            self.held[vcpu] = {key: old.get(key, self._loading[vcpu]) for key in keys}

    def _exit(self, event: Exited) -> None:
        self.exited[event.vcpu] = self.now
        self._loading.pop(event.vcpu, None)
        self._left[event.vcpu] = left = used(event.state)
        inside = {(word.intid, word.source) for word in left}
        self.held[event.vcpu] = {k: v for k, v in self.held[event.vcpu].items() if k in inside}

    def _synced(self, event: Synced) -> None:
        for word in self._left[event.vcpu] if self._takes_back else ():
            irq = self.irq(event.vcpu, word.intid)
            if not self.may_be_setting(irq):  # what was pending twice is so once
                for source, number in irq.credits.items():
                    irq.credits[source] = min(number, 1)
            if word.state & PENDING:
                self._sample(event.vcpu, irq)
        for key, folds in self._releasing.pop(event.vcpu, {}).items():
            irq = self.irqs[key]
            if folds:
                self._sample(event.vcpu, irq)
            if not irq.active:
                irq.inactive_since = self.now
                if irq.pending_since is None and irq.line:
                    irq.pending_since = self.now

        moved = self._moving[event.vcpu]
        kept = set() if self._takes_back else {intid for intid, _ in self.held[event.vcpu]}
        since_flush = self.flushing[event.vcpu]
        for key in [key for key, since in moved.items() if since < since_flush and key[1] not in kept]:
            del moved[key]
            if not self.irqs[key].astray and not any(key in others for others in self._moving.values()):
                self.irqs[key].settled_since = self.now

    def _sample(self, vcpu: int, irq: Irq) -> None:
        """A fold reads the wire of a mapped level."""
        if not irq.wire and irq.lowered < self.exited[vcpu] and irq not in self._injecting.values():
            irq.told = NEVER

    # ---- the guest

    def _acknowledged(self, event: Acknowledged) -> None:
        if event.intid >= NONE:
            return
        irq = self.irq(event.vcpu, event.intid)
        source = event.value >> 10 & 7 if irq.is_sgi else 0
        equals = bests(event.before)
        assert equals
        word = next((word for word in equals if names(word, event.value)), equals[0])
        held = self.held[event.vcpu].get((irq.intid, source), self.flushing[event.vcpu])
        if irq.withdrawn.pop(source, NEVER) < held:  # else it may be what was taken back
            irq.credits[source] = max(irq.credits.get(source, 0) - 1, 0)
        if irq.told < self.flushing[event.vcpu]:
            irq.told = NEVER
        irq.taken[source] = self.now
        irq.owed.pop(source, None)
        irq.pending_since = self.now if irq.owed else None
        bit = group_priority(event.before, word) >> 3
        slot = self.slot(irq.intid, source)
        repeats = irq.is_sgi and self._sgi_per_source and slot in irq.active
        times = irq.active[slot].times + 1 if repeats else 1
        irq.active[slot] = Instance(event.vcpu, source, bit, mapped=bool(word.hw), times=times)
        irq.inactive_since = None

    def _completed(self, event: Completed) -> None:
        done = completion(event.before, event.register, event.value)
        ended = self.victim(event.vcpu, done) or self.outside(event.vcpu, done, event.before)
        if done.counted and done.dropped is not None and not ended:
            for _, instance in self._outside(event.vcpu, event.before):
                instance.unsure = True
        if done.dropped is not None:
            dropped = [
                instance
                for _, instance in self.actives(event.vcpu)
                if instance.bit == done.dropped and not instance.dropped
            ]
            if dropped:
                dropped[-1].dropped = True
        if ended:
            self._end(*ended, folds=True)

    def _end(self, irq: Irq, instance: Instance, *, folds: bool = False) -> None:
        """`folds`: by the guest, so that its vCPU's sync folds it; else the VGIC has done it already."""
        instance.times -= 1
        if not instance.times:
            del irq.active[self.slot(irq.intid, instance.source)]
        self._releasing[instance.vcpu][irq.key] = folds

    # ---- the distributor

    def _trap_started(self, event: TrapStarted) -> None:
        if event.offset is None:  # DIR: its interrupt may be active elsewhere, until it ends some time now
            for instance in self.irq(event.vcpu, event.value & 0x3FF).active.values():
                instance.unsure |= instance.vcpu != event.vcpu
        now_written = list(writes(event))
        self._traps[event.vcpu] = self.now, now_written
        for what, intid, value in now_written:
            if what in (Set.SGI, Set.SOURCES, Set.RESERVED):
                for irq, source in self._sent(event.vcpu, what, intid, value):
                    self._credit(irq, source)
                for irq, source in self._unsent(event.vcpu, what, intid, value):
                    self._forget(irq, source)
                continue
            irq = self.irq(event.vcpu, intid)
            if what is Set.ENABLE and value:
                irq.enabled_may = True
            elif what is Set.ENABLE:
                irq.enabled = False
            elif what is Set.PEND and value:
                self._credit(irq, 0)
                irq.is_new = False
            elif what is Set.PEND or what is Set.EDGE:
                irq.clearing += what is Set.PEND
                irq.owed.clear()
                if irq.edge:
                    irq.pending_since = None
            elif what in (Set.PRIORITY, Set.GROUP, Set.TARGETS):
                irq.changing += 1
            elif what is Set.CTLR and not value:
                self.on = None

    def _sent(self, sender: int, what: Set, intid: int, value: int) -> Iterator[tuple[Irq, int]]:
        """SGIs that a write sends, with their sources."""
        if what is Set.SGI or (what is Set.RESERVED and self._sgi_per_source):  # CL-SGI-1
            for target in range(self.vcpus):
                if value >> target & 1:
                    yield self.irq(target, intid), sender
        elif what is Set.SOURCES and value >> 8:
            for source in range(8):
                if value >> source & 1:
                    yield self.irq(sender, intid), source

    def _unsent(self, vcpu: int, what: Set, intid: int, value: int) -> Iterator[tuple[Irq, int]]:
        """The same of SGIs that a write takes back."""
        if what is Set.SOURCES and not value >> 8:
            for source in range(8):
                if value >> source & 1:
                    yield self.irq(vcpu, intid), source

    def _forget(self, irq: Irq, source: int) -> None:
        """It is not owed any more, but may still come."""
        irq.owed.pop(source, None)
        if not irq.owed:
            irq.pending_since = None

    def _trap_ended(self, event: TrapEnded) -> None:
        since, written = self._traps.pop(event.vcpu)
        if event.aborted:
            return
        if event.offset is None:
            self._directed(event.vcpu, event.value)
        for what, intid, value in written:
            self._write(event.vcpu, what, intid, value, since)

    def _directed(self, vcpu: int, value: int) -> None:
        """A trapped write of DIR, EOImode 1."""
        irq = self.irq(vcpu, value & 0x3FF)
        instance = irq.active.get(self.slot(irq.intid, value >> 10 & 7))
        if instance and (not irq.is_sgi or instance.source == value >> 10 & 7):
            self._end(irq, instance)

    def _write(self, vcpu: int, what: Set, intid: int, value: int, since: int) -> None:
        if what is Set.RESERVED:
            return
        if what is Set.CTLR:
            self._switch(bool(value), since)
            return
        if what is Set.SGI or what is Set.SOURCES:
            for irq, source in self._sent(vcpu, what, intid, value):
                # What came in between may have merged with it, or taken it back.
                is_gone = max(irq.taken.get(source, NEVER), irq.unsent.get(source, NEVER)) > since
                if irq.credits.get(source) and not is_gone and self.on is not None:
                    irq.owed[source] = self.now
                    irq.pending_since = irq.pending_since or self.now
                self._confirm(irq, source, since)
            for irq, source in self._unsent(vcpu, what, intid, value):
                irq.unsent[source] = self.now
                self._forget(irq, source)
                self._withdraw(irq, source, since)
            return
        irq = self.irq(vcpu, intid)
        irq.changing -= what in (Set.PRIORITY, Set.GROUP, Set.TARGETS)
        if what is Set.ENABLE:
            if value and not irq.enabled and irq.settled_since is not None:
                irq.settled_since = self.now
            overlaps = irq.switched > since or self._is_written(irq, Set.ENABLE)
            irq.switched = self.now
            irq.enabled = bool(value) and not overlaps
            irq.enabled_may = bool(value) or overlaps
            irq.disabled = irq.disabled if value else self.now
            for instance in irq.active.values() if self._drops_disabled and not value else ():
                instance.lost = True
        elif what is Set.PEND and not value:
            irq.clearing -= 1
            self._withdraw(irq, 0, since)
            irq.owed.clear()
        elif what is Set.PEND:
            self._confirm(irq, 0, since)
        elif what is Set.PRIORITY:
            irq.priority = value
            if irq.settled_since is not None:
                irq.settled_since = self.now
        elif what is Set.TARGETS:
            overlaps = self._is_written(irq, Set.TARGETS) or irq.retargeted > since
            self._retarget(irq, value & (1 << self.vcpus) - 1, overlaps=overlaps)
        elif what is Set.EDGE and intid >= FIRST_SPI and irq.edge != bool(value):
            irq.edge = bool(value)
            self._forget_wire(irq)
        elif what is Set.GROUP:
            irq.group = value
            if irq.settled_since is not None:
                irq.settled_since = self.now
        elif what is Set.ACTIVE and not value and self._changes_active:
            for instance in list(irq.active.values()):
                self._end(irq, instance)
                if not irq.edge:  # what software has made pending stays so until a completion (NV-SYNC-6)
                    irq.credits[0] = max(irq.credits.get(0, 0), 1)

    def _switch(self, on: bool, since: int) -> None:
        """The distributor: if another vCPU switches it off meanwhile, it may be off, or not all be queued."""
        written = [write for _, trap in self._traps.values() for write in trap]
        if not on:
            self.on, self._off = None, self.now
        elif self._off > since or any(what is Set.CTLR and not value for what, _, value in written):
            self.on = None
        elif self.on is None:
            self.on = self.now

    def _is_written(self, irq: Irq, what: Set) -> bool:
        """Whether somebody else is about to write this of it, too."""
        return any(
            which is what and intid == irq.intid and self.irq(vcpu, intid) is irq
            for vcpu, (_, trap) in self._traps.items()
            for which, intid, _ in trap
        )

    def _forget_wire(self, irq: Irq) -> None:
        """What was told while edge and level were exchanged may have been taken for either."""
        irq.line = False
        irq.contended = True
        irq.owed.clear()
        irq.pending_since = None

    def may_be_setting(self, irq: Irq) -> bool:
        """Whether somebody is about to make it pending."""
        return irq in self._injecting.values() or any(
            (what is Set.PEND and value and self.irq(vcpu, intid) is irq)
            or any(one is irq for one, _ in self._sent(vcpu, what, intid, value))
            for vcpu, (_, trap) in self._traps.items()
            for what, intid, value in trap
            if intid == irq.intid
        )

    def _retarget(self, irq: Irq, targets: int, *, overlaps: bool) -> None:
        """It may still be on a list of the old target, until that has pruned it; on any, if none is known."""
        old = set(range(self.vcpus)) if irq.astray else {irq.target}
        irq.targets, irq.retargeted, irq.astray = targets, self.now, overlaps
        left = {vcpu for vcpu in old if vcpu not in (None, irq.target) and not (overlaps or irq.is_new)}
        for vcpu in left:
            self._moving[vcpu][irq.key] = self.now
        if overlaps or left:
            irq.settled_since = None
        elif irq.is_new:
            irq.settled_since = irq.settled_since or self.now
