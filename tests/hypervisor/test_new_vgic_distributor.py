# SPDX-License-Identifier: Apache-2.0
"""A guest's accesses to the distributor (A.8)."""

from typing import Any

import pytest
from new_vgic_world import ALL, EDGE, KVM, KVM17, KVM19, LEVEL, XEN, World

from tb.model.hypervisor.new_vgic import Dialect
from tb.model.hypervisor.new_vgic.record import Vcpu
from tb.model.hypervisor.platform import HypervisorStopped, UnclaimedAccess

CTLR, TYPER, IIDR, SGIR = 0x000, 0x004, 0x008, 0xF00
IGROUPR, ISENABLER, ICENABLER, ISPENDR, ICPENDR, ISACTIVER, ICACTIVER = range(0x080, 0x400, 0x80)
IPRIORITYR, ITARGETSR, ICFGR, CPENDSGIR, SPENDSGIR = 0x400, 0x800, 0xC00, 0xF10, 0xF20
WORD_1 = 4  # INTIDs 32 to 63
BIT_40 = 1 << 8


def read(world: World, offset: int, length: int = 4, vcpu: int = 0) -> int:
    return world.run(world.vgic.mmio_read(vcpu, offset, length))


def write(world: World, offset: int, value: int, length: int = 4, vcpu: int = 0) -> list[tuple[Any, ...]]:
    """What happened in the world."""
    world.happened()
    world.run(world.vgic.mmio_write(vcpu, offset, length, value))
    return world.happened()


def mapped(dialect: Dialect, **fields: Any) -> World:
    """IRQ 40 is tied to physical interrupt 72 and at rest."""
    world = World(dialect)
    assert world.run(world.vgic.map(None, 40, 72)) == 0
    irq = world.irq(40)
    for name, value in fields.items():
        setattr(irq, name, value)
    return world


@ALL
@pytest.mark.parametrize(
    ("offset", "kvm", "xen"),
    [
        (CTLR, 1, 1),
        (TYPER, 1 << 5 | 1, 1 << 5 | 1),  # two vCPUs, 64 interrupts
        (IIDR, 0x4B00_343B, 0x4B01_043B),
        (IGROUPR, 0, 0xFFFF_FFFF),
        (ISENABLER, 0xFFFF, 0xFFFF),
        (ICENABLER + WORD_1, 0, 0),
        (ISPENDR, 0, 0),
        (ICACTIVER, 0, 0),
        (IPRIORITYR, 0, 0),
        (ITARGETSR, 0x0101_0101, 0x0101_0101),
        (ITARGETSR + 32, 0, 0),
        (ICFGR, 0xAAAA_AAAA, 0xAAAA_AAAA),
        (ICFGR + 4, 0, 0),
        (ICFGR + 8, 0xAAAA_AAAA, 0xAAAA_AAAA),
    ],
)
def test_values_at_reset(dialect: Dialect, offset: int, kvm: int, xen: int) -> None:
    assert read(World(dialect), offset) == (xen if dialect is XEN else kvm)


@ALL
@pytest.mark.parametrize(
    ("offset", "length"),
    [
        (0x00C, 4),
        (0xF04, 4),
        (0xF30, 4),
        (0xFE8, 4),
        (ISENABLER, 1),
        (IPRIORITYR, 2),
        (IPRIORITYR + 1, 4),
        (ISENABLER + 8, 4),  # INTIDs beyond the last
        (IPRIORITYR + 64, 1),
        (SGIR, 1),
    ],
)
def test_what_no_register_takes(dialect: Dialect, offset: int, length: int) -> None:
    world = World(dialect)
    if dialect is XEN:
        with pytest.raises(UnclaimedAccess):
            read(world, offset, length)
        with pytest.raises(UnclaimedAccess):
            write(world, offset, 0xFFFF_FFFF, length)
    else:
        assert read(world, offset, length) == 0
        assert write(world, offset, 0xFFFF_FFFF, length) == []


@ALL
def test_turning_it_on_kicks_who_has_something_pending(dialect: Dialect) -> None:
    """NV-MMIO-1."""
    world = World(dialect)
    world.listed(40, 1, pending_latch=1)
    world.state.vcpus[1].vmcr = 0xF8 << 24
    assert write(world, CTLR, 1) == []  # it is on
    assert write(world, CTLR, 0xFFFE) == []
    assert read(world, CTLR) == 0
    assert write(world, CTLR, 3) == [("kick", 1)]
    assert read(world, CTLR) == 1


