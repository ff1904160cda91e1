# SPDX-License-Identifier: Apache-2.0
"""Replay of traces on the RTL, in lockstep with the reference.

Accesses go onto the bus in the order of the trace, one a clock. Those that hold a channel back go one by one,
each as soon as the one before is accepted. A recorder's trace ("timed" in the meta of its resets) gives the
timing of every channel and is repeated to the clock.
"""

import json
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyuvm
from cocotb.triggers import Event
from pyuvm import uvm_subscriber

from tb import settings, watch
from tb.model import trace
from tb.model.hardware.address_map import decode
from tb.model.hardware.device import Accept
from tb.model.hardware.virtual_interface import Lines
from tb.model.replay import ReplayChecker, Summary
from tb.model.trace import Record
from tb.uvm import config
from tb.uvm.axi_lite import Access, Hold
from tb.uvm.base_test import LockstepTest
from tb.uvm.deactivation import ALWAYS
from tb.uvm.monitor import note_moment
from tb.uvm.predictor import Accepted
from tb.uvm.recorder import RESET_EDGES, UNACCEPTED, unaccepted_access
from tb.uvm.reset import RESET_EDGES as DEFAULT_RESET_EDGES
from tb.uvm.sample import CycleSample
from tb.uvm.sequences import PortSequence, TakeDeactivations

VERBOSE: Final = settings.switch("V")
SUMMARY: Final = "replay.json"  # in the directory of the run; tb/commands/replay.py reads it
BATCH: Final = 512  # accesses that go onto the bus back to back


class Request(NamedTuple):
    """A read or write of the trace, and the access it became."""

    line: int
    record: Record
    access: Access


class _Answer(NamedTuple):
    """What the reference answered to a request, and the lines of all CPUs when it had taken effect."""

    request: Request
    levels: Sequence[Lines]
    access: Accept


class Reporter(uvm_subscriber):
    """Tells the ReplayChecker what became of each request: the datum from the bus, the lines from the pins.

    Lines are judged at T+1, with IRQ_REG=1 at T+2 (V2-CYC-1). The deactivation is the reference's, to which
    the scoreboard holds the port; so is the answer to an access that a reset took away.
    """

    def __init__(self, name: str, parent: Any, num_cpu: int, latency: int) -> None:
        super().__init__(name, parent)
        self.accepted_export = uvm_subscriber.uvm_AnalysisImp("accepted_export", self, self.write_accepted)
        self._num_cpu = num_cpu
        self._latency = latency
        self._checker: ReplayChecker | None = None
        self._requests: dict[tuple[int, bool], deque[Request]] = defaultdict(deque)
        self._unaccepted = 0
        self._effects: deque[tuple[int, Request, Accepted]] = deque()
        self._answers: deque[_Answer] = deque()
        self._changed = Event()

    def expect(self, checker: ReplayChecker, requests: Iterable[Request]) -> None:
        """These requests are on their way."""
        self._checker = checker
        for request in requests:
            self._requests[request.record.cpu, request.access.write].append(request)
            self._unaccepted += 1

    async def all_accepted(self) -> None:
        """Wait until the reference has accepted all requests."""
        while self._unaccepted:
            self._changed.clear()
            await self._changed.wait()

    async def all_reported(self) -> None:
        """Wait until the checker knows of all requests."""
        while self._unaccepted or self._effects or self._answers:
            self._changed.clear()
            await self._changed.wait()

    def write_accepted(self, accepted: Accepted) -> None:
        requests = self._requests[accepted.access.cpu, accepted.access.write]
        if requests:
            self._effects.append((accepted.cycle + self._latency, requests.popleft(), accepted))
            self._unaccepted -= 1
            self._changed.set()

    def write(self, sample: CycleSample) -> None:
        while self._effects and self._effects[0][0] == sample.cycle:
            _, request, accepted = self._effects.popleft()
            levels = [sample.lines(cpu) for cpu in range(self._num_cpu)]
            self._answers.append(_Answer(request, levels, accepted.access))
        while self._answers and self._answers[0].request.access.answered:
            (line, record, access), levels, answer = self._answers.popleft()
            value, error = (answer.value, answer.error) if access.aborted else (access.value, access.error)
            deactivated = () if answer.deactivated is None else (answer.deactivated,)
            self._checker.report(line, levels, value, error, deactivated)
            if self._checker.summary.mismatches:
                note_moment()
            if VERBOSE:
                place = record.reg or f"0x{access.addr:04x}"
                watch.leave_access(watch.words(record.cpu, access.write, place, value, levels[record.cpu]))
            self._changed.set()


class Issue(PortSequence):
    """Hands accesses to a port."""

    def __init__(self, accesses: Sequence[Access]) -> None:
        super().__init__("issue")
        self._accesses = accesses

    async def body(self) -> None:
        await self.issue(self._accesses)


