# SPDX-License-Identifier: Apache-2.0
"""The fixed set of runs that coverage is taken from, on the reference model of the hardware."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tb import coverage
from tb.coverage.database import Database, merge
from tb.model.cosim import Cosimulation
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import run
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Setup
from tb.model.machine.scenarios import SCENARIOS

NUM_LR: Final = (1, 2, 4, 16, 33)


@dataclass(frozen=True)
class Job:
    """One run."""

    dialect: str
    scenario: str
    setup: Setup


def jobs(seed: int, entries: int, num_lrs: Sequence[int] = NUM_LR) -> list[Job]:
    """Each dialect with each scenario and number of list registers."""
    return [
        Job(dialect, scenario, Setup(vcpus=3, pcpus=2, num_lr=num_lr, seed=seed, entries=entries))
        for num_lr in num_lrs
        for scenario in SCENARIOS
        for dialect in HYPERVISORS
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
        cosim = Cosimulation(job.dialect, job.scenario, job.setup, ReferenceHardware(parameters))
        collector = coverage.attach(cosim.publisher, job.dialect, cosim._machine.board.hypervisor.vgic)
        run(cosim.run())
        database.sample(collector.hits)
        outcome.entries += cosim.tally.entries
        outcome.errors |= {f"{job}: {error}" for error in collector.errors}
    database.save(path)
    return outcome