@ALL
def test_enabling_queues(dialect: Dialect) -> None:
    """NV-MMIO-2: a second time only in KVM."""
    world = World(dialect)
    world.irq(40, pending_latch=1, enabled=0)
    assert write(world, ISENABLER + WORD_1, BIT_40) == [("kick", 0)]
    assert (world.ap_list(), read(world, ICENABLER + WORD_1)) == ([40], BIT_40)
    assert write(world, ISENABLER + WORD_1, BIT_40) == ([] if dialect is XEN else [("kick", 0)])
    assert write(world, ICENABLER + WORD_1, BIT_40) == []
    assert (world.ap_list(), read(world, ISENABLER + WORD_1)) == ([40], 0)


@ALL
def test_private_interrupts_are_banked(dialect: Dialect) -> None:
    world = World(dialect)
    write(world, ISENABLER, 1 << 20, vcpu=1)
    assert (read(world, ISENABLER, vcpu=0), read(world, ISENABLER, vcpu=1)) == (0xFFFF, 0x0010_FFFF)


def test_the_physical_side_of_enable_in_xen() -> None:
    """NV-MMIO-2: on a change only; after the queue, the affinity first."""
    world = mapped(XEN, enabled=0, pending_latch=1)
    on = [("kick", 0), ("affinity", 72, 1), ("enable", 72)]
    assert write(world, ISENABLER + WORD_1, BIT_40) == on
    assert write(world, ISENABLER + WORD_1, BIT_40) == []
    assert write(world, ICENABLER + WORD_1, BIT_40) == [("disable", 72)]
    assert write(world, ICENABLER + WORD_1, BIT_40) == []
    world.irq(40, enabled=0).target_vcpu = None
    assert write(world, ISENABLER + WORD_1, BIT_40) == [("enable", 72)]


@KVM
@pytest.mark.parametrize(
    ("fields", "wire", "events"),
    [
        ({"line_level": 1}, 0, [("sample", 72), ("deactivate", 72)]),
        ({"line_level": 1, "active": 1}, 0, [("sample", 72), ("kick", 0)]),
        ({"line_level": 0}, 0, [("sample", 72)]),
        ({"line_level": 0}, 1, [("sample", 72), ("kick", 0)]),
    ],
)
def test_enabling_samples_a_mapped_level_in_kvm(
    dialect: Dialect, fields: dict[str, int], wire: int, events: list[Any]
) -> None:
    """NV-MMIO-2."""
    world = mapped(dialect, config=LEVEL, **fields)
    world.wires[72] = wire
    assert write(world, ISENABLER + WORD_1, BIT_40) == events
    assert world.irq(40).line_level == wire


@ALL
def test_software_pending(dialect: Dialect) -> None:
    """NV-MMIO-3, NV-MMIO-4: a level interrupt is pending by its latch or its line."""
    world = World(dialect)
    irq = world.irq(40, config=LEVEL)
    assert write(world, ISPENDR + WORD_1, BIT_40) == [("kick", 0)]
    assert (irq.pending_latch, read(world, ICPENDR + WORD_1)) == (1, BIT_40)
    irq.line_level = 1
    write(world, ICPENDR + WORD_1, BIT_40)
    assert (irq.pending_latch, irq.line_level, read(world, ISPENDR + WORD_1)) == (0, 1, BIT_40)


@ALL
def test_software_pending_of_an_sgi(dialect: Dialect) -> None:
    """NV-MMIO-3: write-ignored by KVM; `xen` breaks NV-REC-3 both ways (defect)."""
    world = World(dialect)
    irq = world.irq(5)
    write(world, ISPENDR, 1 << 5)
    assert (irq.pending_latch, irq.source) == (int(dialect is XEN), 0)
    irq.pending_latch, irq.source = 1, 0b10
    write(world, ICPENDR, 1 << 5)
    assert (irq.pending_latch, irq.source) == (int(dialect is not XEN), 0b10)


@pytest.mark.parametrize(
    ("dialect", "fields", "events"),
    [
        (KVM17, {}, [("unpend", 72), ("deactivate", 72)]),
        (KVM17, {"active": 1}, [("unpend", 72)]),
        (KVM19, {"config": LEVEL, "line_level": 1}, [("unpend", 72), ("deactivate", 72)]),
        (XEN, {}, [("unpend", 72), ("deactivate", 72)]),
        (XEN, {"active": 1}, [("unpend", 72)]),
        (XEN, {"config": LEVEL, "line_level": 1}, []),  # still pending
    ],
)
def test_the_physical_side_of_clearing_pending(
    dialect: Dialect, fields: dict[str, Any], events: list[Any]
) -> None:
    """NV-MMIO-3."""
    assert write(mapped(dialect, **fields), ICPENDR + WORD_1, BIT_40) == events


