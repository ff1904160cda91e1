# SPDX-License-Identifier: Apache-2.0
"""Each behaviour of a device is seen."""

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from tb.model.hypervisor.platform import Physical
from tb.model.machine.board import Board
from tb.model.machine.devices import (
    BurstDevice,
    Device,
    Drop,
    EdgeDevice,
    LevelDevice,
    MappedDevice,
    MappedEdgeDevice,
)
from tb.model.machine.events import (
    Acknowledged,
    Cause,
    Completed,
    Deactivated,
    Entered,
    Exited,
    Injected,
    Injecting,
    LineChanged,
    Loaded,
    Mapped,
    Notified,
    PhysicalChanged,
    PhysicalTaken,
)
from tb.model.machine.guest import Habits
from tb.model.machine.hypervisors import HYPERVISORS, Kind
from tb.model.machine.scenarios import Scenario
from tests.machine.harness import Run, tiny

GAP = (100, 1500)


def play(
    device: Callable[[Board], Device | Iterable[Device]],
    kind: Kind | None = None,
    waits: int = 300,
    **setup: int,
) -> Run:
    """A run with one device, or several, that comes to rest."""

    def attach(board: Board) -> Iterable[Device]:
        made = device(board)
        return [made] if isinstance(made, Device) else made

    run = Run(
        kind or tiny(),
        Scenario("a device", (Habits(work=(0, 10), waits=waits),), attach),
        entries=300,
        **setup,
    )
    assert run.tally.quiet
    assert run.tally.deliveries > 20
    return run


def moments(run: Run) -> Counter[str]:
    """What happened last, on any vCPU, before each fall of a wire."""
    seen: Counter[str] = Counter()
    last = "idle"
    for event in run.log:
        if isinstance(event, LineChanged):
            if event.level == 0:
                seen[last] += 1
        elif isinstance(event, Acknowledged) and event.intid < 1020:
            last = "acknowledged"
        elif isinstance(event, Completed):
            last = "completed"
        elif isinstance(event, Notified):
            last = "notified"
    return seen


def test_edges_are_all_delivered_or_merged() -> None:
    run = play(lambda board: EdgeDevice(board, None, 40, GAP))
    sent = [event for event in run.all(Injecting) if event.level]
    assert {(event.vcpu, event.intid) for event in sent} == {(None, 40)}
    assert run.tally.injections == 2 * len(sent), "the wire falls, too"
    assert 0.8 * len(sent) < run.tally.deliveries <= len(sent)


def test_a_burst_is_more_than_the_list_registers_hold() -> None:
    run = play(lambda board: BurstDevice(board, range(32, 56), (3000, 9000)))
    full = [e for e in run.all(Entered) if all(word >> 28 & 3 for word in e.state.lrs)]
    assert len(full) > 10
    assert sum(event.state.hcr >> 1 & 1 for event in full) > 10, "UIE asks for an exit when they run out"
    assert run.tally.exits[Cause.MAINTENANCE] > 20
    assert {event.intid for event in run.all(Acknowledged)} - {1023} == set(range(32, 56))


@pytest.mark.parametrize(
    ("drop", "moment"),
    [(Drop.ACTIVE, "acknowledged"), (Drop.BEFORE, "acknowledged"), (Drop.AFTER, "completed")],
)
@pytest.mark.parametrize("trapped", [False, True])
def test_levels_fall_when_the_guest_serves_them(drop: Drop, moment: str, trapped: bool) -> None:
    run = play(
        lambda board: LevelDevice(board, None, 40, GAP, drop, trapped=trapped),
        vcpus=1,
        pcpus=1,
    )
    seen = moments(run)
    assert seen[moment] > 20
    if trapped:  # else it is the device's own thread, which can be late
        assert seen[moment] == seen.total()


def test_a_level_that_never_falls_by_itself_interrupts_again_and_again() -> None:
    run = play(lambda board: LevelDevice(board, None, 40, (1000, 5000), Drop.NEVER))
    rises = sum(event.level for event in run.all(LineChanged))
    assert run.tally.deliveries > 3 * rises
    assert run.all(LineChanged)[-1].level == 0


@pytest.mark.parametrize("is_exchanged", [False, True])
def test_a_wire_that_may_have_been_taken_for_an_edge_is_told_again(is_exchanged: bool) -> None:
    """When nothing is exchanged any more."""

    def device(board: Board) -> Device:
        board.exchanged.update({40} if is_exchanged else ())
        return LevelDevice(board, None, 40, GAP, Drop.NEVER)

    *_, before, last = (event.level for event in play(device).all(Injecting) if event.intid == 40)
    assert last == 0
    assert (before == 0) == is_exchanged


@pytest.mark.parametrize("dialect", ["kvm17", "kvm19"])
def test_levels_fall_at_the_notice(dialect: str) -> None:
    run = play(lambda board: LevelDevice(board, None, 40, GAP, Drop.NOTICE), HYPERVISORS[dialect])
    seen = moments(run)
    assert seen["notified"] == seen.total() > 20


def test_private_levels_are_for_their_own_vcpu() -> None:
    def device(board: Board) -> Iterable[Device]:
        return [LevelDevice(board, n, 30, GAP, Drop.BEFORE) for n in range(3)]

    run = play(device)
    rises = Counter(event.vcpu for event in run.all(LineChanged) if event.level)
    got = Counter(event.vcpu for event in run.all(Acknowledged) if event.intid == 30)
    assert set(rises) == set(got) == {0, 1, 2}
    assert all(got[vcpu] >= 0.8 * rises[vcpu] for vcpu in rises)


