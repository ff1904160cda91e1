# SPDX-License-Identifier: Apache-2.0
"""What hand-made stories hit, exactly."""

from typing import Any

import pytest

import gicv2_registers as regs
from tb import coverage
from tb.coverage.collector import Collector
from tb.coverage.windows import Windows
from tb.model.hypervisor.new_vgic import KVM17, NewVgic
from tb.model.machine.events import Cause, LockFreed, LockTaken, Publisher, WindowOpened
from tests.ledger.story import NUM_LR, OPEN, Story, lr

EDGE, LEVEL = 41, 42


class Sampled(Story):
    """A story that is sampled, with an edge and a level."""

    def __init__(self, dialect: str = "kvm17") -> None:
        super().__init__(dialect)
        self.collector = coverage.attach(self.publisher, dialect)
        self.set_up(EDGE)
        self.set_up(LEVEL, edge=False)

    def hits(self, point: str) -> set[str]:
        assert not self.collector.errors
        return self.collector.hits.get(point, set())


def test_way_of_an_edge() -> None:
    story = Sampled()
    story.enter(lr(EDGE))
    assert story.hits("device.list_registers") == {"spi-edge g0 plain enters-P"}
    value = story.acknowledge()
    story.complete(value)
    story.leave()
    assert story.hits("device.list_registers") == {
        f"spi-edge g0 plain {move}" for move in ("enters-P", "P->A", "A->0", "exits-0")
    }
    assert story.hits("kvm17.sync") == {"edge P->0 once"}
    assert story.hits("kvm17.exits") == {"tick empty"}
    assert story.hits("device.completion") == {"EOImode=0 EOIR ends-A"}
    assert story.hits("device.nesting") == {"1"}


def test_edge_that_comes_again_while_it_is_active() -> None:
    story = Sampled()
    story.enter(lr(EDGE))
    story.acknowledge()
    story.inject(EDGE)
    story.leave()
    story.enter(lr(EDGE, "PA"))
    story.complete(EDGE)
    story.exit(cause=Cause.KICK)
    story.sync()
    assert story.hits("kvm17.sync") == {"edge P->A again", "edge AP->P once"}
    assert story.hits("kvm17.exits") == {"tick A-room", "kick P-room"}
    assert "spi-edge g0 plain AP->P" in story.hits("device.list_registers")


def test_level_by_its_wire() -> None:
    story = Sampled()
    story.line(LEVEL, 1)
    story.enter(lr(LEVEL, eoi=True))
    story.complete(story.acknowledge())
    story.leave()
    assert story.hits("kvm17.sync") == {"level P->0 high"}
    story.enter(lr(LEVEL, eoi=True))
    story.line(LEVEL, 0)
    story.leave()
    assert story.hits("kvm17.sync") == {"level P->0 high", "level P->P low"}
    assert story.hits("device.misr") == {"EOI"}


def test_kind_that_changes_in_use_is_not_sampled() -> None:
    story = Sampled()
    story.set_up(EDGE, edge=False)
    story.enter(lr(EDGE))
    story.leave()
    assert not story.hits("device.list_registers")
    assert not story.hits("kvm17.sync")


def test_maintenance_causes_alone_and_in_pairs() -> None:
    story = Sampled()
    story.enter(lr(EDGE), hcr=regs.GICH_HCR_EN_MASK | regs.GICH_HCR_UIE_MASK)
    assert story.hits("device.misr") == {"U"}
    story.acknowledge()
    story.leave()
    story.enter(lr(EDGE, "A"), hcr=regs.GICH_HCR_EN_MASK | regs.GICH_HCR_UIE_MASK | regs.GICH_HCR_NPIE_MASK)
    assert story.hits("device.misr") == {"U", "U+NP"}


def test_split_completion() -> None:
    story = Sampled()
    story.gich(0, "GICH_VMCR", OPEN | regs.GICH_VMCR_VEM_MASK)
    story.enter(lr(EDGE))
    value = story.acknowledge()
    story.complete(value)
    story.complete(value, register="GICV_DIR")
    story.complete(value, register="GICV_DIR")
    story.complete(1023)
    assert story.hits("device.completion") == {
        f"EOImode=1 {what}" for what in ("EOIR drops", "DIR ends-A", "DIR counts", "EOIR nothing")
    }


def test_full_list_registers() -> None:
    story = Sampled()
    intids = range(LEVEL + 1, LEVEL + 1 + NUM_LR)
    for intid in intids:
        story.set_up(intid)
    story.enter(*(lr(intid, priority=8 * (10 - n)) for n, intid in enumerate(intids)))
    story.acknowledge()
    story.leave()
    assert story.hits("kvm17.exits") == {"tick P-and-A-full"}


@pytest.fixture
def vgic() -> NewVgic:
    return NewVgic(Any, KVM17, vcpus=2, nr_lr=4, nr_spis=32)  # type: ignore[arg-type]  # no platform is used


@pytest.mark.parametrize(
    ("meanwhile", "hits"),
    [
        ({}, {"NV-QUEUE-3 nothing"}),
        ({"enabled": 0}, {"NV-QUEUE-3 disabled"}),
        ({"pending_latch": 0, "active": 1}, {"NV-QUEUE-3 withdrawn", "NV-QUEUE-3 activated"}),
    ],
)
def test_windows(vgic: NewVgic, meanwhile: dict[str, int], hits: set[str]) -> None:
    publisher = Publisher()
    collector = Collector(publisher, "kvm17", vgic)
    Windows(collector)
    irq, other = vgic.state.spis[:2]
    irq.enabled = irq.pending_latch = 1
    publisher.publish(LockFreed("device", irq.lock))
    publisher.publish(WindowOpened("device", "NV-QUEUE-3"))
    publisher.publish(LockTaken("another device", irq.lock))
    publisher.publish(LockTaken("device", vgic.state.vcpus[0].lock))
    for name, value in meanwhile.items():
        setattr(irq, name, value)
    other.active = 1
    assert not collector.hits
    publisher.publish(LockTaken("device", irq.lock))
    assert collector.hits == {"kvm17.windows": hits}


def test_bin_that_the_rules_forbid_is_an_error() -> None:
    story = Sampled()
    story.enter(lr(LEVEL, "PA", eoi=True, group=1))
    (error,) = story.collector.errors
    assert "`spi-level g1 eoi enters-AP` was hit, which cannot be" in error
