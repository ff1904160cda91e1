# SPDX-License-Identifier: Apache-2.0
"""The fixed set of runs that coverage is taken from, on the reference model of the hardware."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tb import coverage
from tb.coverage.database import Database, merge
from tb.coverage.point import DIALECTS
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import run
from tb.model.machine.events import Publisher
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Machine, Setup
from tb.model.machine.scenarios import SCENARIOS
from tb.model.machine.tally import Tally

SIZES: Final = {1: (3, 2), 2: (5, 2), 4: (3, 3), 16: (8, 4), 33: (2, 1)}  # NUM_LR: vCPUs, physical CPUs


@dataclass(frozen=True)
class Job:
    """One run."""

    dialect: str
    scenario: str
    setup: Setup


def jobs(seed: int, entries: int, num_lrs: Iterable[int] = SIZES) -> list[Job]:
    """Each dialect with each scenario and number of list registers."""
    return [
        Job(dialect, scenario, Setup(*SIZES[num_lr], num_lr, seed, entries))
        for num_lr in num_lrs
        for scenario in SCENARIOS
        for dialect in DIALECTS
    ]


@dataclass
class Outcome:
    """Of some runs.

    entries  of guests, in all
    errors   bins that should not have been hit
    """

    entries: int = 0
    errors: set[str] = field(default_factory=set)


def collect(path: Path, work: Sequence[Job], processes: int) -> Outcome:
    """Run all, and save what they hit in `path`.xml and `path`.yml."""
    shares = [work[first::processes] for first in range(processes)]
    parts = [path.with_name(f"{path.name}-{number}") for number in range(len(shares))]
    with ProcessPoolExecutor(processes) as pool:
        outcomes = list(pool.map(_run_share, parts, shares))
    merge(path, parts)
    return Outcome(
        sum(outcome.entries for outcome in outcomes), set().union(*(outcome.errors for outcome in outcomes))
    )


def _run_share(path: Path, work: Sequence[Job]) -> Outcome:
    """One process's."""
    database = Database(coverage.POINTS)
    outcome = Outcome()
    for job in work:
        parameters = Parameters(num_cpu=job.setup.pcpus, num_lr=job.setup.num_lr)
        publisher = Publisher()
        tally = Tally(publisher)
        hypervisor, scenario = HYPERVISORS[job.dialect], SCENARIOS[job.scenario]
        machine = Machine(hypervisor, scenario, job.setup, ReferenceHardware(parameters), publisher)
        collector = coverage.attach(publisher, job.dialect, machine.board.hypervisor.vgic)
        run(machine.run())
        database.sample(collector.hits)
        outcome.entries += tally.entries
        outcome.errors |= {f"{job}: {error}" for error in collector.errors}
    database.save(path)
    return outcome