@pytest.mark.parametrize("vcpu", [None, 1], ids=["SPI", "PPI"])
@pytest.mark.parametrize("dialect", ["xen", "kvm17", "kvm19"])
def test_mapped_interrupts_go_through_the_physical_distributor(dialect: str, vcpu: int | None) -> None:
    intid = 40 if vcpu is None else 27
    run = play(
        lambda board: MappedDevice(board, vcpu, intid, GAP, Drop.BEFORE),
        HYPERVISORS[dialect],
        waits=5,
    )
    assert run.all(Mapped) == [Mapped(vcpu, intid, intid)]
    taken, ended = run.all(PhysicalTaken), run.all(Deactivated)
    assert len(taken) > 20
    assert abs(len(taken) - len(ended)) <= 2, "the hardware deactivates what the host took"
    assert all(event.was_active and event.pintid == intid for event in ended)
    assert run.tally.exits[Cause.PHYSICAL] > 0
    words = [word for event in run.all(Entered) for word in event.state.lrs if word >> 28 & 3]
    assert all(word >> 31 and word >> 10 & 0x3FF == intid for word in words if word & 0x3FF == intid)
    assert run.machine.board.platform.physical_interrupts.distributor.findings == []


@pytest.mark.parametrize("dialect", ["xen", "kvm17", "kvm19"])
def test_edges_go_through_the_physical_distributor_too(dialect: str) -> None:
    run = play(lambda board: MappedEdgeDevice(board, 40, GAP), HYPERVISORS[dialect], waits=5)
    taken, ended = run.all(PhysicalTaken), run.all(Deactivated)
    assert len(taken) > 20
    assert abs(len(taken) - len(ended)) <= 2
    words = [word for event in run.all(Entered) for word in event.state.lrs if word >> 28 & 3]
    assert {word >> 31 for word in words if word & 0x3FF == 40} == {1}


@pytest.mark.parametrize(("dialect", "restores"), [("kvm17", True), ("kvm19", True), ("xen", False)])
def test_a_timer_is_restored_with_its_vcpu(dialect: str, restores: bool) -> None:
    """Its wire is told again, also while the guest works on it: active, and line_level set at the entry."""
    run = Run(HYPERVISORS[dialect], "mapped", entries=800)
    told = [event for event in run.all(Injecting) if event.intid == 27 and event.actor.startswith("vCPU")]
    assert bool(told) == restores
    active: set[int] = set()
    again = 0
    for event in run.log:
        if isinstance(event, Acknowledged) and event.intid == 27:
            active.add(event.vcpu)
        elif isinstance(event, Completed) and event.value == 27:
            active.discard(event.vcpu)
        elif event in told:
            again += event.level and event.vcpu in active
    assert (again > 5) == restores


def test_the_host_takes_no_timer_while_it_is_restored() -> None:
    """A deactivation that comes of it never hits what the host has taken since the vCPU came."""

    class RisesThen(MappedDevice):
        async def restore(self) -> None:
            if self._board.is_ready:
                self._board.scheduler.spawn("rising", self.drive(1))
            await super().restore()

    run = play(lambda board: RisesThen(board, 1, 27, GAP, Drop.BEFORE), HYPERVISORS["kvm17"])
    taken, ended = False, 0
    for event in run.log:
        if isinstance(event, Loaded) and event.vcpu == 1:
            taken = False
        elif isinstance(event, PhysicalTaken):
            taken = True
        elif isinstance(event, PhysicalChanged) and event.operation is Physical.DEACTIVATE:
            assert not taken
            ended += 1
    assert ended


def test_one_injection_of_a_wire_at_a_time_and_names_of_their_own() -> None:
    for dialect in ("kvm17", "xen"):
        run = Run(HYPERVISORS[dialect], "mixed", entries=400)
        under_way: dict[str, tuple[int | None, int]] = {}
        for event in run.log:
            if isinstance(event, Injecting):
                assert event.actor not in under_way
                assert (event.vcpu, event.intid) not in under_way.values()
                under_way[event.actor] = event.vcpu, event.intid
            elif isinstance(event, Injected):
                del under_way[event.actor]


def test_a_burst_comes_at_once() -> None:
    run = play(lambda board: BurstDevice(board, range(32, 48), (3000, 9000)))
    most, under_way = 0, 0
    for event in run.log:
        under_way += isinstance(event, Injecting) - isinstance(event, Injected)
        most = max(most, under_way)
    assert most > 4


def test_where_nothing_can_be_mapped_the_host_only_injects() -> None:
    run = play(lambda board: MappedDevice(board, None, 40, GAP, Drop.BEFORE))
    assert not run.all(Mapped)
    assert not run.all(PhysicalTaken)
    assert run.tally.injections > 20


def test_user_space_handles_trapped_devices_in_the_vcpus_thread() -> None:
    run = play(lambda board: LevelDevice(board, None, 40, GAP, Drop.BEFORE, trapped=True))
    falls = [event for event in run.all(Injecting) if event.level == 0]
    assert len(falls) > 20
    assert {event.actor for event in falls} <= {"vCPU 0", "vCPU 1", "vCPU 2"}
    assert sum(event.cause is Cause.TRAP for event in run.all(Exited)) >= len(falls)