@ALL
def test_the_physical_side_of_setting_pending(dialect: Dialect) -> None:
    """NV-MMIO-3: `xen` queues first."""
    events = [("activate", 72), ("kick", 0)]
    assert write(mapped(dialect), ISPENDR + WORD_1, BIT_40) == (events[::-1] if dialect is XEN else events)


@KVM
def test_a_mapped_level_reads_as_its_wire(dialect: Dialect) -> None:
    """NV-MMIO-4: a latch is invisible there."""
    world = mapped(dialect, config=LEVEL, pending_latch=1, line_level=1)
    assert read(world, ISPENDR + WORD_1) == 0
    world.wires[72] = 1
    assert read(world, ICPENDR + WORD_1) == BIT_40
    world.irq(40, config=EDGE)
    world.wires[72] = 0
    assert read(world, ICPENDR + WORD_1) == BIT_40


@KVM
def test_active_state_is_changed_with_all_vcpus_halted(dialect: Dialect) -> None:
    """NV-MMIO-5: an SPI's word, even if nothing changes; private words need no halt."""
    world = World(dialect)
    halted = [("halt",), ("resume",)]
    assert write(world, ISACTIVER + WORD_1, 0) == halted
    assert write(world, ISACTIVER + WORD_1, BIT_40) == [halted[0], ("kick", 0), halted[1]]
    assert world.ap_list() == [40]
    assert (read(world, ICACTIVER + WORD_1), world.happened()) == (BIT_40, halted)
    assert write(world, ICACTIVER + WORD_1, BIT_40) == halted
    assert (world.irq(40).active, world.ap_list()) == (0, [40])
    assert write(world, ISACTIVER, 1 << 5, vcpu=1) == [("kick", 1)]
    assert world.irq(5, 1).active_source == 1
    assert world.locks[0] == "VM"


@KVM
def test_the_physical_side_of_active(dialect: Dialect) -> None:
    """NV-MMIO-5."""
    world = mapped(dialect)
    assert ("activate", 72) in write(world, ISACTIVER + WORD_1, BIT_40)
    assert ("deactivate", 72) in write(world, ICACTIVER + WORD_1, BIT_40)


@pytest.mark.parametrize(
    ("active", "listed", "set_logs", "clear_logs"),
    [
        (0, False, True, False),
        (0, True, True, True),
        (1, True, True, True),
        (1, False, False, True),
    ],
)
def test_xen_only_logs_active_state(active: int, listed: bool, set_logs: bool, clear_logs: bool) -> None:
    """NV-MMIO-5."""
    world = World(XEN)
    (world.listed if listed else world.irq)(40, active=active)
    assert write(world, ISACTIVER + WORD_1, BIT_40) == [("log", 40)] * set_logs
    assert write(world, ICACTIVER + WORD_1, BIT_40) == [("log", 40)] * clear_logs
    assert read(world, ISACTIVER + WORD_1) == BIT_40 * active


@ALL
def test_priorities(dialect: Dialect) -> None:
    """NV-MMIO-6."""
    world = World(dialect)
    write(world, IPRIORITYR + 41, 0xAF, 1)
    assert read(world, IPRIORITYR + 40) == 0xA800
    assert write(world, IPRIORITYR + 40, 0x1122_3344) == []
    assert [world.irq(n).priority for n in range(40, 44)] == [0x40, 0x30, 0x20, 0x10]
    assert read(world, IPRIORITYR + 43, 1) == 0x10


@ALL
def test_targets(dialect: Dialect) -> None:
    """NV-MMIO-7: the lowest that exists; no queue, no kick."""
    world = World(dialect)
    irq = world.irq(40, pending_latch=1)
    assert write(world, ITARGETSR + 40, 0xFE, 1) == []
    assert (irq.targets, irq.target_vcpu) == (2, world.state.vcpus[1])
    write(world, ITARGETSR + 40, 0xFC, 1)
    assert irq.targets == 0
    assert irq.target_vcpu is (None if dialect is XEN else world.state.vcpus[0])
    write(world, ITARGETSR + 5, 0xFF, 1, vcpu=1)
    assert read(world, ITARGETSR + 4, vcpu=1) == 0x0202_0202


@ALL
def test_the_physical_side_of_targets(dialect: Dialect) -> None:
    """NV-MMIO-7."""
    world = mapped(dialect)
    assert write(world, ITARGETSR + 40, 2, 1) == ([("affinity", 72, 2)] if dialect is XEN else [])
    assert write(world, ITARGETSR + 40, 0, 1) == []


