# SPDX-License-Identifier: Apache-2.0
import pytest
from story import OPEN, Story, lr

from gicv2_registers import GICH_VMCR_VEM_MASK
from tb.model.machine import gicd
from tb.model.machine.events import Notified, TrapEnded, TrapStarted

LEVEL = 41


def story_of(dialect: str = "kvm17") -> Story:
    story = Story(dialect)
    story.set_up(LEVEL, edge=False)
    return story


def serve(story: Story, *, notices: int = 1, low: bool = True) -> None:
    """One delivery, with the line dropped before the completion."""
    story.enter(lr(LEVEL, eoi=True))
    value = story.acknowledge()
    if low:
        story.line(LEVEL, 0)
    story.complete(value)
    story.exit()
    for _ in range(notices):
        story.tell(Notified(0, LEVEL))
    story.sync()


def test_silence() -> None:
    story = story_of()
    story.line(LEVEL, 1)
    serve(story)
    story.enter()
    story.leave()
    story.rest()
    assert story.count("INV-LVL-2") == 1
    assert not story.found


def test_loaded_though_silent() -> None:
    story = story_of()
    story.line(LEVEL, 1)
    serve(story)
    story.enter(lr(LEVEL, eoi=True))
    assert story.found == {"INV-LVL-2"}


def test_what_may_be_made_pending_by_software_need_not_be_silent() -> None:
    story = story_of()
    story.line(LEVEL, 1)
    offset, bit = gicd.bit(gicd.ISPENDR, LEVEL)
    story.tell(TrapStarted(1, True, offset, 4, bit))
    serve(story)
    story.enter(lr(LEVEL, eoi=True))
    assert not story.found


def test_next_edge_of_the_line_ends_silence() -> None:
    story = story_of()
    story.line(LEVEL, 1)
    serve(story)
    story.line(LEVEL, 1)
    story.enter(lr(LEVEL, eoi=True))
    assert story.count("INV-LVL-2") == 1
    assert not story.found


def test_one_notice() -> None:
    story = story_of()
    story.line(LEVEL, 1)
    serve(story)
    assert story.count("INV-LVL-3") == 1
    assert not story.found


@pytest.mark.parametrize("notices", [0, 2])
def test_no_notice_or_two(notices: int) -> None:
    story = story_of()
    story.line(LEVEL, 1)
    serve(story, notices=notices)
    assert story.found == {"INV-LVL-3"}


@pytest.mark.parametrize("notices", [1, 2])
def test_a_dir_of_another_vcpu_may_give_the_notice(notices: int) -> None:
    """Each of the two ends it, or finds it ended (K19-5)."""
    story = story_of("kvm19")
    story.gich(0, "GICH_VMCR", OPEN | GICH_VMCR_VEM_MASK)
    story.line(LEVEL, 1)
    story.enter(lr(LEVEL, eoi=True))
    value = story.acknowledge()
    story.line(LEVEL, 0)
    story.complete(value)
    story.leave()
    own, other = ((vcpu, True, None, 4, value) for vcpu in range(2))
    story.tell(TrapStarted(*other), TrapStarted(*own), *[Notified(0, LEVEL)] * notices)
    story.tell(TrapEnded(*own, False), TrapEnded(*other, False))
    assert not story.found
    story.tell(Notified(0, LEVEL))
    assert story.found == {"INV-LVL-3"}


@pytest.mark.parametrize("dialect", ["xen", "classic"])
def test_dialects_without_notices(dialect: str) -> None:
    story = story_of(dialect)
    story.line(LEVEL, 1)
    serve(story, notices=0)
    assert not story.found
    assert story.count("INV-LVL-3") == 0


def test_line_that_stays_high_comes_again() -> None:
    story = story_of()
    story.line(LEVEL, 1)
    serve(story, low=False)
    serve(story)
    assert story.count("INV-LVL-1") == 1
    assert not story.found


def test_line_that_stays_high_is_forgotten() -> None:
    story = story_of()
    story.line(LEVEL, 1)
    serve(story, low=False)
    for _ in range(6):
        story.run()
    assert "INV-LVL-1" in story.found


def test_line_that_stays_high_is_asleep() -> None:
    story = story_of()
    story.line(LEVEL, 1)
    serve(story, low=False)
    story.rest()
    assert {"INV-LVL-1", "INV-LIVE-2"} <= story.found


def test_completion_that_leaves_it_pending_hides_the_notice() -> None:
    story = story_of()
    story.line(LEVEL, 1)
    story.enter(lr(LEVEL, eoi=True))
    value = story.acknowledge()
    story.leave()
    story.enter(lr(LEVEL, "PA", eoi=True))
    story.complete(value)
    story.leave()
    assert story.found == {"INV-LVL-3"}
