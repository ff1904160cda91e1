# SPDX-License-Identifier: Apache-2.0
import pytest
from story import SPI, Story, lr


def taken(dialect: str = "kvm17", intid: int = SPI, priority: int = 0x80) -> tuple[Story, int]:
    """Acknowledged, and out of the guest."""
    story = Story(dialect)
    story.set_up(intid, priority=priority)
    story.inject(intid)
    story.enter(lr(intid, priority=priority))
    value = story.acknowledge()
    story.leave()
    return story, value


def test_active_stays() -> None:
    story, value = taken()
    story.enter(lr(SPI, "A"))
    story.complete(value)
    story.leave()
    assert story.count("INV-ACT-1") == 1
    assert not story.found


@pytest.mark.parametrize("dialect", ["xen", "kvm17", "kvm19", "classic"])
def test_active_lost(dialect: str) -> None:
    story, _ = taken(dialect)
    story.enter()
    assert story.found == {"INV-ACT-1"}


@pytest.mark.parametrize(("dialect", "found"), [("kvm17", True), ("kvm19", False)])
def test_full_list_registers(dialect: str, found: bool) -> None:
    story, _ = taken(dialect)
    story.enter(*(lr(50 + n) for n in range(4)))
    assert ("INV-ACT-1" in story.found) == found


def test_classic_takes_out_what_is_disabled() -> None:
    story, _ = taken("classic")
    story.disable(SPI)
    story.enable(SPI)
    story.enter()
    assert not story.found


def test_disabled_stays_elsewhere() -> None:
    story, _ = taken()
    story.disable(SPI)
    story.enter()
    assert story.found == {"INV-ACT-1"}


def test_delivered_while_active() -> None:
    story, _ = taken()
    assert story.count("INV-ACT-2") == 1
    story.inject()
    story.enter(lr(SPI, priority=0x10))
    story.acknowledge()
    assert "INV-ACT-2" in story.found


def test_active_on_two_vcpus() -> None:
    story, _ = taken()
    story.inject()
    story.enter(lr(SPI), vcpu=1)
    story.acknowledge(1)
    assert "INV-ACT-2" in story.found


@pytest.mark.parametrize(("dialect", "found"), [("kvm17", True), ("classic", False)])
def test_second_source_while_active(dialect: str, found: bool) -> None:
    story = Story(dialect)
    story.send(5, 0, 1)
    story.enter(lr(5, priority=0x80, source=0))
    story.acknowledge()
    story.send(5, 1, 1)
    story.gich(0, "GICH_LR1", lr(5, priority=0, source=1))
    story.acknowledge()
    assert ("INV-ACT-2" in story.found) == found


def overflow(inside: int) -> Story:
    """Two are active, the better one outside; its completion is counted. Then one is inside."""
    story, _ = taken("kvm19", 41, priority=0x80)
    story.set_up(42, priority=0x40)
    story.inject(42)
    story.enter(lr(42, priority=0x40), lr(41, "A"))
    value = story.acknowledge()
    story.leave()
    story.enter(lr(41, "A"), *(lr(50 + n, "P", priority=0xF0) for n in range(3)))
    story.complete(value)
    story.leave()
    story.enter(lr(inside, "A"))
    return story


def test_right_victim() -> None:
    story = overflow(41)
    assert story.count("INV-ACT-3") == 2  # the victim is gone, the other one is not
    assert "INV-ACT-3" not in story.found


def test_wrong_victim() -> None:
    story = overflow(42)
    assert "INV-ACT-3" in story.found
