# SPDX-License-Identifier: Apache-2.0
import pytest
from story import OPEN, Story
from story import lr as any_lr

from gicv2_registers import GICH_VMCR_VEM_MASK
from tb.model.machine import gicd
from tb.model.machine.events import TrapEnded, TrapStarted

SGI = 5
SEND = (1, True, gicd.SGIR, 4, 1 << 16 | SGI)  # from vCPU 1 to vCPU 0


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


def test_a_send_that_may_have_merged_with_what_is_delivered_owes_nothing() -> None:
    """The first is delivered while the second is under way."""
    story = Story()
    story.send(SGI, 1, 1)
    story.tell(TrapStarted(*SEND))
    story.run(lr(SGI, source=1))
    story.tell(TrapEnded(*SEND, False))
    story.rest()
    assert not story.found


def test_a_send_that_may_have_been_taken_back_owes_nothing() -> None:
    story = Story()
    story.tell(TrapStarted(*SEND))
    story.write(gicd.CPENDSGIR + SGI, 1 << 1, 1)
    story.tell(TrapEnded(*SEND, False))
    story.rest()
    assert not story.found


def test_a_repeat_with_a_list_register_of_its_own_is_active_beside_the_first() -> None:
    story = Story("classic")
    for _ in range(2):
        story.send(SGI, 1, 1)
    story.gich(0, "GICH_VMCR", OPEN | GICH_VMCR_VEM_MASK)
    story.enter(lr(SGI, source=1), lr(SGI, source=1))
    for _ in range(2):
        value = story.acknowledge()
        story.complete(value)
    story.complete(value, register="GICV_DIR")
    story.leave()
    before = story.count("INV-SGI-2")
    story.enter(lr(SGI, "A", source=1))
    assert story.count("INV-SGI-2") == before + 1
    story.complete(value, register="GICV_DIR")
    story.leave()
    story.run()
    story.rest()
    assert not story.found
