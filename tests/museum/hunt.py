# SPDX-License-Identifier: Apache-2.0
"""Looks for a bug with the general scenarios, one after the other, and with nothing else."""

from collections.abc import Collection, Iterable
from functools import cache
from typing import Final, NamedTuple

from tb.model.cosim import Cosimulation
from tb.model.defects import FIXED
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import run
from tb.model.machine.events import Entered, Exited, Rested, Synced
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.machine import Setup
from tb.model.machine.scenarios import SCENARIOS
from tb.model.stream import stream
from tests.museum.exhibit import Exhibit

BUDGET: Final = 3  # seeds; with each, every scenario runs once
PCPUS: Final = 2


class Case(NamedTuple):
    """A run."""

    dialect: str
    scenario: str
    setup: Setup


class Sighting(NamedTuple):
    """An invariant that did not hold, and the guest entries until then, of all runs."""

    invariant: str
    entries: int


class Hunt(NamedTuple):
    """What came of it.

    cases  that were run; if the bug was found, the last one shows it
    first  the first sign of it, if there was any
    named  the first of the invariants that it is known to break; None: not found
    """

    cases: tuple[Case, ...]
    first: Sighting | None
    named: Sighting | None


class Enough(Exception):
    """Ends a co-simulation that has shown what it was to show."""


def hunt(exhibit: Exhibit, seeds: Iterable[int]) -> Hunt:
    """Run each scenario once with each seed, until an invariant is broken that the bug is known to break.

    In which order they come is drawn from the seed.
    """
    cases: list[Case] = []
    first = None
    before = 0
    for seed in seeds:
        for scenario in stream(seed, "museum").sample(list(SCENARIOS), len(SCENARIOS)):
            setup = Setup(exhibit.vcpus, PCPUS, exhibit.num_lr, seed, exhibit.entries)
            cases.append(Case(exhibit.dialect + FIXED, scenario, setup))
            seen, entries = look(exhibit, cases[-1])
            for invariant, after in seen.items():
                sighting = Sighting(invariant, before + after)
                first = first or sighting
                if invariant in exhibit.invariants:
                    return Hunt(tuple(cases), first, sighting)
            before += entries
    return Hunt(tuple(cases), first, None)


def look(exhibit: Exhibit, case: Case) -> tuple[dict[str, int], int]:
    """A run with the bug until then: what was broken after how many entries, in order; and all entries."""
    hardware = exhibit.hardware(Parameters(num_cpu=PCPUS, num_lr=exhibit.num_lr))
    cosim = Cosimulation(*case, hardware, exhibit.kind)
    seen = stop_at(cosim, exhibit.invariants)
    run(cosim.run())
    assert seen or "Traceback" not in cosim.failure, cosim.failure  # the mutant itself is broken
    return seen, cosim.tally.entries


def stop_at(cosim: Cosimulation, invariants: Collection[str]) -> dict[str, int]:
    """Have it end soon after one of these is broken; before run(). Is to hold what look() returns first."""
    seen: dict[str, int] = {}
    told = 0

    def tell(_: object) -> None:
        nonlocal told
        for violation in cosim.ledger.violations[told:]:
            told += 1
            seen.setdefault(violation.id, cosim.tally.entries)
        if not seen.keys().isdisjoint(invariants):
            raise Enough

    for event in (Entered, Exited, Synced, Rested):
        cosim.publisher.subscribe(event, tell)
    return seen


@cache
def failure_without_bug(case: Case) -> str:
    """What goes wrong in the whole run of the mended dialect, on right hardware: nothing."""
    cosim = Cosimulation(*case, ReferenceHardware(Parameters(num_cpu=PCPUS, num_lr=case.setup.num_lr)))
    run(cosim.run())
    return cosim.failure
