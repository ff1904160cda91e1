# SPDX-License-Identifier: Apache-2.0
"""Who should have an interrupt, and how it gets there (A.3)."""

from typing import Any

import pytest
from new_vgic_world import ALL, EDGE, KVM, KVM17, LEVEL, XEN, World

from tb.model.hypervisor.lock_order import LockError
from tb.model.hypervisor.new_vgic import Dialect


@ALL
@pytest.mark.parametrize(
    ("on", "fields", "expected"),
    [
        (True, {"pending_latch": 1}, 1),
        (True, {"pending_latch": 1, "enabled": 0}, None),
        (True, {}, None),
        (False, {"pending_latch": 1}, None),
        (True, {"config": LEVEL, "line_level": 1}, 1),
        (True, {"config": EDGE, "line_level": 1}, None),  # NV-REC-1
        (True, {"config": LEVEL, "pending_latch": 1}, 1),
        (False, {"active": 1, "enabled": 0}, 1),  # NV-ORACLE-1: nothing else is asked
    ],
)
def test_oracle(dialect: Dialect, on: bool, fields: dict[str, Any], expected: int | None) -> None:
    world = World(dialect)
    world.state.enabled = on
    irq = world.irq(40, 1, **fields)
    target = world.state.oracle(irq)
    assert (target.number if target else None) == expected


@ALL
def test_an_active_interrupt_stays_with_its_list(dialect: Dialect) -> None:
    """NV-ORACLE-1."""
    world = World(dialect)
    irq = world.listed(40, 0, active=1)
    irq.target_vcpu = world.state.vcpus[1]
    assert world.state.oracle(irq) is world.state.vcpus[0]


@ALL
def test_an_edge_is_latched_listed_and_kicked(dialect: Dialect) -> None:
    """NV-INJ-1, NV-INJ-2, NV-QUEUE-3: at the tail, unsorted."""
    world = World(dialect)
    world.listed(50, 1, pending_latch=1, priority=0xF8)
    irq = world.irq(40, 1)
    assert world.run(world.vgic.inject(None, 40, 0)) == 0
    assert (irq.pending_latch, world.ap_list(1), world.happened()) == (0, [50], [])
    assert world.run(world.vgic.inject(None, 40, 1)) == 0
    assert (irq.pending_latch, irq.vcpu) == (1, world.state.vcpus[1])
    assert (world.ap_list(1), world.happened()) == ([50, 40], [("kick", 1)])


@ALL
def test_a_level_counts_only_when_it_changes(dialect: Dialect) -> None:
    """NV-INJ-1; a fall kicks the vCPU whose list has the interrupt, and takes nothing off (NV-INJ-2)."""
    world = World(dialect)
    irq = world.irq(40, config=LEVEL)
    world.run(world.vgic.inject(None, 40, 1))
    assert (irq.line_level, irq.pending_latch, world.happened()) == (1, 0, [("kick", 0)])
    world.run(world.vgic.inject(None, 40, 1))
    assert world.happened() == []
    irq.active = 1
    world.run(world.vgic.inject(None, 40, 0))
    assert (irq.line_level, world.ap_list(), world.happened()) == (0, [40], [("kick", 0)])


@ALL
def test_a_fall_of_what_nobody_needs_kicks_nobody(dialect: Dialect) -> None:
    """NV-QUEUE-2: v is None."""
    world = World(dialect)
    world.listed(40, config=LEVEL, line_level=1)
    world.run(world.vgic.inject(None, 40, 0))
    assert (world.ap_list(), world.happened()) == ([40], [])


@ALL
def test_the_kick_goes_to_the_target_not_to_the_list(dialect: Dialect) -> None:
    """NV-QUEUE-2."""
    world = World(dialect)
    irq = world.listed(40, 0, pending_latch=1)
    irq.target_vcpu = world.state.vcpus[1]
    world.run(world.vgic.inject(None, 40, 1))
    assert (world.ap_list(0), world.ap_list(1), world.happened()) == ([40], [], [("kick", 1)])


@ALL
def test_a_private_interrupt_goes_to_its_owner(dialect: Dialect) -> None:
    world = World(dialect)
    world.irq(20, 0)
    world.irq(20, 1)
    world.run(world.vgic.inject(1, 20, 1))
    assert (world.ap_list(0), world.ap_list(1)) == ([], [20])


