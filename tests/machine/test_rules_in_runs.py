# SPDX-License-Identifier: Apache-2.0
"""Rules that say what goes on while others run: they are seen in whole runs."""

from collections import defaultdict

import pytest

from tb.model.ledger.distributor import Set, writes
from tb.model.ledger.words import eoi_count, used
from tb.model.machine.events import (
    Accessed,
    Cause,
    Entered,
    Exited,
    Injected,
    Injecting,
    LockFreed,
    LockTaken,
    MaintenanceTaken,
    Synced,
    TrapEnded,
    TrapStarted,
)
from tb.model.machine.guest import Habits
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.scenarios import Scenario, few
from tests.machine.harness import DIALECTS, Run

NEW = pytest.mark.parametrize("dialect", ["xen", "kvm17", "kvm19"])


@NEW
def test_injections_come_while_a_vcpu_holds_locks(dialect: str) -> None:
    """NV-LOCK-4: from a handler of an interrupt; it waits for the lock, and nobody else has it then."""
    run = Run(HYPERVISORS[dialect], "contention", LockTaken, LockFreed)
    owners: dict[object, str] = {}
    meanwhile = 0
    for event in run.log:
        if isinstance(event, LockTaken):
            assert event.lock not in owners
            owners[event.lock] = event.actor
        elif isinstance(event, LockFreed):
            assert owners.pop(event.lock) == event.actor
        elif isinstance(event, Injecting):
            meanwhile += any(actor.startswith("vCPU") for actor in owners.values())
    assert meanwhile > 20


@NEW
def test_whoever_queues_keeps_no_lock(dialect: str) -> None:
    """NV-QUEUE-1: neither an injection nor a trapped access that has queued something."""
    run = Run(HYPERVISORS[dialect], "contention", LockTaken, LockFreed)
    held: dict[str, int] = defaultdict(int)
    looks = 0
    for event in run.log:
        if isinstance(event, LockTaken):
            held[event.actor] += 1
        elif isinstance(event, LockFreed):
            held[event.actor] -= 1
        elif isinstance(event, TrapEnded):
            assert not held[f"vCPU {event.vcpu}"]
            looks += 1
    assert looks > 100
    assert not any(held.values())
    assert len(run.all(Injecting)) == len(run.all(Injected)) > 100


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_maintenance_interrupt_only_forces_an_exit(dialect: str) -> None:
    """NV-SYNC-9: between it and the exit nothing happens, however late it is taken."""
    run = Run(HYPERVISORS[dialect], "late", Accessed)
    steps = set()
    for number, event in enumerate(run.log):
        if isinstance(event, MaintenanceTaken) and event.in_guest:
            exited = run.log[number + 1]
            assert isinstance(exited, Exited)
            assert (exited.vcpu, exited.cause) == (event.vcpu, Cause.MAINTENANCE)
            steps.add(exited.steps)
    assert len(steps) > 5


@NEW
def test_what_is_loaded_stays_until_the_exit(dialect: str) -> None:
    """NV-PRUNE-4: though another vCPU disables or retargets it."""
    scenario = Scenario("", (Habits(work=(0, 40), fiddles=500, waits=20),), few)
    run = Run(HYPERVISORS[dialect], scenario, pcpus=3, entries=1500)
    inside: dict[int, list[int]] = {}
    changed: dict[Set, int] = defaultdict(int)
    for event in run.log:
        if isinstance(event, Entered):
            inside[event.vcpu] = [word.intid for word in used(event.state)]
        elif isinstance(event, Exited):
            words = event.state.lrs[: len(inside[event.vcpu])]
            assert [word & 0x3FF for word in words] == inside.pop(event.vcpu)
        elif isinstance(event, TrapEnded):
            for what, intid, value in writes(event):
                if intid >= 32 and any(intid in intids for intids in inside.values()):
                    changed[what] += what is Set.TARGETS or not value
    assert min(changed[Set.ENABLE], changed[Set.TARGETS]) > 3


def test_dir_is_trapped_and_eoir_does_not_count() -> None:
    """K19-4: of guests in EOImode 1."""
    run = Run(HYPERVISORS["kvm19"], "split", Accessed)
    accesses = run.all(Accessed)
    assert not any(event.register == "GICV_DIR" for event in accesses)
    assert sum(event.offset is None for event in run.all(TrapStarted)) > 50
    assert sum(event.register == "GICV_EOIR" for event in accesses) > 50
    assert not any(eoi_count(event.state) for event in run.all(Exited))


def test_vmcr_is_read_at_every_exit() -> None:
    """K19-8: once, and it is what the guest has left."""
    run = Run(HYPERVISORS["kvm19"], "groups", Accessed)
    left: dict[int, list[int]] = {}
    exits = 0
    for event in run.log:
        if isinstance(event, Exited):
            left[event.vcpu] = [event.state.vmcr]
        elif isinstance(event, Accessed) and event.register == "GICH_VMCR" and event.vcpu in left:
            assert not event.write
            assert left[event.vcpu] == [event.value]
            left[event.vcpu] = []
            exits += 1
        elif isinstance(event, Synced):
            assert not left.pop(event.vcpu, [])
    assert exits == len(run.all(Exited)) > 300
