# SPDX-License-Identifier: Apache-2.0
"""Off the list, or to another one; and who has a reason to wake up (A.7)."""

from dataclasses import replace
from typing import Any

import pytest
from new_vgic_world import ALL, KVM17, KVM19, XEN, World

from tb.model.hypervisor.new_vgic import Dialect


def prune(world: World, vcpu: int = 0) -> None:
    world.happened()
    world.run(world.state.dialect.prune.prune(world.state, world.state.vcpus[vcpu]))


@ALL
def test_what_nobody_waits_for_is_dropped(dialect: Dialect) -> None:
    """NV-PRUNE-2."""
    world = World(dialect)
    idle = world.listed(40)
    world.listed(41, pending_latch=1).enabled = 0
    world.listed(42, pending_latch=1)
    world.listed(43, active=1).enabled = 0
    prune(world)
    assert (world.ap_list(), idle.vcpu, world.happened()) == ([42, 43], None, [])


@ALL
def test_with_the_distributor_off_only_active_ones_stay(dialect: Dialect) -> None:
    """NV-ORACLE-2, NV-MMIO-1."""
    world = World(dialect)
    world.listed(40, pending_latch=1)
    world.listed(41, active=1)
    world.state.enabled = False
    prune(world)
    assert world.ap_list() == [41]


@ALL
def test_a_retargeted_one_moves_to_the_tail(dialect: Dialect) -> None:
    """NV-PRUNE-3: `xen` does not kick (defect)."""
    world = World(dialect)
    for intid in (40, 41, 42):
        world.listed(intid, pending_latch=1)
    world.listed(50, 1, pending_latch=1)
    world.irq(41, 1)
    prune(world)
    assert (world.ap_list(0), world.ap_list(1)) == ([40, 42], [50, 41])
    assert world.irq(41).vcpu is world.state.vcpus[1]
    assert world.happened() == ([] if dialect is XEN else [("kick", 1)])


@ALL
def test_an_active_one_does_not_move(dialect: Dialect) -> None:
    """NV-ORACLE-1."""
    world = World(dialect)
    world.listed(40, active=1, pending_latch=1)
    world.irq(40, 1)
    prune(world)
    assert (world.ap_list(0), world.ap_list(1)) == ([40], [])


@ALL
@pytest.mark.parametrize("here", [0, 1])
def test_both_lists_are_locked_by_number(dialect: Dialect, here: int) -> None:
    """NV-LOCK-2, NV-PRUNE-3."""
    world = World(dialect)
    world.listed(40, here, pending_latch=1)
    world.irq(40, 1 - here)
    prune(world, here)
    assert world.locks[2:5] == ["ap_list of vCPU 0", "ap_list of vCPU 1", "IRQ 40"]
    assert world.ap_list(1 - here) == [40]


@ALL
def test_a_clear_in_the_window_is_seen(dialect: Dialect) -> None:
    """NV-PRUNE-3: not moved, nobody kicked; dropped on the next way through the list."""
    world = World(dialect)
    irq = world.listed(40, pending_latch=1)
    world.irq(40, 1)

    async def clear() -> None:
        irq.pending_latch = 0

    world.in_window = clear
    prune(world)
    assert (world.ap_list(0), world.ap_list(1), world.happened()) == ([], [], [])


@pytest.mark.parametrize(
    ("dialect", "kicks"),
    [(XEN, []), (KVM17, [("kick", 1)]), (KVM19, [])],
    ids=["xen", "kvm17", "kvm19"],
)
def test_one_that_left_this_list_in_the_window(dialect: Dialect, kicks: list[Any]) -> None:
    """NV-PRUNE-3: only kvm19 sees that it is on no list of this vCPU any more."""
    world = World(dialect)
    irq = world.listed(40, pending_latch=1)
    world.irq(40, 1)

    async def leave() -> None:
        world.state.vcpus[0].ap_list.remove(irq)
        world.state.vcpus[1].ap_list.append(irq)
        irq.vcpu = world.state.vcpus[1]

    world.in_window = leave
    prune(world)
    assert (world.ap_list(0), world.ap_list(1), world.happened()) == ([], [40], kicks)


def test_a_variant_of_a_dialect_is_one_flag_away() -> None:
    """A fixed `xen` kicks who gets the interrupt."""
    world = World(replace(XEN, prune=replace(XEN.prune, kicks_target=True)))
    world.listed(40, pending_latch=1)
    world.irq(40, 1)
    prune(world)
    assert world.happened() == [("kick", 1)]


@pytest.mark.parametrize(
    ("fields", "mask", "on", "xen", "kvm"),
    [
        ({"pending_latch": 1, "priority": 0x78}, 0x80, True, True, True),
        ({"pending_latch": 1, "priority": 0x80}, 0x80, True, True, False),
        ({"pending_latch": 1, "priority": 0x00}, 0x00, True, True, False),  # PMR at reset
        ({"pending_latch": 1, "active": 1}, 0x80, True, True, False),
        ({"active": 1}, 0x80, True, False, False),
        ({"pending_latch": 1, "enabled": 0}, 0x80, True, False, False),
        ({"pending_latch": 1}, 0x80, False, False, False),
    ],
)
def test_reasons_to_wake_up(fields: dict[str, Any], mask: int, on: bool, xen: bool, kvm: bool) -> None:
    """NV-PEND-1."""
    for dialect, expected in ((XEN, xen), (KVM17, kvm), (KVM19, kvm)):
        world = World(dialect)
        world.state.enabled = on
        world.state.vcpus[0].vmcr = mask << 24
        world.listed(40, **fields)
        assert world.run(world.vgic.pending(0)) is expected
