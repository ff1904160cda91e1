# SPDX-License-Identifier: Apache-2.0
"""Looks for a bug with the general scenarios, one after the other, and with nothing else."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from tb.model.cosim import Cosimulation
from tb.model.defects import FIXED
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import run
from tb.model.ledger import Violation
from tb.model.machine.events import Entered, Exited, Synced
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.machine import Setup
from tb.model.machine.scenarios import SCENARIOS
from tests.museum.exhibit import Exhibit, unchanged

BUDGET: Final = 3  # seeds; with each, every scenario runs once
PCPUS: Final = 2


class Enough(Exception):
    """Ends a co-simulation that has shown a violation."""


class Detection(NamedTuple):
    """How a bug was found.

    runs     until then, the one that shows it included
    entries  guest entries of that run until then
    total    of all runs
    """

    scenario: str
    seed: int
    runs: int
    entries: int
    total: int
    violation: Violation


def hunt(exhibit: Exhibit, seeds: Iterable[int]) -> Detection | None:
    """The first run that ends with an invariant which the bug breaks, and is right without it.

    Each scenario comes once with each seed.
    """
    runs = total = 0
    for seed in seeds:
        for scenario in SCENARIOS:
            runs += 1
            cosim = simulate(exhibit, scenario, seed)
            total += cosim.tally.entries
            first = next(iter(cosim.ledger.violations), None)
            assert first or "Traceback" not in cosim.failure, cosim.failure  # the mutant itself is broken
            if not first or first.id not in exhibit.invariants:
                continue
            if not without_bug(exhibit, scenario, seed).failure:
                return Detection(scenario, seed, runs, cosim.tally.entries, total, first)
    return None


def without_bug(exhibit: Exhibit, scenario: str, seed: int) -> Cosimulation:
    """The same run of the dialect that has no bug."""
    right = replace(exhibit, kind=unchanged(exhibit.dialect), hardware=ReferenceHardware)
    return simulate(right, scenario, seed)


def simulate(exhibit: Exhibit, scenario: str, seed: int) -> Cosimulation:
    """A run, up to the first violation."""
    setup = Setup(exhibit.vcpus, PCPUS, exhibit.num_lr, seed, exhibit.entries)
    hardware = exhibit.hardware(Parameters(num_cpu=PCPUS, num_lr=exhibit.num_lr))
    cosim = Cosimulation(exhibit.dialect + FIXED, scenario, setup, hardware, exhibit.kind)
    stop_at_a_violation(cosim)
    run(cosim.run())
    return cosim


def stop_at_a_violation(cosim: Cosimulation) -> None:
    """Have it end soon after one; before run()."""

    def look(_: object) -> None:
        if cosim.ledger.violations:
            raise Enough

    for event in (Entered, Exited, Synced):
        cosim.publisher.subscribe(event, look)
