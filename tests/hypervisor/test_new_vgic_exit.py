# SPDX-License-Identifier: Apache-2.0
"""What a sync reads, and what it makes of it (A.6)."""

from typing import Any

import pytest
from new_vgic_world import (
    ALL,
    EN,
    EOI,
    HW,
    KVM,
    KVM17,
    KVM19,
    LEVEL,
    LRENPIE,
    UIE,
    XEN,
    A,
    P,
    World,
)

from tb.model.hypervisor.new_vgic import Dialect

HW_55 = HW | 0x55 << 10


def exit_with(world: World, *words: int) -> None:
    world.set_lrs(*words)
    world.happened()
    world.run(world.vgic.sync(0))


@ALL
@pytest.mark.parametrize(
    ("intid", "fields", "word", "expected"),
    [  # the table of A.6
        (40, {}, P | 40, {"pending_latch": 1, "active": 0}),
        (40, {}, A | 40, {"pending_latch": 0, "active": 1}),
        (40, {"pending_latch": 1}, A | 40, {"pending_latch": 1, "active": 1}),  # injected meanwhile
        (40, {}, 40, {"pending_latch": 0, "active": 0}),
        (40, {"pending_latch": 1, "active": 1}, 40, {"pending_latch": 1, "active": 0}),
        (40, {"active": 1}, P | 40, {"pending_latch": 1, "active": 0}),
        (40, {"config": LEVEL, "line_level": 1}, EOI | 40, {"pending_latch": 0, "line_level": 1}),
        (40, {"config": LEVEL, "pending_latch": 1}, EOI | 40, {"pending_latch": 0}),
        (40, {"config": LEVEL, "pending_latch": 1}, P | EOI | 40, {"pending_latch": 1}),
        (40, {"config": LEVEL}, P | EOI | 40, {"pending_latch": 0}),  # NV-SYNC-6: the wire rules
        (5, {"source": 0b100, "pending_latch": 1}, P | 1 << 10 | 5, {"source": 0b110, "pending_latch": 1}),
    ],
)
def test_fold(
    dialect: Dialect, intid: int, fields: dict[str, Any], word: int, expected: dict[str, int]
) -> None:
    world = World(dialect)
    irq = world.listed(intid, **fields)
    exit_with(world, word)
    assert {name: getattr(irq, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("dialect", "latch"), [(XEN, 0), (KVM17, 1), (KVM19, 1)], ids=["xen", "kvm17", "kvm19"]
)
def test_a_software_pending_that_came_after_the_acknowledge(dialect: Dialect, latch: int) -> None:
    """NV-SYNC-6: `xen` loses it (defect)."""
    world = World(dialect)
    irq = world.listed(40, config=LEVEL, pending_latch=1)
    exit_with(world, A | EOI | 40)
    assert irq.pending_latch == latch


@pytest.mark.parametrize(
    ("dialect", "source"), [(XEN, 0), (KVM17, 3), (KVM19, 3)], ids=["xen", "kvm17", "kvm19"]
)
def test_who_remembers_the_source_of_an_active_sgi(dialect: Dialect, source: int) -> None:
    """NV-SYNC-4."""
    world = World(dialect)
    irq = world.listed(5)
    exit_with(world, A | 3 << 10 | 5)
    assert irq.active_source == source


@ALL
@pytest.mark.parametrize(
    ("word", "notice"),
    [(EOI | 40, True), (P | EOI | 40, False), (A | EOI | 40, False), (40, False), (HW | EOI | 40, False)],
)
def test_the_notice_of_a_completed_level_interrupt(dialect: Dialect, word: int, notice: bool) -> None:
    """NV-SYNC-3."""
    world = World(dialect)
    world.listed(40, config=LEVEL)
    exit_with(world, word)
    assert world.happened("acked") == ([("acked", 40)] if notice and dialect is not XEN else [])


@KVM
def test_no_notice_for_a_private_interrupt(dialect: Dialect) -> None:
    """NV-SYNC-3."""
    world = World(dialect)
    world.listed(20)
    exit_with(world, EOI | 20)
    assert world.happened("acked") == []


@KVM
def test_who_is_notified_may_inject(dialect: Dialect) -> None:
    """NV-SYNC-3: no lock is held, and the fold goes on with what has come."""
    world = World(dialect)
    irq = world.listed(40, config=LEVEL, line_level=1)
    world.on_acked = lambda: world.vgic.inject(None, 40, 0)
    exit_with(world, EOI | 40)
    assert (irq.line_level, world.ap_list()) == (0, [])


@pytest.mark.parametrize("line", [0, 1])
@ALL
def test_a_mapped_level_interrupt_still_pending_is_sampled(dialect: Dialect, line: int) -> None:
    """NV-SYNC-7."""
    world = World(dialect)
    world.run(world.vgic.map(None, 40, 0x55))
    irq = world.listed(40, config=LEVEL)
    world.wires[0x55] = line
    exit_with(world, P | HW_55 | 40)
    assert irq.line_level == line
    assert world.happened("sample", "deactivate") == [("sample", 0x55), ("deactivate", 0x55)][: 2 - line]


@ALL
def test_a_mapped_level_interrupt_that_ended_with_its_line_high(dialect: Dialect) -> None:
    """NV-SYNC-7, second arm: not in `xen`."""
    world = World(dialect)
    world.run(world.vgic.map(None, 40, 0x55))
    irq = world.listed(40, config=LEVEL, active=1, line_level=1)
    exit_with(world, HW_55 | 40)
    assert irq.line_level == (1 if dialect is XEN else 0)
    assert (world.happened("sample") == []) == (dialect is XEN)


@KVM
def test_an_empty_list_register_keeps_its_shadow_without_state(dialect: Dialect) -> None:
    """NV-SYNC-1: what GICH has there then does not matter."""
    world = World(dialect)
    irq = world.listed(40, config=LEVEL)
    world.set_lrs(P | EOI | 40)
    world.gich[0, "GICH_LR0"] = 0
    world.run(world.vgic.sync(0))
    assert (irq.active, world.happened("acked")) == (0, [("acked", 40)])


def test_kvm17_empties_list_registers_then_clears_hcr() -> None:
    """NV-SYNC-1; nothing at all if none is in use."""
    world = World(KVM17)
    world.listed(40)
    world.listed(41)
    exit_with(world, A | 40, P | 41)
    assert world.happened("write") == [("write", "LR0", 0), ("write", "LR1", 0), ("write", "HCR", 0)]
    world.run(world.vgic.sync(0))
    assert world.happened("write") == []


def test_kvm19_reads_vmcr_and_clears_hcr_always() -> None:
    """NV-SYNC-1."""
    world = World(KVM19)
    world.gich[0, "GICH_VMCR"] = 0xF800_0001
    exit_with(world)
    assert world.state.vcpus[0].vmcr == 0xF800_0001
    assert world.happened("write") == [("write", "HCR", 0)]


def test_xen_clears_underflow_first_and_enable_last() -> None:
    """NV-SYNC-1, NV-SYNC-2: EOICount stays; ELRSR is not asked."""
    world = World(XEN)
    world.listed(40)
    world.gich[0, "GICH_HCR"] = 2 << 27 | UIE | EN
    exit_with(world, A | 40)
    assert world.happened("write") == [
        ("write", "HCR", 2 << 27 | EN),
        ("write", "LR0", 0),
        ("write", "HCR", 2 << 27),
    ]
    world.gich[0, "GICH_HCR"] = EN
    exit_with(world)
    assert world.happened("write") == []


# ---- K19-3: completions that found no list register


def overflowed(count: int) -> World:
    """40 is in the only list register; of 41 to 44 behind it all but 42 are active; `count` EOIs missed."""
    world = World(KVM19, nr_lr=1)
    for intid in (40, 41, 42, 43, 44):
        world.listed(intid, active=int(intid > 40), config=LEVEL)
    world.irq(42, active=0, pending_latch=1)
    world.irq(44, config=0)
    vcpu = world.state.vcpus[0]
    vcpu.last_lr_irq, vcpu.hcr = vcpu.ap_list[0], EN | LRENPIE
    world.gich[0, "GICH_HCR"] = count << 27 | EN | LRENPIE
    return world


@pytest.mark.parametrize(
    ("count", "still_active"), [(0, [41, 43, 44]), (1, [43, 44]), (2, [44]), (3, []), (31, [])]
)
def test_missed_completions_end_what_comes_behind_the_last_loaded(
    count: int, still_active: list[int]
) -> None:
    world = overflowed(count)
    exit_with(world, P | EOI | 40)
    assert [n for n in range(40, 45) if world.irq(n).active] == still_active


def test_missed_completions_are_folded_by_all_rules() -> None:
    """NV-SYNC-3, and the physical interrupt is deactivated."""
    world = overflowed(1)
    exit_with(world, P | EOI | 40)
    assert world.happened("acked") == [("acked", 41)]
    world = overflowed(1)
    world.irq(41, hw=1, pintid=0x55)
    exit_with(world, P | EOI | 40)
    assert world.happened("acked", "dir") == [("dir", 0x55)]


def test_missed_completions_count_only_if_asked_for() -> None:
    """K19-3: LRENPIE in the shadow, all list registers in use."""
    world = overflowed(2)
    world.state.vcpus[0].hcr = EN
    exit_with(world, P | EOI | 40)
    assert world.irq(41).active
    world = overflowed(2)
    world.state.vcpus[0].last_lr_irq = None
    exit_with(world, P | EOI | 40)
    assert world.irq(41).active
