# SPDX-License-Identifier: Apache-2.0
"""Failing runs shrink to what the failure needs, and stay the same failure."""

from collections.abc import Callable
from dataclasses import replace
from inspect import getmembers, isclass

import pytest

from tb.model.cosim import Cosimulation
from tb.model.hypervisor.new_vgic import NewVgic
from tb.model.hypervisor.platform import run
from tb.model.ledger import Violation
from tb.model.machine import events
from tb.model.machine.events import Publisher, Rested
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Setup
from tb.model.shrink import Shrunk, play, record, shrink
from tb.model.shrink.play import parameters_of, plain
from tb.model.shrink.script import Pulse, Script, Step
from tests.shrink.errors import VICTIM, Doubling, Forgetful, Impatient, kind, stopping

SETUP = Setup(vcpus=3, pcpus=2, num_lr=4, seed=1, entries=150)
AT_LEISURE = 1e6  # seconds


def of(invariant: str) -> Callable[[Violation], bool]:
    return lambda violation: violation.id == invariant


def log(publisher: Publisher) -> list[object]:
    """All events from now on."""
    happened: list[object] = []
    for _, event in getmembers(events, isclass):
        if event.__module__ == events.__name__:
            publisher.subscribe(event, happened.append)
    return happened


def in_words(happened: list[object]) -> list[str]:
    """With actors' names as scripts have them."""
    return [plain(str(event)) for event in happened]


def shrunk(vgic: type[NewVgic], scenario: str, invariant: str) -> Shrunk:
    result = shrink("kvm17", scenario, SETUP, of(invariant), kind=kind(vgic), seconds=AT_LEISURE)
    assert result
    assert result.done
    assert result.violation.id == invariant
    return result


@pytest.mark.parametrize(
    ("vgic", "scenario", "invariant", "edges", "records"),
    [
        (Doubling, "prompt", "INV-LR-1", 1, 20),
        (Doubling, "nesting", "INV-LR-1", 1, 20),
        (Impatient, "prompt", "HypervisorStopped", 3, 1),
        (Forgetful, "prompt", "INV-EDGE-1", 2, 40),
    ],
)
def test_a_planted_error_shrinks_to_what_it_needs(
    vgic: type[NewVgic], scenario: str, invariant: str, edges: int, records: int
) -> None:
    result = shrunk(vgic, scenario, invariant)
    assert result.outcome.records <= records < result.before.records
    assert result.outcome.entries < result.before.entries
    assert [step.action for step in result.script.steps].count(Pulse(VICTIM)) == edges
    assert play(result.script, of(invariant), kind(vgic)) == result.outcome
    faithful = play(result.script, of(invariant))
    assert faithful.violation is None
    assert faithful.steps == len(result.script.steps)
    assert result.script.rests == isinstance(result.violation.event, Rested) == (vgic is Forgetful)


def test_it_shrinks_the_machine_too() -> None:
    setup = shrunk(Impatient, "mixed", "HypervisorStopped").script.setup
    assert (setup.vcpus, setup.pcpus, setup.num_lr) == (1, 1, 1)


@pytest.mark.parametrize("scenario", ["mixed", "late", "signals", "migration", "split", "mapped"])
@pytest.mark.parametrize("dialect", ["xen", "kvm17", "kvm19", "classic"])
def test_a_script_is_the_run_that_it_was_made_of(dialect: str, scenario: str) -> None:
    setup, stops = replace(SETUP, seed=2, entries=1000), stopping(dialect, 200)
    cosim = Cosimulation(dialect, scenario, setup, ReferenceHardware(parameters_of(setup)), stops)
    happened = log(cosim.publisher)
    run(cosim.run())
    script = record(dialect, scenario, setup, of("HypervisorStopped"), stops)
    assert script
    replayed: list[list[object]] = []
    outcome = play(
        script,
        of("HypervisorStopped"),
        stops,
        [lambda publisher: replayed.append(log(publisher))],
    )
    assert outcome.violation
    assert outcome.entries > 100
    assert in_words(replayed[0]) == in_words(happened)


def test_a_known_defect_shrinks_to_itself() -> None:
    result = shrink(
        "xen",
        "sgi-storm",
        SETUP,
        of("INV-SGI-2"),
        spared=HYPERVISORS["xen-fixed"],
        seconds=AT_LEISURE,
    )
    assert result
    assert result.outcome.records <= 30
    assert play(result.script, of("INV-SGI-2"), HYPERVISORS["xen-fixed"]).violation is None


def test_the_same_run_shrinks_to_the_same_script() -> None:
    assert shrunk(Doubling, "nesting", "INV-LR-1") == shrunk(Doubling, "nesting", "INV-LR-1")


def test_without_time_the_run_stays_as_it_is() -> None:
    result = shrink("kvm17", "prompt", SETUP, of("INV-LR-1"), kind=kind(Doubling), seconds=0)
    assert result
    assert not result.done
    assert result.script == result.original
    assert result.outcome == result.before


def test_an_interrupt_leaves_the_best_so_far() -> None:
    calls = 0

    def matches(violation: Violation) -> bool:
        nonlocal calls
        calls += 1
        if calls == 40:
            raise KeyboardInterrupt
        return violation.id == "INV-LR-1"

    result = shrink("kvm17", "nesting", SETUP, matches, kind=kind(Doubling), seconds=AT_LEISURE)
    assert result
    assert not result.done
    assert len(result.script.steps) < len(result.original.steps)
    assert play(result.script, of("INV-LR-1"), kind(Doubling)) == result.outcome


def test_a_run_without_the_violation_is_not_shrunk() -> None:
    assert shrink("kvm17", "prompt", SETUP, of("INV-LR-1")) is None


def test_a_step_without_those_it_waits_for_ends() -> None:
    whole = record("kvm17", "mapped", SETUP, of("HypervisorStopped"), stopping("kvm17", 100))
    assert whole
    steps = tuple(step for step in whole.steps if step.actor.startswith("vCPU"))
    outcome = play(replace(whole, steps=steps), of("HypervisorStopped"), stopping("kvm17", 100))
    assert outcome.steps <= len(steps)
    assert outcome.entries > 10


def test_steps_of_actors_that_are_not_there_are_nothing() -> None:
    script = Script("kvm17", "prompt", SETUP, (Step("vCPU 7", Pulse(3)), Step("device 99", Pulse(99))))
    outcome = play(script, of("INV-LR-1"))
    assert (outcome.violation, outcome.entries, outcome.records) == (None, 0, 1)