@KVM
def test_only_the_owner_injects(dialect: Dialect) -> None:
    """NV-INJ-1: the token is tested first; a refusal is no error."""
    world = World(dialect)
    irq = world.irq(20, token=7)
    assert world.run(world.vgic.inject(0, 20, 1)) == 0
    assert world.run(world.vgic.inject(0, 20, 1, token=8)) == 0
    assert (irq.line_level, world.happened()) == (0, [])
    assert world.run(world.vgic.inject(0, 20, 1, token=7)) == 0
    assert (irq.line_level, world.happened()) == (1, [("kick", 0)])


@KVM
def test_there_is_nothing_beyond_the_last_interrupt(dialect: Dialect) -> None:
    """NV-INJ-1."""
    assert World(dialect).run(World(dialect).vgic.inject(None, 64, 1)) == -22


@ALL
def test_a_retarget_in_the_window_restarts(dialect: Dialect) -> None:
    """NV-QUEUE-3: the oracle is asked again with both locks."""
    world = World(dialect)
    irq = world.irq(40, 0)

    async def retarget() -> None:
        irq.target_vcpu = world.state.vcpus[1]

    world.in_window = retarget
    world.run(world.vgic.inject(None, 40, 1))
    assert (world.ap_list(0), world.ap_list(1), world.happened()) == ([], [40], [("kick", 1)])


@ALL
def test_a_second_injection_in_the_window_lists_once(dialect: Dialect) -> None:
    """NV-QUEUE-3, NV-REC-2: both kick."""
    world = World(dialect)
    world.irq(40, 0)
    world.in_window = lambda: world.vgic.inject(None, 40, 1)
    world.run(world.vgic.inject(None, 40, 1))
    assert (world.ap_list(), world.happened()) == ([40], [("kick", 0), ("kick", 0)])


@ALL
def test_a_clear_in_the_window_lists_nothing(dialect: Dialect) -> None:
    """NV-QUEUE-3: v is None then."""
    world = World(dialect)
    irq = world.irq(40, 0)

    async def clear() -> None:
        irq.pending_latch = 0

    world.in_window = clear
    world.run(world.vgic.inject(None, 40, 1))
    assert (world.ap_list(), world.happened()) == ([], [])


@ALL
def test_the_list_is_locked_before_the_interrupt(dialect: Dialect) -> None:
    """NV-LOCK-1, NV-QUEUE-3."""
    world = World(dialect)
    world.irq(40, 1)
    world.run(world.vgic.inject(None, 40, 1))
    assert world.locks == ["IRQ 40", "ap_list of vCPU 1", "IRQ 40"]


def test_xen_injects_under_the_lock_of_the_physical_interrupt() -> None:
    """NV-LOCK-1, the one exempt call."""
    world = World(XEN)
    world.run(world.vgic.map(None, 40, 72))
    world.irq(40)
    world.locks.clear()
    world.run(world.vgic.inject(None, 40, 1))
    assert world.locks == ["physical IRQ 72", "IRQ 40", "ap_list of vCPU 0", "IRQ 40"]


@KVM
def test_a_kick_leaves_a_request_that_cancels_the_entry(dialect: Dialect) -> None:
    """NV-KICK-1: kicks before the requests are served are in the flush already, later ones are not."""
    world = World(dialect)
    for intid in (40, 41):
        world.irq(intid)
    world.run(world.vgic.inject(None, 40, 1))
    world.run(world.vgic.serve_requests(0))
    world.run(world.vgic.flush(0))
    assert not world.vgic.must_cancel(0)
    world.run(world.vgic.inject(None, 41, 1))
    assert world.vgic.must_cancel(0)
    assert not world.vgic.must_cancel(1)


def test_xen_has_no_request() -> None:
    """NV-KICK-1."""
    world = World(XEN)
    world.irq(40)
    world.run(world.vgic.inject(None, 40, 1))
    assert world.happened() == [("kick", 0)]
    assert not world.vgic.must_cancel(0)


def test_the_world_refuses_a_lock_out_of_order() -> None:
    """What these tests rest on."""
    world = World(KVM17)
    irq = world.listed(40)

    async def wrong() -> None:
        async with world.state.held(irq.lock, world.state.vcpus[0].lock):
            pass

    with pytest.raises(LockError, match="NV-LOCK-1"):
        world.run(wrong())
