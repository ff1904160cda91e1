# SPDX-License-Identifier: Apache-2.0
"""Each habit of a guest is seen, on a VGIC without known defects."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tb.model.machine import gicd
from tb.model.machine.events import (
    Accessed,
    Acknowledged,
    Blocked,
    Completed,
    Exited,
    TrapEnded,
    TrapStarted,
    Woken,
)
from tb.model.machine.guest import OPEN, Habits
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.scenarios import SCENARIOS, Scenario, edges, everything, few
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


def trapped(run: Run, register: int, size: int = 0x80) -> list[TrapStarted]:
    """Writes of a distributor's register, once all guests have booted."""
    first = next(n for n, event in enumerate(run.log) if type(event).__name__ == "Acknowledged")
    return [
        event
        for event in run.log[first:]
        if isinstance(event, TrapStarted)
        and event.write
        and event.offset is not None
        and register <= event.offset < register + size
    ]


def test_stopping_guests_switch_the_distributor_off_and_on() -> None:
    run = play(Habits(stops=100, work=(0, 5)))
    for vcpu in range(run.setup.vcpus):
        values = [event.value for event in trapped(run, gicd.CTLR, 4) if event.vcpu == vcpu]
        assert len(values) > 5
        assert values == [0, 1] * (len(values) // 2)


def test_closing_guests_keep_their_mask_for_long_and_set_an_alarm() -> None:
    run = play(Habits(closes=50, waits=100), Accessed)
    closed, longest, naps, masks = dict.fromkeys(range(3), 0), 0, 0, dict.fromkeys(range(3), 0)
    for event in run.log:
        if isinstance(event, Accessed) and event.register == "GICV_PMR" and event.write:
            masks[event.vcpu], closed[event.vcpu] = event.value, 0
        elif isinstance(event, Exited) and masks[event.vcpu] < OPEN:
            closed[event.vcpu] += event.steps
            longest = max(longest, closed[event.vcpu])
        elif isinstance(event, Blocked):
            naps += masks[event.vcpu] < OPEN
    assert longest > 200
    assert naps > 5


def test_reconfiguring_guests_change_the_kind_and_change_it_back() -> None:
    habits = Habits(disables=300, reconfigures=1000, waits=50)
    run = Run(HYPERVISORS["kvm17-fixed"], Scenario("", (habits,), everything), entries=800)
    writes = [event for event in trapped(run, gicd.ICFGR) if event.vcpu == 0]
    assert len(writes) == len(trapped(run, gicd.ICFGR)) > 20
    for one, other in zip(writes[::2], writes[1::2], strict=True):
        assert one.offset == other.offset
        assert (one.value ^ other.value).bit_count() == 1


def test_forging_guests_send_in_the_name_of_others() -> None:
    habits = (Habits(forges=300), Habits())
    run = Run(HYPERVISORS["kvm17"], Scenario("", habits, everything))
    forged = [event for event in trapped(run, gicd.CPENDSGIR, 0x20) if event.vcpu == 0]
    assert {event.offset & 0x30 for event in forged if event.offset} == {0x10, 0x20}
    senders = {(event.vcpu, event.value >> 10) for event in deliveries(run) if event.intid < 16}
    assert {(0, 0), (0, 1), (0, 2)} <= senders


def test_no_guest_forges_where_the_hypervisor_would_not_survive() -> None:
    run = Run(HYPERVISORS["xen"], Scenario("", (Habits(forges=300),), everything))
    assert not trapped(run, gicd.CPENDSGIR, 0x20)


def test_keeping_guests_have_many_active() -> None:
    scenario = Scenario("", (Habits(splits=True, keeps=10, waits=20),), edges(24, (50, 500)))
    run = Run(HYPERVISORS["kvm19-fixed"], scenario)
    active, most = Counter[int](), 0
    for event in run.log:
        if isinstance(event, Acknowledged) and event.intid < 1020:
            active[event.vcpu] += 1
            most = max(most, active[event.vcpu])
        elif isinstance(event, TrapEnded) and event.offset is None:
            active[event.vcpu] -= 1
    assert most >= 10 > run.setup.num_lr


def test_misdirecting_guests_name_another_interrupt_or_sender() -> None:
    habits = Habits(splits=True, misdirects=500, sends=100)
    run = Run(HYPERVISORS["kvm17-fixed"], Scenario("", (habits,), everything))
    dropped: set[tuple[int, int]] = set()
    wrong = []
    for event in run.all(Completed):
        if event.register == "GICV_EOIR":
            dropped.add((event.vcpu, event.value))
        elif (event.vcpu, event.value) not in dropped:
            wrong.append(event.value)
    assert len([value for value in wrong if value & 0x3FF < 16]) > 3
    assert len([value for value in wrong if value & 0x3FF >= 16]) > 10


def test_climbing_guests_are_interrupted_again_and_again() -> None:
    run = play(Habits(work=(10, 40), nests=True, climbs=900), devices=edges(24, (500, 3000)), num_lr=16)
    assert max(depths(run)) > 5


def test_fiddling_guests_change_what_others_handle() -> None:
    run = Run(HYPERVISORS["kvm17-fixed"], "contention")
    active: dict[int, int] = {}
    changed = Counter[int]()
    for event in run.log:
        if isinstance(event, Acknowledged) and 32 <= event.intid < 1020:
            active[event.intid] = event.vcpu
        elif isinstance(event, Completed):
            active.pop(event.value, None)
        elif isinstance(event, TrapStarted) and event.write and event.offset:
            for intid, vcpu in active.items():
                word = event.offset & 0x7F == intid // 32 * 4 and event.value >> intid % 32 & 1
                if vcpu != event.vcpu and (word or event.offset == gicd.ITARGETSR + intid):
                    changed[event.offset & ~0x7F] += 1
    assert min(changed[place] for place in (gicd.ICENABLER, gicd.ISPENDR, gicd.ITARGETSR)) > 0, changed


def test_tugging_guests_change_one_interrupt_at_once() -> None:
    run = Run(HYPERVISORS["kvm17-fixed"], Scenario("", (Habits(tugs=300),), few), entries=1000)
    places = (gicd.ISPENDR, gicd.ICPENDR, gicd.ISACTIVER, gicd.ICACTIVER, gicd.ISENABLER, gicd.ICENABLER)
    spare = 49  # the first that no device has (Devices.layout)
    writers: dict[int, set[int]] = {}
    for event in run.all(TrapEnded):
        if event.write and event.offset == gicd.ITARGETSR + spare:
            writers.setdefault(gicd.ITARGETSR, set()).add(event.vcpu)
        elif event.write and (event.offset, event.value) in [gicd.bit(place, spare) for place in places]:
            writers.setdefault(event.offset - 4, set()).add(event.vcpu)
    assert writers == {place: {0, 1, 2} for place in (gicd.ITARGETSR, *places)}


def test_passing_guests_retarget_what_they_handle_and_make_it_pending() -> None:
    run = Run(HYPERVISORS["kvm17-fixed"], Scenario("a habit", (Habits(passes=500),), few), entries=1000)
    handled: dict[int, int] = {}  # by vCPU
    written = Counter[int]()
    for event in run.log:
        if isinstance(event, Acknowledged):
            handled[event.vcpu] = event.intid
        elif isinstance(event, TrapEnded) and event.write and event.vcpu in handled:
            intid = handled[event.vcpu]
            bits = {gicd.bit(place, intid): place for place in (gicd.ISPENDR, gicd.ISACTIVER)}
            assert event.offset is not None
            written[bits.get((event.offset, event.value), event.offset - intid)] += 1
    assert written.keys() == {gicd.ITARGETSR, gicd.ISPENDR, gicd.ISACTIVER}
    assert min(written.values()) > 10


def test_flipping_guests_complete_while_groups_are_off() -> None:
    run = play(Habits(flips=300, group1=500, aliases=True), Accessed)
    control, completed = dict.fromkeys(range(3), 3), Counter[int]()
    for event in run.all(Accessed):
        if event.register == "GICV_CTLR" and event.write:
            control[event.vcpu] = event.value
        elif event.register in ("GICV_EOIR", "GICV_AEOIR"):
            completed[control[event.vcpu]] += 1
    assert min(completed[groups] for groups in range(4)) > 10
    assert max(completed, key=completed.__getitem__) == 3


def test_pending_guests_name_several_interrupts_at_once() -> None:
    writes = trapped(play(Habits(pends=300)), gicd.ISPENDR)
    assert max(event.value.bit_count() for event in writes) > 5


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_comes_to_rest(scenario: str) -> None:
    run = Run(tiny(), scenario, entries=150)
    assert run.tally.quiet
    assert run.tally.deliveries > 0
