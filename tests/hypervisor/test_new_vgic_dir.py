# SPDX-License-Identifier: Apache-2.0
"""The trapped GICV_DIR of kvm19 (K19-5)."""

import pytest
from new_vgic_world import EOI, KVM19, LEVEL, A, World

SPLIT = 1 << 9  # VEM: EOImode 1


def split(vcpus: int = 2) -> World:
    world = World(KVM19, vcpus)
    for vcpu in world.state.vcpus:
        vcpu.vmcr = SPLIT
    return world


def write_dir(world: World, value: int, vcpu: int = 0) -> list[int]:
    """Who is asked to prune."""
    world.happened()
    world.run(world.vgic.trapped_dir(vcpu, value))
    return [each.number for each in world.state.vcpus if each.prune_requested]


def test_it_ends_an_interrupt_outside_the_list_registers() -> None:
    """Folded by all rules; the owner prunes at its next entry, without a kick."""
    world = split()
    irq = world.listed(40, 1, config=LEVEL, active=1)
    assert write_dir(world, 40) == [1]
    assert (irq.active, world.ap_list(1)) == (0, [40])
    assert world.happened() == [("acked", 40)]
    assert world.run(world.vgic.serve_requests(1))
    assert world.ap_list(1) == []
    assert not world.run(world.vgic.serve_requests(1))


def test_a_mapped_one_is_deactivated_once() -> None:
    world = split()
    world.listed(40, active=1, hw=1, pintid=0x55)
    write_dir(world, 40)
    assert world.happened() == [("dir", 0x55)]


@pytest.mark.parametrize("value", [40, 41, 1000])
def test_it_is_ignored(value: int) -> None:
    """EOImode 0 of who writes; on no list; no such interrupt."""
    world = split()
    world.listed(40, 1, active=1)
    world.state.vcpus[0].vmcr = 0
    if value != 40:
        world.state.vcpus[0].vmcr = SPLIT
    assert write_dir(world, value) == []
    assert world.irq(40).active


def test_another_instance_of_an_sgi_is_ignored() -> None:
    world = split()
    irq = world.listed(5, active=1, active_source=2)
    assert write_dir(world, 3 << 10 | 5) == []
    assert irq.active
    assert write_dir(world, 2 << 10 | 5) == [0]
    assert not irq.active


def test_one_in_a_list_register_is_cleared_with_all_vcpus_halted() -> None:
    """As ICACTIVER does: no notice."""
    world = split()
    irq = world.listed(40, 1, config=LEVEL, active=1, on_lr=1)
    assert write_dir(world, 40) == [1]
    assert (irq.active, world.happened()) == (0, [("halt",), ("resume",)])


def test_an_inactive_one_asks_for_a_prune_too() -> None:
    """Its pending state survives the fold."""
    world = split()
    irq = world.listed(40, pending_latch=1)
    assert write_dir(world, 40) == [0]
    assert (irq.pending_latch, irq.active) == (1, 0)


def test_no_word_of_it_reaches_the_hardware() -> None:
    world = split()
    world.set_lrs(A | EOI | 50)
    world.listed(40, active=1)
    write_dir(world, 40)
    assert world.happened("write") == []
