# SPDX-License-Identifier: Apache-2.0
"""What happened when: list registers, lines, entries, lists and single events, step by step.

A step is an access, or an event that a machine publishes.
"""

from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple

from gicv2_registers import GICH_HCR_EOICOUNT_LSB
from tb.model import trace
from tb.model.hardware.gic import Gic
from tb.model.ledger import Ledger, Snapshot, Violation
from tb.model.machine.events import (
    Accessed,
    Acknowledged,
    BankState,
    Blocked,
    Cancelled,
    Cause,
    Completed,
    Entered,
    Exited,
    Injected,
    Injecting,
    Kicked,
    LineChanged,
    Loaded,
    MaintenanceTaken,
    Publisher,
    Put,
    Rested,
    Synced,
    TrapEnded,
    Woken,
)
from tb.model.machine.operations import ACKNOWLEDGE, COMPLETE

CAUSES: Final = (*Cause, None)  # None: the entry was given up


class What(IntEnum):
    """Kinds of single events."""

    INJECTION = 0
    LOWERED = 1  # a level device's wire
    DELIVERY = 2
    COMPLETION = 3
    KICK = 4
    MAINTENANCE = 5
    SLEEP = 6
    WAKE = 7


class Mark(NamedTuple):
    """A single event.

    place  the vCPU; in a trace the CPU; -1: none
    value  the INTID; of MAINTENANCE GICH_MISR
    """

    step: int
    what: What
    place: int
    value: int


class Span(NamedTuple):
    """From `start` to `end`, without it. `cause`: why a guest's run ended, by its place in CAUSES."""

    start: int
    end: int
    vcpu: int
    cause: int = 0


class Track:
    """A value that changes now and then: `changes` from step to value, 0 before them."""

    def __init__(self) -> None:
        self.changes: Final[list[tuple[int, int]]] = []
        self._value = 0

    def set(self, step: int, value: int) -> None:
        """From this step on it is `value`."""
        if value == self._value:
            return
        if self.changes and self.changes[-1][0] == step:
            self.changes.pop()
        self.changes.append((step, value))
        self._value = value

    @property
    def highest(self) -> int:
        """The largest value."""
        return max((value for _, value in self.changes), default=0)


class Bank:
    """Of one CPU: what its list registers hold, its lines, its causes of maintenance, and who runs on it.

    lines  bits 0 to 2: maint, virq, vfiq
    """

    def __init__(self, num_lr: int) -> None:
        self.lrs: Final = [Track() for _ in range(num_lr)]
        self.lines: Final = Track()
        self.misr: Final = Track()
        self.eoicount: Final = Track()
        self.loads: Final[list[Span]] = []
        self.runs: Final[list[Span]] = []

    def sample(self, step: int, words: tuple[int, ...], lines: tuple[int, ...]) -> None:
        """What the hardware shows after a step."""
        state = BankState.of(words)
        for track, word in zip(self.lrs, state.lrs, strict=True):
            track.set(step, word)
        self.lines.set(step, sum(bool(level) << bit for bit, level in enumerate(lines)))
        self.misr.set(step, state.misr)
        self.eoicount.set(step, state.hcr >> GICH_HCR_EOICOUNT_LSB)


class Timeline:
    """All of it.

    steps     how many
    banks     by CPU
    depths    length of each vCPU's list, where the VGIC has lists
    marks     single events, in order
    findings  violations, with the step that showed them
    """

    def __init__(self, cpus: int, num_lr: int, vcpus: int = 0) -> None:
        self.steps = 0
        self.banks: Final = [Bank(num_lr) for _ in range(cpus)]
        self.depths: Final = [Track() for _ in range(vcpus)]
        self.marks: Final[list[Mark]] = []
        self.findings: Final[list[tuple[int, Violation]]] = []

    def mark(self, what: What, place: int, value: int) -> None:
        """A single event, in a step of its own."""
        self.steps += 1
        self.marks.append(Mark(self.steps, what, place, value))


