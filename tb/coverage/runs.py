# SPDX-License-Identifier: Apache-2.0
"""The fixed set of runs that coverage is taken from, on the reference model of the hardware."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from tb import coverage
from tb.commands.conform import FILES, SHIPPED
from tb.coverage.bus import BusJob
from tb.coverage.cited import Lines
from tb.coverage.collector import Hits
from tb.coverage.database import Database, merge
from tb.coverage.point import DIALECTS
from tb.model.conformance import conform
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.lock_order import LockError
from tb.model.hypervisor.platform import HypervisorStopped, run
from tb.model.machine.events import Publisher
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Machine, Setup
from tb.model.machine.scenarios import SCENARIOS
from tb.model.machine.scheduler import Stuck
from tb.model.machine.tally import Tally

# Where what is to be met is rare: another run, of so many times the entries. It says nothing of lines, except
# for mended dialects, which have fewer runs.
MORE: Final = {
    "contention": 20,
    "crowd": 10,
    "groups": 10,
    "mapped": 20,
    "overflow": 10,
    "sgi-storm": 10,
    "signals": 20,
    "tug-of-war": 60,
    "windows": 400,
}
MENDED: Final = 4  # NUM_LR of the dialects without defects
SIZES: Final = {1: (3, 2), 2: (5, 2), 4: (3, 3), 16: (8, 4), 33: (2, 1)}  # NUM_LR: vCPUs, physical CPUs
DEVICES: Final = (
    Parameters(),
    Parameters(num_cpu=1, num_lr=3),
    Parameters(irq_reg=1),
    Parameters(num_cpu=3, grp_filter=0, hppir_pmr=1),
)


class Job(Protocol):
    """One run; as text, what it is.

    traced  the lines that run are recorded, which makes it slow
    golden  it replays traces of real hypervisors
    """

    traced: bool = True
    golden: bool = False

    def run(self) -> tuple[Hits, int]:
        """What it hits, and its guests' entries."""


@dataclass(frozen=True)
class CosimJob(Job):
    """A co-simulation."""

    dialect: str
    scenario: str
    setup: Setup
    traced: bool = True

    def __str__(self) -> str:
        sizes = f"NUM_LR={self.setup.num_lr} VCPUS={self.setup.vcpus} PCPUS={self.setup.pcpus}"
        choice = f"DIALECT={self.dialect} SCENARIO={self.scenario}"
        return f"make cosim {choice} SEED={self.setup.seed} ENTRIES={self.setup.entries} {sizes}"

    def run(self) -> tuple[Hits, int]:
        parameters = Parameters(num_cpu=self.setup.pcpus, num_lr=self.setup.num_lr)
        publisher = Publisher()
        tally = Tally(publisher)
        hypervisor, scenario = HYPERVISORS[self.dialect], SCENARIOS[self.scenario]
        machine = Machine(hypervisor, scenario, self.setup, ReferenceHardware(parameters), publisher)
        hits = Hits()
        if self.dialect in DIALECTS:  # else it is mended, and only its code counts
            hits = coverage.attach(publisher, self.dialect, machine.board.hypervisor.vgic)
        try:
            run(machine.run())
        except (Stuck, LockError, HypervisorStopped) as error:
            hits.errors.add(f"it ended too early: {error}")
        return hits, tally.entries


@dataclass(frozen=True)
class ConformJob(Job):
    """The replay of software traces of real hypervisors: only the models' code counts."""

    traces: tuple[Path, ...]
    golden = True

    def run(self) -> tuple[Hits, int]:
        hits = Hits()
        hits.errors.update(conform(self.traces).sentences)
        return hits, 0


def jobs(seed: int, entries: int, edges: int, num_lrs: Iterable[int] = SIZES) -> list[Job]:
    """Each dialect with each scenario and number of list registers; devices on a bus; every eighth trace."""
    cosims = [
        CosimJob(dialect, scenario, Setup(*SIZES[num_lr], num_lr, seed, entries))
        for num_lr in num_lrs
        for scenario in SCENARIOS
        for dialect in HYPERVISORS
        if dialect in DIALECTS or num_lr == MENDED
    ]
    return [
        *(BusJob(parameters, seed, edges) for parameters in DEVICES),
        *(ConformJob((trace,)) for trace in sorted(SHIPPED.glob(FILES))[::8]),
        *cosims,
        *(
            replace(
                job,
                setup=replace(job.setup, seed=seed + 1, entries=entries * more),
                traced=job.dialect not in DIALECTS,
            )
            for job in cosims
            if (more := MORE.get(job.scenario))
        ),
    ]


class Outcome:
    """Of some runs.

    entries  of guests, in all
    errors   bins that should not have been hit, and runs that ended too early
    lines    of the models, which have run
    golden   those that have run while golden traces were replayed
    """

    def __init__(self) -> None:
        self.entries = 0
        self.errors: set[str] = set()
        self.lines = Lines()
        self.golden = Lines()

    def add(self, other: "Outcome") -> None:
        """More runs."""
        self.entries += other.entries
        self.errors |= other.errors
        self.lines.add(other.lines.seen)
        self.golden.add(other.golden.seen)


def collect(path: Path, work: Sequence[Job], processes: int) -> Outcome:
    """Run all, and save what they hit in `path`.xml and `path`.yml."""
    shares = [share for first in range(processes) if (share := work[first::processes])]
    parts = [path.with_name(f"{path.name}-{number}") for number in range(len(shares) + 1)]
    total = Outcome()
    with ProcessPoolExecutor(processes) as pool:
        for outcome in pool.map(_run_share, parts[1:], shares):
            total.add(outcome)
    total.lines.add(total.golden.seen)
    database = Database(coverage.POINTS)
    database.sample(total.lines.hits())
    database.save(parts[0])
    merge(path, parts)
    return total


def _run_share(path: Path, work: Sequence[Job]) -> Outcome:
    """One process's."""
    database = Database(coverage.POINTS)
    outcome = Outcome()
    for job in work:
        lines = outcome.golden if job.golden else outcome.lines
        with lines.recorded() if job.traced else nullcontext():
            hits, entries = job.run()
        database.sample(hits.hits)
        outcome.entries += entries
        outcome.errors |= {f"{job}: {error}" for error in hits.errors}
    database.save(path)
    return outcome