class Episode:
    """What a trace says, beside the accesses, about the time from one reset to the next."""

    def __init__(self, reset: Record) -> None:
        self.cycle = reset.cycle or 0
        self.reset_edges = reset.meta.get(RESET_EDGES, DEFAULT_RESET_EDGES)
        self.is_timed = bool(reset.meta.get(trace.TIMED))
        self.unaccepted: list[tuple[int, Access]] = []  # CPU and access
        self._holds: dict[int, list[int]] = defaultdict(list)

    def add(self, record: Record, num_cpu: int) -> None:
        """Note what a record says of the deactivation port, and accesses too late to be accepted."""
        if record.deact and record.address is not None:
            bank = decode(record.cpu, record.address, num_cpu).bank
            self._holds[bank].append(record.hold.get("deact", 0))
        if UNACCEPTED in record.extra:
            self.unaccepted.append((record.cpu, unaccepted_access(record.extra[UNACCEPTED])))

    def holds(self, bank: int) -> Iterator[int]:
        """For each deactivation request of a bank, the cycles for which it is not taken."""
        return chain(self._holds[bank], repeat(0)) if any(self._holds[bank]) else ALWAYS


def episodes(path: str, num_cpu: int) -> list[Episode]:
    """All episodes of a trace."""
    found: list[Episode] = []
    for record in trace.read(path):
        if record.op == "reset":
            found.append(Episode(record))
        elif record.deact or record.extra:
            found[-1].add(record, num_cpu)
    return found


def request(line: int, record: Record) -> Request:
    """The access that a record asks for."""
    hold = Hold(**{channel: cycles for channel, cycles in record.hold.items() if channel in Hold._fields})
    return Request(line, record, Access(record.op == "w", record.address, record.value, record.strb, hold))


@pyuvm.test()
class Replay(LockstepTest):
    """Option `traces`: the files, in JSON. Option `records`: how many of each, all by default."""

    def build_phase(self) -> None:
        super().build_phase()
        self.reporter = Reporter("reporter", self, self.parameters.num_cpu, 1 + self.parameters.irq_reg)

    def connect_phase(self) -> None:
        self.env.monitor.ap.connect(self.reporter.analysis_export)
        self.env.predictor.accepted.connect(self.reporter.accepted_export)

    async def stimulate(self) -> None:
        limit = config.option("records", "")
        total = Summary()
        for path in json.loads(config.option("traces", "[]")):
            self.env.recorder.replayed = path
            self._checker = ReplayChecker(path, int(limit) if limit else None)
            self._episodes = deque(episodes(path, self.parameters.num_cpu))
            await (self._repeat() if self._episodes[0].is_timed else self._follow())
            await self.reset()  # drops what a recorder's trace left under way
            total += self._checker.finish()
        Path(SUMMARY).write_text(json.dumps(asdict(total)))

    async def _follow(self) -> None:
        """In the order of the trace."""
        batch: list[Request] = []
        for line, record in self._checker.requests():
            alone = record.op == "reset" or record.hold or not self._is_quiet
            if alone or len(batch) == BATCH:
                await self._issue_back_to_back(batch)
                batch = []
            if record.op == "reset":
                await self._begin(self._episodes.popleft(), line)
            elif alone:
                await self._issue([request(line, record)])
                await self.reporter.all_accepted()
            else:
                batch.append(request(line, record))
        await self._issue_back_to_back(batch)
        await self.reporter.all_reported()

    async def _repeat(self) -> None:
        """To the clock."""
        begins: list[tuple[int, list[Request]]] = []
        for line, record in self._checker.requests():
            if record.op == "reset":
                begins.append((line, []))
            else:
                begins[-1][1].append(request(line, record))
        previous = None
        for line, requests in begins:
            episode = self._episodes.popleft()
            after = episode.cycle - previous.cycle - previous.reset_edges if previous else 0
            await self._begin(episode, line, after)
            await self._issue(requests, episode.unaccepted)
            previous = episode
        await self.reporter.all_reported()

    async def _begin(self, episode: Episode, line: int, after: int = 0) -> None:
        await self.reset(episode.reset_edges, after)
        cpus = range(self.parameters.num_cpu)
        for bank in cpus:
            await TakeDeactivations(bank, episode.holds(bank)).start(self.env.deactivation.sequencer)
        self._checker.report(line, [self.env.monitor.last.lines(cpu) for cpu in cpus])

    async def _issue_back_to_back(self, requests: Sequence[Request]) -> None:
        """One a clock over all ports: each channel waits as long as others have their turn."""
        last: dict[tuple[int, bool], int] = defaultdict(lambda: -1)
        for turn, (_, record, access) in enumerate(requests):
            gap = turn - last[record.cpu, access.write] - 1
            last[record.cpu, access.write] = turn
            if gap:
                access.hold = Hold(aw=gap, w=gap) if access.write else Hold(ar=gap)
        await self._issue(requests)
        await self.reporter.all_reported()

    async def _issue(self, requests: Sequence[Request], more: Iterable[tuple[int, Access]] = ()) -> None:
        self.reporter.expect(self._checker, requests)
        ports: dict[int, list[Access]] = defaultdict(list)
        for cpu, access in chain(((record.cpu, access) for _, record, access in requests), more):
            ports[cpu].append(access)
        await self.together(*(self.on_port(cpu, Issue(accesses)) for cpu, accesses in ports.items()))

    @property
    def _is_quiet(self) -> bool:
        return not any(port.driver.pins.outstanding for port in self.env.ports)
