# SPDX-License-Identifier: Apache-2.0
"""What counts as how much, and what comes first (A.4)."""

from collections.abc import Callable

import pytest
from new_vgic_world import ALL, EDGE, KVM17, KVM19, LEVEL, XEN, World

from tb.model.hypervisor.lock_order import LockError
from tb.model.hypervisor.new_vgic import Dialect
from tb.model.hypervisor.new_vgic.order import Demand


def demand(world: World) -> Demand:
    vcpu = world.state.vcpus[0]

    async def arrange() -> Demand:
        async with world.state.held(vcpu.lock):
            return await world.state.dialect.order.arrange(world.state, vcpu)

    return world.run(arrange())


def active(world: World, intid: int, priority: int) -> None:
    world.listed(intid, active=1, priority=priority)


def pending(world: World, intid: int, priority: int) -> None:
    world.listed(intid, pending_latch=1, priority=priority)


def disabled(world: World, intid: int, priority: int) -> None:
    world.listed(intid, pending_latch=1, priority=priority).enabled = 0


def idle(world: World, intid: int, priority: int) -> None:
    world.listed(intid, priority=priority)


ENTRIES = [
    (40, idle, 0x00),
    (41, pending, 0x80),
    (42, active, 0xF0),
    (43, pending, 0x20),
    (44, disabled, 0x00),
    (45, active, 0x10),
    (46, pending, 0x80),
]


def fill(world: World, entries: list[tuple[int, Callable[[World, int, int], None], int]]) -> None:
    for intid, make, priority in entries:
        make(world, intid, priority)


@pytest.mark.parametrize("dialect", [XEN, KVM17], ids=["xen", "kvm17"])
def test_active_come_first_unordered_then_pending_by_priority(dialect: Dialect) -> None:
    """NV-SORT-1; stable."""
    world = World(dialect)
    fill(world, ENTRIES)
    demand(world)
    assert world.ap_list() == [42, 45, 43, 41, 46, 40, 44]


def test_kvm19_puts_pending_first() -> None:
    """NV-SORT-2, K19-1: deliverable, of an enabled group, pending, by priority, mapped."""
    world = World(KVM19)
    world.state.vcpus[0].vmcr = 1  # group 0
    fill(world, ENTRIES)
    world.listed(47, pending_latch=1, priority=0x80, hw=1)
    world.listed(48, pending_latch=1, priority=0x00, group=1)
    demand(world)
    assert world.ap_list() == [43, 47, 41, 46, 45, 42, 48, 40, 44]


@ALL
def test_a_list_that_fits_keeps_its_order(dialect: Dialect) -> None:
    """NV-DEPTH-2."""
    world = World(dialect, nr_lr=2)
    pending(world, 40, 0x80)
    pending(world, 41, 0x20)
    demand(world)
    assert world.ap_list() == [40, 41]
    pending(world, 42, 0x00)
    demand(world)
    assert world.ap_list() == [42, 41, 40]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (XEN, Demand(4, 0, False)),  # one each
        (KVM17, Demand(3 + 1 + 1 + 0, 0, True)),  # three sources and two more
        (KVM19, Demand(1, 1, False)),  # deliverable only
    ],
    ids=["xen", "kvm17", "kvm19"],
)
def test_depth(dialect: Dialect, expected: Demand) -> None:
    """NV-DEPTH-1."""
    world = World(dialect)
    world.listed(3, pending_latch=1, source=0b1011)
    world.listed(40, active=1)
    disabled(world, 41, 0)
    idle(world, 42, 0)
    assert demand(world) == expected


def test_an_active_sgi_weighs_its_active_instance_too() -> None:
    """NV-DEPTH-1: one waiting source makes two, so the list is sorted."""
    world = World(KVM17)
    pending(world, 40, 0x80)
    world.listed(3, pending_latch=1, source=0b1, active=1)
    assert demand(world) == Demand(3, 0, True)
    assert world.ap_list() == [3, 40]


def test_a_disabled_sgi_makes_kvm17_sort_too() -> None:
    """NV-DEPTH-1: every entry counts."""
    world = World(KVM17)
    world.listed(3, pending_latch=1, source=0b11).enabled = 0
    pending(world, 40, 0x80)
    assert demand(world).multi_sgi
    assert world.ap_list() == [40, 3]


def test_active_and_pending_counts_as_active() -> None:
    """K19-2."""
    world = World(KVM19)
    world.listed(40, config=EDGE, active=1, pending_latch=1)
    world.listed(41, config=LEVEL, line_level=1)
    assert demand(world) == Demand(1, 1, False)


@pytest.mark.parametrize(
    ("dialect", "deadlocks"), [(XEN, True), (KVM17, False), (KVM19, False)], ids=["xen", "kvm17", "kvm19"]
)
def test_an_entry_compared_with_itself(dialect: Dialect, deadlocks: bool) -> None:
    """NV-LOCK-3; `xen` lacks the test."""
    world = World(dialect)
    irq = world.listed(40)
    vcpu = world.state.vcpus[0]

    async def compare() -> bool:
        async with world.state.held(vcpu.lock):
            return await dialect.order.is_behind(world.state, vcpu, irq, irq)

    if deadlocks:
        with pytest.raises(LockError, match="taken by its holder"):
            world.run(compare())
    else:
        assert world.run(compare()) is False
