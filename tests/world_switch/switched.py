# SPDX-License-Identifier: Apache-2.0
"""Runs of the machine on the reference model, with the statements listening."""

from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.lock_order import LockError
from tb.model.hypervisor.platform import HypervisorStopped, run
from tb.model.machine.events import Publisher, Synced
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS, Kind
from tb.model.machine.machine import Machine, Setup
from tb.model.machine.scenarios import SCENARIOS
from tb.model.machine.scheduler import Stuck
from tb.model.world_switch import Mismatch, WorldSwitch


def switched(
    dialect: str,
    scenario: str,
    num_lr: int = 4,
    *,
    entries: int = 100,
    seed: int = 1,
    kind: Kind | None = None,
    hardware: type[ReferenceHardware] = ReferenceHardware,
) -> WorldSwitch:
    """The statements after a run, or after its first mismatch.

    kind  another hypervisor, held to the dialect's rules
    """
    publisher = Publisher()
    setup = Setup(3, 2, num_lr, seed, entries)
    bank = hardware(Parameters(num_lr=num_lr, num_cpu=setup.pcpus))
    machine = Machine(kind or HYPERVISORS[dialect], SCENARIOS[scenario], setup, bank, publisher)
    scheduler = machine.board.scheduler
    switches = WorldSwitch(
        publisher,
        dialect,
        machine.board.hypervisor.vgic,
        registers=bank.words,
        actor=lambda: scheduler.current.name,
        clock=lambda: scheduler.now,
    )

    def stop(_: Synced) -> None:
        scheduler.stopped |= bool(switches.mismatches)

    if kind:
        publisher.subscribe(Synced, stop)
    try:
        run(machine.run())
    except (Stuck, LockError, HypervisorStopped):
        assert kind, "a faithful hypervisor goes on"
    return switches


def first_mismatches(
    rule: str,
    dialect: str,
    scenario: str,
    num_lr: int,
    kind: Kind,
    hardware: type[ReferenceHardware] = ReferenceHardware,
) -> dict[str, Mismatch]:
    """Those of the first switch that has any, by rule, in each of a few seeds until `rule` is one of them."""
    found: dict[str, Mismatch] = {}
    for seed in range(1, 9):
        mismatches = switched(
            dialect, scenario, num_lr, entries=200, seed=seed, kind=kind, hardware=hardware
        ).mismatches
        found |= {each.rule: each for each in mismatches if each.time == mismatches[0].time}
        if rule in found:
            break
    return found
