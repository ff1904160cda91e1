# SPDX-License-Identifier: Apache-2.0
"""What a flush loads and writes (A.5, K19-2)."""

import pytest
from new_vgic_world import (
    ALL,
    EN,
    EOI,
    KVM,
    KVM17,
    KVM19,
    LEVEL,
    LRENPIE,
    NPIE,
    UIE,
    XEN,
    A,
    P,
    World,
)

from tb.model.hypervisor.new_vgic import Dialect

GROUP_0_ON = 1
DISABLED_GROUPS = 0x10 | 0x40  # VGrp0EIE, VGrp1EIE


def flush(world: World, vcpu: int = 0) -> None:
    world.happened()
    world.run(world.vgic.flush(vcpu))


@ALL
def test_what_is_not_for_this_vcpu_takes_no_list_register(dialect: Dialect) -> None:
    """NV-FLUSH-2."""
    world = World(dialect)
    world.listed(40, pending_latch=1).target_vcpu = world.state.vcpus[1]
    world.listed(41, pending_latch=1).enabled = 0
    world.listed(42, pending_latch=1)
    flush(world)
    assert (world.state.vcpus[0].used, world.lrs()) == (1, [P | 42, 0, 0, 0])


@pytest.mark.parametrize(("left", "hcr"), [(False, EN), (True, EN | UIE)])
@pytest.mark.parametrize("dialect", [XEN, KVM17], ids=["xen", "kvm17"])
def test_underflow_is_asked_for_only_if_something_is_left_on_the_list(
    dialect: Dialect, left: bool, hcr: int
) -> None:
    """NV-FLUSH-10: deliverable or not."""
    world = World(dialect, nr_lr=2)
    for intid in (40, 41):
        world.listed(intid, pending_latch=1)
    if left:
        world.listed(42).enabled = 0
    flush(world)
    assert world.gich[0, "GICH_HCR"] == hcr


@pytest.mark.parametrize("dialect", [XEN, KVM17], ids=["xen", "kvm17"])
def test_an_empty_list_touches_nothing(dialect: Dialect) -> None:
    """NV-FLUSH-1, NV-FLUSH-11."""
    world = World(dialect)
    flush(world)
    assert (world.happened(), world.locks) == ([], [])


def test_kvm17_writes_nothing_if_nothing_is_loaded() -> None:
    """NV-FLUSH-11."""
    world = World(KVM17)
    world.listed(40, pending_latch=1).enabled = 0
    flush(world)
    assert world.happened() == []


def test_kvm17_writes_hcr_then_the_used_list_registers() -> None:
    """NV-FLUSH-11."""
    world = World(KVM17)
    world.listed(40, pending_latch=1)
    world.listed(41, pending_latch=1, priority=0x10)
    flush(world)
    assert world.happened() == [
        ("write", "HCR", EN),
        ("write", "LR0", P | 40),
        ("write", "LR1", P | 1 << 24 | 41),
    ]


def test_xen_writes_list_registers_then_underflow_then_enable() -> None:
    """NV-FLUSH-11; what else HCR has stays (NV-SYNC-1)."""
    world = World(XEN, nr_lr=1)
    world.gich[0, "GICH_HCR"] = 3 << 27
    world.listed(40, pending_latch=1)
    world.listed(41, pending_latch=1)
    flush(world)
    assert world.happened() == [
        ("write", "LR0", P | 40),
        ("write", "HCR", 3 << 27 | UIE),
        ("write", "HCR", 3 << 27 | UIE | EN),
    ]


def test_kvm19_writes_hcr_at_every_entry() -> None:
    """K19-2, K19-7: a group that is off asks for an exit when it is turned on, and the other way."""
    world = World(KVM19)
    flush(world)
    assert world.happened() == [("write", "HCR", EN | DISABLED_GROUPS)]
    world.state.vcpus[0].vmcr = GROUP_0_ON
    flush(world)
    assert world.happened() == [("write", "HCR", EN | 0x20 | 0x40)]
    world.state.vcpus[0].vmcr = 0b11
    flush(world)
    assert world.happened() == [("write", "HCR", EN | 0x20 | 0x80)]


@pytest.mark.parametrize(
    ("pending", "active", "exits"),
    [
        (2, 0, 0),
        (3, 0, NPIE | UIE),
        (1, 1, 0),
        (2, 1, LRENPIE | UIE),
        (3, 1, NPIE | LRENPIE | UIE),
        (0, 3, LRENPIE | UIE),
    ],
)
def test_kvm19_asks_for_exits_by_what_is_deliverable(pending: int, active: int, exits: int) -> None:
    """K19-2."""
    world = World(KVM19, nr_lr=2)
    for n in range(pending):
        world.listed(40 + n, pending_latch=1)
    for n in range(active):
        world.listed(50 + n, active=1)
    world.listed(60, pending_latch=1).enabled = 0
    flush(world)
    assert world.gich[0, "GICH_HCR"] == EN | DISABLED_GROUPS | exits