class Watcher:
    """A subscriber that makes a timeline of a run."""

    def __init__(
        self,
        publisher: Publisher,
        timeline: Timeline,
        words: Callable[[int], tuple[int, ...]],
        snapshot: Snapshot | None,
    ) -> None:
        """`words` of a bank, as Hardware has them; `snapshot`: where the lists can be seen."""
        self._timeline: Final = timeline
        self._words: Final = words
        self._snapshot: Final = snapshot
        self._loaded: Final[dict[int, int]] = {}  # by CPU, since when
        self._entered: Final[dict[int, int]] = {}
        publisher.subscribe(Accessed, self._access)
        publisher.subscribe(Loaded, self._load)
        publisher.subscribe(Put, self._put)
        publisher.subscribe(Entered, self._enter)
        publisher.subscribe(Exited, self._exit)
        publisher.subscribe(Cancelled, self._cancel)
        mark = timeline.mark
        publisher.subscribe(Injecting, self._inject)
        publisher.subscribe(LineChanged, self._drive)
        publisher.subscribe(Acknowledged, self._acknowledge)
        publisher.subscribe(Completed, lambda e: mark(What.COMPLETION, e.vcpu, e.value & 0x3FF))
        publisher.subscribe(Kicked, lambda e: mark(What.KICK, e.vcpu, 0))
        publisher.subscribe(MaintenanceTaken, self._maintain)
        publisher.subscribe(Blocked, lambda e: mark(What.SLEEP, e.vcpu, 0))
        publisher.subscribe(Woken, lambda e: mark(What.WAKE, e.vcpu, 0))
        for kind in (Injected, Synced, TrapEnded, Entered):
            publisher.subscribe(kind, self._measure)

    def follow(self, ledger: Ledger, publisher: Publisher) -> None:
        """Note what the ledger finds, as soon as it does. After the ledger was made."""

        def look(_: object) -> None:
            for violation in ledger.violations[len(self._timeline.findings) :]:
                self._timeline.findings.append((self._timeline.steps, violation))

        for kind in (Accessed, Acknowledged, Completed, Entered, Exited, Synced, Blocked, Rested):
            publisher.subscribe(kind, look)

    def _access(self, event: Accessed) -> None:
        timeline = self._timeline
        timeline.steps += 1
        timeline.banks[event.cpu].sample(timeline.steps, self._words(event.cpu), event.lines)

    def _load(self, event: Loaded) -> None:
        self._loaded[event.cpu] = self._timeline.steps

    def _put(self, event: Put) -> None:
        timeline = self._timeline
        span = Span(self._loaded.pop(event.cpu), timeline.steps + 1, event.vcpu)
        timeline.banks[event.cpu].loads.append(span)

    def _enter(self, event: Entered) -> None:
        self._timeline.steps += 1
        self._entered[event.cpu] = self._timeline.steps

    def _exit(self, event: Exited) -> None:
        self._end(event.cpu, event.vcpu, self._entered.pop(event.cpu), event.cause)

    def _cancel(self, event: Cancelled) -> None:
        self._end(event.cpu, event.vcpu, self._timeline.steps, None)

    def _end(self, cpu: int, vcpu: int, start: int, cause: Cause | None) -> None:
        timeline = self._timeline
        timeline.steps += 1
        timeline.banks[cpu].runs.append(Span(start, timeline.steps, vcpu, CAUSES.index(cause)))

    def _inject(self, event: Injecting) -> None:
        if event.level:
            self._timeline.mark(What.INJECTION, _number(event.vcpu), event.intid)

    def _drive(self, event: LineChanged) -> None:
        if not event.level:
            self._timeline.mark(What.LOWERED, _number(event.vcpu), event.intid)

    def _acknowledge(self, event: Acknowledged) -> None:
        if event.intid < trace.LAST_INTID + 1:
            self._timeline.mark(What.DELIVERY, event.vcpu, event.intid)

    def _maintain(self, event: MaintenanceTaken) -> None:
        misr = BankState.of(self._words(event.cpu)).misr
        self._timeline.mark(What.MAINTENANCE, event.vcpu, misr)

    def _measure(self, _: object) -> None:
        lists = self._snapshot.lists() if self._snapshot else []
        for track, waiting in zip(self._timeline.depths, lists, strict=False):
            track.set(self._timeline.steps, len(waiting))


def of_trace(path: Path) -> Timeline:
    """Of a trace: what its accesses make of the reference model. A trace knows of no vCPUs and no entries."""
    parameters = trace.device(path)
    timeline = Timeline(parameters.num_cpu, parameters.num_lr)
    gic = Gic(parameters)
    for record in trace.read(path):
        if record.op == "reset":
            gic.reset()
        if record.address is None or record.value is None:
            continue
        timeline.steps += 1
        answer = gic.access(record.cpu, record.op == "w", record.address, record.value, record.strb)
        for cpu in {record.cpu, record.cpu if record.bank is None else record.bank}:
            timeline.banks[cpu].sample(timeline.steps, gic.banks[cpu].words, gic.banks[cpu].lines)
        intid = (record.value if record.op == "w" else answer.value) & 0x3FF
        if record.op == "r" and record.reg in ACKNOWLEDGE and intid <= trace.LAST_INTID:
            timeline.mark(What.DELIVERY, record.cpu, intid)
        elif record.op == "w" and record.reg in COMPLETE:
            timeline.mark(What.COMPLETION, record.cpu, intid)
    return timeline


def _number(vcpu: int | None) -> int:
    return -1 if vcpu is None else vcpu
