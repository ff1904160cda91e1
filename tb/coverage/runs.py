# SPDX-License-Identifier: Apache-2.0
"""The fixed set of runs that coverage is taken from, on the reference model of the hardware."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tb import coverage
from tb.coverage.cited import Lines
from tb.coverage.collector import Collector
from tb.coverage.database import Database, merge
from tb.coverage.point import DIALECTS
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

SIZES: Final = {1: (3, 2), 2: (5, 2), 4: (3, 3), 16: (8, 4), 33: (2, 1)}  # NUM_LR: vCPUs, physical CPUs


@dataclass(frozen=True)
class Job:
    """One run."""

    dialect: str
    scenario: str
    setup: Setup

    def __str__(self) -> str:
        sizes = f"NUM_LR={self.setup.num_lr} VCPUS={self.setup.vcpus} PCPUS={self.setup.pcpus}"
        choice = f"DIALECT={self.dialect} SCENARIO={self.scenario}"
        return f"make cosim {choice} SEED={self.setup.seed} ENTRIES={self.setup.entries} {sizes}"


def jobs(seed: int, entries: int, num_lrs: Iterable[int] = SIZES) -> list[Job]:
    """Each dialect with each scenario and number of list registers."""
    return [
        Job(dialect, scenario, Setup(*SIZES[num_lr], num_lr, seed, entries))
        for num_lr in num_lrs
        for scenario in SCENARIOS
        for dialect in DIALECTS
    ]


class Outcome:
    """Of some runs.

    entries  of guests, in all
    errors   bins that should not have been hit, and runs that ended too early
    lines    of the models, which have run
    """

    def __init__(self) -> None:
        self.entries = 0
        self.errors: set[str] = set()
        self.lines = Lines()


def collect(path: Path, work: Sequence[Job], processes: int) -> Outcome:
    """Run all, and save what they hit in `path`.xml and `path`.yml."""
    shares = [share for first in range(processes) if (share := work[first::processes])]
    parts = [path.with_name(f"{path.name}-{number}") for number in range(len(shares) + 1)]
    total = Outcome()
    with ProcessPoolExecutor(processes) as pool:
        for outcome in pool.map(_run_share, parts[1:], shares):
            total.entries += outcome.entries
            total.errors |= outcome.errors
            total.lines.add(outcome.lines.seen)
    database = Database(coverage.POINTS)
    database.sample(total.lines.hits())
    database.save(parts[0])
    merge(path, parts)
    return total


def _run_share(path: Path, work: Sequence[Job]) -> Outcome:
    """One process's."""
    database = Database(coverage.POINTS)
    outcome = Outcome()
    with outcome.lines.recorded():
        for job in work:
            collector, entries, failure = _run(job)
            database.sample(collector.hits)
            outcome.entries += entries
            errors = collector.errors | ({failure} if failure else set())
            outcome.errors |= {f"{job}: {error}" for error in errors}
    database.save(path)
    return outcome


def _run(job: Job) -> tuple[Collector, int, str]:
    """What it hit, its entries, and why it ended too early."""
    parameters = Parameters(num_cpu=job.setup.pcpus, num_lr=job.setup.num_lr)
    publisher = Publisher()
    tally = Tally(publisher)
    hypervisor, scenario = HYPERVISORS[job.dialect], SCENARIOS[job.scenario]
    machine = Machine(hypervisor, scenario, job.setup, ReferenceHardware(parameters), publisher)
    collector = coverage.attach(publisher, job.dialect, machine.board.hypervisor.vgic)
    failure = ""
    try:
        run(machine.run())
    except (Stuck, LockError, HypervisorStopped) as error:
        failure = str(error)
    return collector, tally.entries, failure