def test_kvm17_loads_nothing_that_would_overtake_a_waiting_source() -> None:
    """NV-MSGI-2: equal priority still loads; list registers stay free, without UIE."""
    world = World(KVM17)
    world.listed(41, pending_latch=1, priority=0x28)
    world.listed(5, pending_latch=1, source=0b11, priority=0x20)
    world.listed(40, pending_latch=1, priority=0x20)
    flush(world)
    assert world.lrs() == [P | EOI | 2 << 24 | 5, P | 2 << 24 | 40, 0, 0]
    assert world.gich[0, "GICH_HCR"] == EN


@pytest.mark.parametrize("dialect", [XEN, KVM19], ids=["xen", "kvm19"])
def test_others_let_sources_wait(dialect: Dialect) -> None:
    """NV-MSGI-1, NV-MSGI-5."""
    world = World(dialect)
    world.listed(5, pending_latch=1, source=0b11, priority=0x20)
    world.listed(41, pending_latch=1, priority=0x28)
    flush(world)
    assert [word & 0x3FF for word in world.lrs()] == [5, 41, 0, 0]


def test_active_ones_come_first_into_kvm17_and_last_into_kvm19() -> None:
    """K19-1."""
    for dialect, loaded in ((KVM17, A), (KVM19, P)):
        world = World(dialect, nr_lr=1)
        world.listed(40, active=1)
        world.listed(41, pending_latch=1)
        flush(world)
        assert world.lrs()[0] & (A | P) == loaded


@KVM
def test_the_shadow_of_unused_list_registers_is_cleared(dialect: Dialect) -> None:
    """NV-FLUSH-11."""
    world = World(dialect)
    world.state.vcpus[0].shadow[:] = [1, 2, 3, 4]
    world.listed(40, pending_latch=1)
    flush(world)
    assert world.state.vcpus[0].shadow == [P | 40, 0, 0, 0]


def test_kvm19_notes_what_is_in_list_registers() -> None:
    """K19-6; K19-3: the last one counts only if all are in use."""
    world = World(KVM19, nr_lr=2)
    irq = world.listed(40, config=LEVEL, line_level=1)
    flush(world)
    assert (irq.on_lr, world.state.vcpus[0].last_lr_irq) == (1, None)
    world.run(world.vgic.sync(0))
    assert irq.on_lr == 0
    other = world.listed(41, pending_latch=1, priority=8)
    flush(world)
    assert world.state.vcpus[0].last_lr_irq is other


@ALL
def test_a_vcpu_takes_its_registers_along(dialect: Dialect) -> None:
    """NV-FLUSH-11: load and put."""
    world = World(dialect)
    vcpu = world.state.vcpus[0]
    vcpu.vmcr, vcpu.apr = 0xF800_0001, 4
    world.run(world.vgic.load(0, 1))
    assert (world.gich[1, "GICH_VMCR"], world.gich[1, "GICH_APR"]) == (0xF800_0001, 4)
    assert world.gich[1, "GICH_HCR"] == (EN if dialect is XEN else 0)
    world.gich[1, "GICH_VMCR"], world.gich[1, "GICH_APR"] = 0x5000_0001, 8
    world.run(world.vgic.put(0))
    assert vcpu.apr == 8
    assert vcpu.vmcr == (0xF800_0001 if dialect is KVM19 else 0x5000_0001)


def test_xen_takes_its_list_registers_along() -> None:
    """NV-FLUSH-11: they move only at a switch of vCPUs."""
    world = World(XEN)
    world.set_lrs(P | 40, A | 41)
    world.run(world.vgic.put(0))
    world.run(world.vgic.load(0, 1))
    assert world.lrs(1) == [P | 40, A | 41, 0, 0]


@pytest.mark.parametrize(
    ("dialect", "seen"), [(XEN, False), (KVM17, True), (KVM19, False)], ids=["xen", "kvm17", "kvm19"]
)
def test_who_reads_vmcr_before_a_wait(dialect: Dialect, seen: bool) -> None:
    """NV-FLUSH-11, block: kvm19 has read it at the exit already."""
    world = World(dialect)
    world.gich[0, "GICH_VMCR"] = 0xF800_0001
    world.run(world.vgic.block(0))
    assert (world.state.vcpus[0].vmcr == 0xF800_0001) == seen
