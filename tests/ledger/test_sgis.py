# SPDX-License-Identifier: Apache-2.0
import pytest
from story import Story
from story import lr as any_lr

SGI = 5


def lr(intid: int, state: str = "P", *, source: int, eoi: bool = False) -> int:
    return any_lr(intid, state, priority=0, source=source, eoi=eoi)


@pytest.mark.parametrize(("eoi", "found"), [(True, set()), (False, {"INV-LIVE-2"})])
def test_each_source_is_delivered(eoi: bool, found: set[str]) -> None:
    """The exit that the next one needs comes with the completion of the first."""
    story = Story()
    story.send(SGI, 0, 1)
    story.send(SGI, 1, 1)
    story.run(lr(SGI, source=0, eoi=eoi))
    story.run(lr(SGI, source=1))
    story.rest()
    assert story.count("INV-SGI-1") == 4
    assert story.found == found


def test_sources_merged() -> None:
    story = Story()
    story.send(SGI, 0, 1)
    story.send(SGI, 1, 1)
    story.run(lr(SGI, source=0))
    story.rest()
    assert "INV-SGI-1" in story.found


def test_sends_of_one_source_may_merge() -> None:
    story = Story()
    story.send(SGI, 1, 1)
    story.send(SGI, 1, 1)
    story.run(lr(SGI, source=1))
    story.rest()
    assert not story.found


def test_wrong_source() -> None:
    story = Story()
    story.send(SGI, 1, 1)
    story.run(lr(SGI, source=0))
    assert "INV-SGI-1" in story.found


def test_source_kept_while_active() -> None:
    story = Story()
    story.send(SGI, 1, 1)
    story.enter(lr(SGI, source=1))
    value = story.acknowledge()
    story.leave()
    story.enter(lr(SGI, "A", source=1))
    story.complete(value)
    story.leave()
    assert story.count("INV-SGI-2") == 2
    assert not story.found


def test_source_changed_while_active() -> None:
    story = Story()
    story.send(SGI, 1, 1)
    story.enter(lr(SGI, source=1))
    value = story.acknowledge()
    story.leave()
    story.enter(lr(SGI, "A", source=0))
    assert "INV-SGI-2" in story.found
    before = story.count("INV-SGI-2")
    story.complete(value)
    assert story.count("INV-SGI-2") == before + 1
    assert len([v for v in story.ledger.violations if v.id == "INV-SGI-2"]) == 2
