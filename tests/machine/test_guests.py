# SPDX-License-Identifier: Apache-2.0
"""Each habit of a guest is seen, on a VGIC without known defects."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tb.model.machine import gicd
from tb.model.machine.events import Accessed, Acknowledged, Blocked, Completed, TrapEnded, TrapStarted, Woken
from tb.model.machine.guest import Habits
from tb.model.machine.scenarios import SCENARIOS, Scenario, edges, everything
from tests.machine.harness import Run, tiny


def play(habits: Habits, *more: type, devices: object = everything, **setup: int) -> Run:
    """A run of guests with these habits; it comes to rest."""
    run = Run(tiny(), Scenario("a habit", (habits,), devices), *more, **setup)  # type: ignore[arg-type]
    assert run.tally.quiet
    assert run.tally.deliveries > 50
    return run


def deliveries(run: Run) -> list[Acknowledged]:
    return [event for event in run.all(Acknowledged) if event.intid < 1020]


def depths(run: Run) -> Iterator[int]:
    """How many interrupts of a vCPU are active after each acknowledge."""
    active: Counter[int] = Counter()
    for event in run.log:
        if isinstance(event, Acknowledged) and event.intid < 1020:
            active[event.vcpu] += 1
            yield active[event.vcpu]
        elif isinstance(event, Completed) and event.register != "GICV_DIR":
            active[event.vcpu] -= 1


def test_prompt_guests_complete_at_once_and_sleep() -> None:
    run = play(Habits(), devices=edges(8, (50, 2000)))
    assert set(depths(run)) == {1}
    assert len(run.all(Completed)) == len(deliveries(run)) == run.tally.deliveries
    assert len(run.all(Blocked)) == len(run.all(Woken)) + run.setup.vcpus
    assert len(run.all(Woken)) > 50


def test_slow_guests_hold_an_interrupt_over_many_exits() -> None:
    run = play(Habits(work=(50, 60)))
    exits = [event for event in run.log if type(event).__name__ == "Exited"]
    assert sum(any(word >> 28 & 2 for word in event.state.lrs) for event in exits) > 50


def test_nesting_guests_are_preempted() -> None:
    run = play(Habits(work=(2, 20), nests=True), devices=edges(16, (50, 500)))
    assert max(depths(run)) >= 3
    for event in deliveries(run):  # V2-IAR-1
        active = [word for word in event.before.lrs if word >> 28 & 2]
        priority = next(word >> 23 & 31 for word in event.before.lrs if word & 0x3FF == event.intid)
        assert all(priority < word >> 23 & 31 for word in active)


def test_others_are_not_preempted() -> None:
    assert set(depths(play(Habits(work=(2, 20))))) == {1}


def test_splitting_guests_deactivate_later_and_out_of_order() -> None:
    run = play(Habits(work=(0, 10), nests=True, splits=True))
    drops = [event for event in run.all(Completed) if event.register == "GICV_EOIR"]
    ends = [event for event in run.all(Completed) if event.register == "GICV_DIR"]
    assert len(drops) == len(ends) == run.tally.deliveries
    dropped = [(event.vcpu, event.value) for event in drops]
    ended = [(event.vcpu, event.value) for event in ends]
    assert sorted(dropped) == sorted(ended)
    late = sum(
        one != other
        for vcpu in range(run.setup.vcpus)
        for one, other in zip(
            *([key for key in keys if key[0] == vcpu] for keys in (dropped, ended)), strict=True
        )
    )
    assert late > 5


@pytest.mark.parametrize(
    ("habits", "register"),
    [
        (Habits(masks=100), "GICV_PMR"),
        (Habits(toggles=100), "GICV_CTLR"),
    ],
)
def test_masking_guests_write(habits: Habits, register: str) -> None:
    run = play(habits, Accessed)
    writes = [event for event in run.all(Accessed) if event.register == register and event.write]
    assert len({event.value for event in writes}) >= 3
    assert len(writes) > 15


def test_the_binary_point_is_the_guests() -> None:
    run = play(Habits(points=(5, 6), common=True), Accessed)
    written = {event.register: event.value for event in run.all(Accessed) if event.write}
    assert (written["GICV_BPR"], written["GICV_ABPR"], written["GICV_CTLR"]) == (5, 6, 0b10011)


def test_groups_by_alias() -> None:
    run = play(Habits(group1=500, aliases=True))
    by_register = Counter(event.register for event in deliveries(run))
    assert min(by_register["GICV_AIAR"], by_register["GICV_IAR"]) > 20
    assert Counter(event.register for event in run.all(Completed)) == {
        "GICV_AEOIR": by_register["GICV_AIAR"],
        "GICV_EOIR": by_register["GICV_IAR"],
    }


def test_groups_by_ackctl() -> None:
    run = play(Habits(group1=500, acknowledges_all=True))
    assert {event.register for event in run.all(Acknowledged)} == {"GICV_IAR"}
    groups = Counter(
        word >> 30 & 1 for e in deliveries(run) for word in e.before.lrs if word & 0x3FF == e.intid
    )
    assert min(groups[0], groups[1]) > 20


def test_group_1_without_alias_is_answered_1022_first() -> None:
    run = play(Habits(group1=500))
    assert sum(event.value == 1022 for event in run.all(Acknowledged)) > 20


def test_fiq() -> None:
    run = play(Habits(group1=500, fiq=True, aliases=True), Accessed)
    assert sum(event.lines.vfiq for event in run.all(Accessed)) > 20
    assert sum(event.lines.virq for event in run.all(Accessed)) > 20


def test_sgis_keep_their_sources_apart() -> None:
    run = play(Habits(sends=300, waits=200), devices=lambda *_: ())
    senders = Counter((event.vcpu, event.value >> 10) for event in deliveries(run) if event.intid < 16)
    assert len(senders) == 9, "three vCPUs, each from each"
    assert min(senders.values()) > 5
    several = sum(
        len({word for word in e.before.lrs if word and not word & 0x3F0}) > 1 for e in deliveries(run)
    )
    assert several > 10


def test_mistaken_completions() -> None:
    run = play(Habits(work=(0, 5), nests=True, mistakes=200))
    missed = 0
    for event in run.all(Completed):
        missed += not any(word >> 29 & 1 and word & 0x3FF == event.value & 0x3FF for word in event.before.lrs)
    assert missed > 20
    assert len(run.all(Completed)) == run.tally.deliveries + missed


def test_doubled_completions() -> None:
    run = play(Habits(doubles=200))
    assert len(run.all(Completed)) > run.tally.deliveries + 20


def test_probing_guests_acknowledge_without_need() -> None:
    probing = play(Habits(probes=200, waits=50))
    assert sum(event.value == 1023 for event in probing.all(Acknowledged)) > 50
    assert not any(event.value == 1023 for event in play(Habits()).all(Acknowledged))


@pytest.mark.parametrize(
    ("habits", "writes", "registers"),
    [
        (Habits(disables=300), True, (gicd.ICENABLER, gicd.ISENABLER)),
        (Habits(retargets=300), True, (gicd.ITARGETSR,)),
        (Habits(reprioritises=300), True, (gicd.IPRIORITYR,)),
        (Habits(pends=300), True, (gicd.ISPENDR, gicd.ICPENDR)),
        (Habits(looks=300), False, (gicd.ISPENDR, gicd.ISACTIVER)),
        (Habits(activates=300), True, (gicd.ISACTIVER, gicd.ICACTIVER)),
    ],
)
def test_managing_guests_trap(habits: Habits, writes: bool, registers: tuple[int, ...]) -> None:
    def count(run: Run, register: int) -> int:
        size = 0x400 if register in (gicd.ITARGETSR, gicd.IPRIORITYR) else 0x80
        return sum(
            event.write == writes and event.offset is not None and 0 <= event.offset - register < size
            for event in run.all(TrapStarted)
        )

    run, plain = play(habits), play(Habits())
    for register in registers:
        assert count(run, register) > count(plain, register) + 15
    assert len(run.all(TrapStarted)) == len(run.all(TrapEnded))


def test_a_refusing_guest_acknowledges_nothing_until_the_machine_drains() -> None:
    run = Run(tiny(), Scenario("", (Habits(refuses=True, waits=50),), edges(40, (100, 3000))), entries=300)
    assert run.tally.quiet
    draining = next(n for n, event in enumerate(run.log) if type(event).__name__ == "Draining")
    assert not any(isinstance(event, Acknowledged) for event in run.log[:draining])
    assert len({event.intid for event in deliveries(run)} - {1023}) == 40


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_comes_to_rest(scenario: str) -> None:
    run = Run(tiny(), scenario, entries=150)
    assert run.tally.quiet
    assert run.tally.deliveries > 0
