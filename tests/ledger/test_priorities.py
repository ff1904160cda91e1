# SPDX-License-Identifier: Apache-2.0
import pytest
from story import SPI, Story, lr

GOOD = 41


def story_of(dialect: str) -> Story:
    """A better one waits outside."""
    story = Story(dialect)
    story.set_up(GOOD, priority=0x10)
    story.inject(SPI)
    story.inject(GOOD)
    return story


def test_better_one_inside() -> None:
    story = story_of("kvm17")
    story.enter(lr(GOOD, priority=0x10))
    assert story.count("INV-PRI-2") == 1
    assert not story.found


@pytest.mark.parametrize(
    ("dialect", "found"), [("kvm17", True), ("kvm19", True), ("xen", True), ("classic", False)]
)
def test_better_one_outside(dialect: str, found: bool) -> None:
    story = story_of(dialect)
    story.enter(lr(SPI))
    assert story.found == ({"INV-PRI-2"} if found else set())


@pytest.mark.parametrize(("dialect", "found"), [("kvm17", True), ("kvm19", False)])
def test_group_that_is_off(dialect: str, found: bool) -> None:
    story = story_of(dialect)
    story.write(0x084, 1 << GOOD % 32)
    story.gich(0, "GICH_VMCR", 0xF000_0001)
    story.enter(lr(SPI))
    assert ("INV-PRI-2" in story.found) == found


@pytest.mark.parametrize(("dialect", "found"), [("kvm17", True), ("kvm19", False), ("xen", False)])
def test_waiting_source_of_an_sgi(dialect: str, found: bool) -> None:
    story = Story(dialect)
    story.inject(SPI)
    story.send(5, 0, 1)
    story.send(5, 1, 1)
    story.enter(lr(5, priority=0, source=0), lr(SPI))
    assert ("INV-PRI-2" in story.found) == found


def test_what_comes_during_the_flush_may_wait() -> None:
    story = Story()
    story.set_up(GOOD, priority=0x10)
    story.inject(SPI)
    story.flush(0, lr(SPI))
    story.inject(GOOD)
    story.enter(lr(GOOD, priority=0x10), lr(SPI))
    assert not story.found


def test_active_one_may_be_outside() -> None:
    story = story_of("kvm19")
    story.enter(lr(GOOD, priority=0x10))
    story.acknowledge()
    story.leave()
    story.enter(lr(SPI))
    assert "INV-PRI-2" not in story.found