def test_a_vcpu_that_never_ran_is_on_the_first_cpu() -> None:
    """NV-MMIO-7: that is where its physical interrupts go."""
    world = mapped(XEN)
    world.state.vcpus[1] = Vcpu.create(1, world.state.nr_lr)
    assert write(world, ITARGETSR + 40, 2, 1) == [("affinity", 72, 1)]


@ALL
def test_configuration(dialect: Dialect) -> None:
    """NV-MMIO-6: of SPIs only."""
    world = World(dialect)
    write(world, ICFGR + 4, 0xFFFF_FFFF)
    assert read(world, ICFGR + 4) == 0
    world.irq(40, config=EDGE, line_level=1)
    assert write(world, ICFGR + 8, 0x5555_5555) == []
    assert (world.irq(40).config, read(world, ICFGR + 8)) == (LEVEL, 0)
    write(world, ICFGR + 8, 3 << 16)
    assert (world.irq(40).config, world.irq(41).config) == (EDGE, LEVEL)


@KVM
def test_groups(dialect: Dialect) -> None:
    """A write queues all 32 of the word, changed or not."""
    world = World(dialect)
    world.irq(40, 1, pending_latch=1)
    world.irq(50, pending_latch=1, group=1)
    assert write(world, IGROUPR + WORD_1, BIT_40) == [("kick", 1), ("kick", 0)]
    assert (world.irq(40).group, world.irq(50).group, read(world, IGROUPR + WORD_1)) == (1, 0, BIT_40)


@ALL
@pytest.mark.parametrize(
    ("value", "targets"),
    [
        (0x0005_0003, [0, 2]),
        (0x00F8_0003, []),  # clipped to the three that exist
        (0x0100_0003, [0, 2]),
        (0x0200_0003, [1]),
        (0x0307_0003, []),
    ],
)
def test_software_generated_interrupts(dialect: Dialect, value: int, targets: list[int]) -> None:
    """NV-MMIO-8."""
    world = World(dialect, vcpus=3)
    world.state.private[0][3].source = 0b100
    assert write(world, SGIR, value, vcpu=1) == [("kick", n) for n in targets]
    assert [n for n in range(3) if world.ap_list(n) == [3]] == targets
    assert world.state.private[0][3].source == (0b110 if 0 in targets else 0b100)


@KVM
def test_sources_by_hand(dialect: Dialect) -> None:
    """NV-MMIO-9: not clipped; a zero byte on a waiting SGI kicks again."""
    world = World(dialect)
    irq = world.irq(6)
    assert write(world, SPENDSGIR + 6, 0, 1) == []
    assert write(world, SPENDSGIR + 6, 0x81, 1) == [("kick", 0)]
    assert write(world, SPENDSGIR + 6, 0, 1) == [("kick", 0)]
    assert (irq.source, irq.pending_latch) == (0x81, 1)
    assert read(world, CPENDSGIR + 4) == 0x0081_0000
    write(world, CPENDSGIR + 4, 0x0001_0000)
    assert (irq.source, irq.pending_latch) == (0x80, 1)
    write(world, CPENDSGIR + 6, 0xFF, 1)
    assert (irq.source, irq.pending_latch) == (0, 0)


@pytest.mark.parametrize("offset", [CPENDSGIR, SPENDSGIR])
def test_sources_by_hand_stop_xen(offset: int) -> None:
    """NV-MMIO-9 (defect)."""
    for access in (lambda: read(World(XEN), offset), lambda: write(World(XEN), offset, 0)):
        with pytest.raises(HypervisorStopped):
            access()


def test_xen_maps_only_what_is_at_rest_and_unmaps_nothing() -> None:
    for fields in ({"enabled": 1}, {"active": 1}, {"pending_latch": 1}):
        world = World(XEN)
        world.irq(40, **{"enabled": 0, **fields})
        assert world.run(world.vgic.map(None, 40, 72)) == -16
    world = mapped(XEN, enabled=0)
    assert world.run(world.vgic.map(None, 40, 73)) == -16
    assert world.run(world.vgic.unmap(None, 40)) == -16
    assert (world.irq(40).hw, world.irq(40).pintid) == (1, 72)


@KVM
def test_kvm_maps_and_unmaps_at_any_time(dialect: Dialect) -> None:
    world = mapped(dialect, active=1)
    assert world.run(world.vgic.unmap(None, 40)) == 0
    assert world.irq(40).hw == 0
    assert world.run(world.vgic.map(None, 64, 72)) == -22
