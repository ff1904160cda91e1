# SPDX-License-Identifier: Apache-2.0
"""The ways of vCPUs, hosts and hypervisors, on all VGICs."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from tb.model.cosim import Cosimulation
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import Rank
from tb.model.hypervisor.platform import run as play
from tb.model.machine.events import (
    Accessed,
    BankState,
    Blocked,
    Cancelled,
    Cause,
    Entered,
    Exited,
    Flushing,
    Halted,
    Kicked,
    Loaded,
    LockFreed,
    LockTaken,
    MaintenanceTaken,
    Place,
    Put,
    Resumed,
    Synced,
    TrapStarted,
    WindowOpened,
    Woken,
)
from tb.model.machine.guest import Habits
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Setup
from tb.model.machine.scenarios import SCENARIOS, Scenario, edges, everything
from tb.model.machine.vcpu_loop import Pace
from tests.cosim.cross import SIZES
from tests.machine.harness import DIALECTS, Run, tiny

ALL = pytest.mark.parametrize("dialect", DIALECTS)


@ALL
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_hypervisor_runs_every_scenario(dialect: str, scenario: str) -> None:
    """All checks find nothing but known defects. Over the scenarios each hypervisor has all sizes."""
    sizes = list(SIZES)
    num_lr = sizes[(list(SCENARIOS).index(scenario) + DIALECTS.index(dialect)) % len(sizes)]
    vcpus, pcpus = SIZES[num_lr]
    setup = Setup(vcpus, pcpus, num_lr, seed=1, entries=80)
    hardware = ReferenceHardware(Parameters(num_cpu=pcpus, num_lr=num_lr))
    cosim = Cosimulation(dialect, scenario, setup, hardware)
    play(cosim.run())
    assert not cosim.failure
    assert cosim.tally.entries >= 80


@ALL
def test_the_way_of_a_vcpu(dialect: str) -> None:
    """Load; then flush, entry and exit, or flush and cancel, then sync, again and again; put, and so on."""
    follows: dict[type | None, tuple[type, ...]] = {
        None: (Loaded,),
        Loaded: (Flushing, Put),
        Flushing: (Entered, Cancelled),
        Entered: (Exited,),
        Exited: (Synced,),
        Cancelled: (Synced,),
        Synced: (Flushing, Blocked, Put),
        Blocked: (Put,),
        Put: (Loaded, Woken),
        Woken: (Loaded,),
    }
    run = Run(HYPERVISORS[dialect], "signals", entries=300)
    steps = 0
    for vcpu in range(run.setup.vcpus):
        last: type | None = None
        for event in run.log:
            if type(event) in follows and event.vcpu == vcpu:
                assert type(event) in follows[last], (vcpu, last, event)
                last = type(event)
                steps += 1
    assert steps > 1000


@ALL
def test_a_physical_cpu_has_one_vcpu_at_a_time(dialect: str) -> None:
    run = Run(HYPERVISORS[dialect], "migration", vcpus=4, pcpus=2)
    owners: dict[int, int] = {}
    for event in run.log:
        if isinstance(event, Loaded):
            assert event.cpu not in owners
            owners[event.cpu] = event.vcpu
        elif isinstance(event, Put):
            assert owners.pop(event.cpu) == event.vcpu
        elif isinstance(event, Entered | Exited | Flushing | Synced):
            assert owners[event.cpu] == event.vcpu
    assert run.tally.moves > 30


@pytest.mark.parametrize(("vcpus", "pcpus"), [(1, 1), (2, 4), (4, 4), (4, 1)])
def test_fewer_equal_and_more_physical_cpus(vcpus: int, pcpus: int) -> None:
    run = Run(HYPERVISORS["kvm17"], "mixed", vcpus=vcpus, pcpus=pcpus)
    assert run.tally.quiet
    assert {event.vcpu for event in run.all(Entered)} == set(range(vcpus))
    assert (run.tally.moves > 0) == (pcpus > 1)


@ALL
def test_a_vcpu_finds_its_context_where_it_left_it(dialect: str) -> None:
    """VMCR and APR at an entry are those of its last exit, wherever that was."""
    run = Run(HYPERVISORS[dialect], "migration")
    left: dict[int, BankState] = {}
    moved = 0
    for event in run.log:
        if isinstance(event, Exited):
            left[event.vcpu] = event.state
        elif isinstance(event, Entered) and event.vcpu in left:
            assert (event.state.vmcr, event.state.apr) == (left[event.vcpu].vmcr, left[event.vcpu].apr)
            moved += 1
    assert moved > 100


@pytest.mark.parametrize("dialect", ["kvm17", "kvm19"])
def test_a_kick_between_flush_and_entry_cancels_the_entry(dialect: str) -> None:
    run = Run(HYPERVISORS[dialect], "nesting")
    cancelled = [event for event in run.all(Cancelled) if event.requested]
    assert len(cancelled) > 20
    assert not any(event.steps == 0 and event.cause is Cause.KICK for event in run.all(Exited))


@pytest.mark.parametrize("dialect", ["xen", "classic"])
def test_or_ends_it_at_once(dialect: str) -> None:
    run = Run(HYPERVISORS[dialect], "nesting")
    assert sum(event.steps == 0 and event.cause is Cause.KICK for event in run.all(Exited)) > 10
    assert not any(event.requested for event in run.all(Cancelled))


def test_the_call_that_is_exempt_from_the_order_of_locks() -> None:
    """NV-LOCK-1: the host's handler of a mapped interrupt injects while it holds the physical one's lock."""
    run = Run(HYPERVISORS["xen"], "mapped", LockTaken, LockFreed)
    held: dict[str, list[Rank]] = defaultdict(list)
    exempt = 0
    for event in run.log:
        if isinstance(event, LockTaken):
            exempt += event.lock.rank is Rank.AP_LIST and held[event.actor] == [Rank.DESC]
            held[event.actor].append(event.lock.rank)
        elif isinstance(event, LockFreed):
            held[event.actor].remove(event.lock.rank)
    assert exempt > 20


def test_signals_cancel_entries_and_end_them() -> None:
    run = Run(HYPERVISORS["kvm17"], "signals", entries=800)
    assert sum(not event.requested for event in run.all(Cancelled)) > 20
    assert run.tally.exits[Cause.SIGNAL] > 2


def test_xen_gives_up_no_entry() -> None:
    assert not Run(HYPERVISORS["xen"], "signals").all(Cancelled)


def test_kicks_find_their_vcpu_anywhere() -> None:
    run = Run(HYPERVISORS["kvm17"], "prompt", entries=600)
    places = {place: sum(event.place is place for event in run.all(Kicked)) for place in Place}
    assert min(places.values()) > 10, places
    assert run.tally.exits[Cause.KICK] > 10


@pytest.mark.parametrize("dialect", ["kvm17", "kvm19"])
def test_a_halt_keeps_the_others_out(dialect: str) -> None:
    scenario = Scenario("looking", (Habits(looks=300, work=(0, 20)),), everything)
    run = Run(HYPERVISORS[dialect], scenario)
    halter: int | None = None
    for event in run.log:
        if isinstance(event, Halted):
            assert halter is None
            halter = event.vcpu
        elif isinstance(event, Resumed):
            assert halter == event.vcpu
            halter = None
        elif isinstance(event, Flushing | Entered | Exited | Synced):
            assert halter in (None, event.vcpu)
    assert len(run.all(Halted)) == len(run.all(Resumed)) > 20


def test_only_kvm19_traps_dir() -> None:
    trapped = {
        dialect: sum(event.offset is None for event in Run(HYPERVISORS[dialect], "split").all(TrapStarted))
        for dialect in DIALECTS
    }
    assert trapped.pop("kvm19") > 50
    assert set(trapped.values()) == {0}


@pytest.mark.parametrize("lateness", [1, 25])
def test_maintenance_interrupts_come_at_once_or_late(lateness: int) -> None:
    habits = Habits(work=(0, 5), probes=500, waits=10)
    run = Run(tiny(), replace(SCENARIOS["bursts"], habits=(habits,), pace=Pace(lateness=lateness)), Accessed)
    line, late = dict.fromkeys(range(run.setup.pcpus), 0), []
    for event in run.log:
        if isinstance(event, Entered):
            line[event.cpu] = 0
        elif isinstance(event, Accessed) and event.register.startswith("GICV"):
            line[event.cpu] = line[event.cpu] + 1 if event.lines.maint else 0
        elif isinstance(event, MaintenanceTaken) and event.in_guest:
            late.append(line[event.cpu])
    assert len(late) > 20
    assert (max(late) > 3) == (lateness > 1), "accesses of the guest since the line rose"


def test_maintenance_comes_to_the_next_vcpu() -> None:
    """CL-MAINT-2: taken when its reason is gone, by whom the CPU has loaded meanwhile."""
    pace = Pace(slice=(5, 40), lateness=200, moves=100, belated=100)
    scenario = replace(SCENARIOS["late"], pace=pace)
    run = Run(HYPERVISORS["classic"], scenario, Accessed, vcpus=4, pcpus=1, entries=800)
    line = dict.fromkeys(range(run.setup.pcpus), 0)
    raised_by: dict[int, int] = {}
    strangers = 0
    for event in run.log:
        if isinstance(event, Accessed):
            line[event.cpu] = event.lines.maint
            if event.lines.maint:
                raised_by[event.cpu] = event.vcpu
        elif isinstance(event, MaintenanceTaken) and not line[event.cpu]:
            strangers += raised_by[event.cpu] != event.vcpu
    assert strangers > 5


def test_maintenance_finds_xen_syncing_with_interrupts_on() -> None:
    scenario = Scenario("levels", (Habits(looks=200, work=(0, 5)),), everything, Pace(lateness=20))
    run = Run(HYPERVISORS["xen"], scenario)
    host = [event for event in run.all(MaintenanceTaken) if not event.in_guest]
    assert host
    assert not [
        event for event in Run(HYPERVISORS["kvm17"], scenario).all(MaintenanceTaken) if not event.in_guest
    ]


def test_an_exit_shows_what_the_guest_left() -> None:
    run = Run(HYPERVISORS["kvm17"], Scenario("", (Habits(),), edges(8, (50, 500))))
    ended = [event for event in run.all(Exited) if event.state.elrsr != 0xF]
    assert len(ended) > 5
    for event in run.all(Exited):
        empty = sum(
            1 << n for n, word in enumerate(event.state.lrs) if not word >> 28 & 3 and not word >> 19 & 1
        )
        assert event.state.elrsr == empty


def test_others_take_many_locks_while_one_is_between_two() -> None:
    scenario = SCENARIOS["windows"]
    longest = []
    for stalls in (scenario.stalls, None):
        run = Run(HYPERVISORS["kvm17-fixed"], replace(scenario, stalls=stalls), LockTaken)
        taken = Counter[str]()  # by others, since its window opened
        seen = [0]
        for event in run.log:
            if isinstance(event, WindowOpened):
                taken[event.actor] = 0
            elif isinstance(event, LockTaken):
                seen.append(taken.pop(event.actor, 0))
                taken.update(taken.keys())
        longest.append(max(seen))
    assert longest[0] > 2 * longest[1] > 0
