# SPDX-License-Identifier: Apache-2.0
import pytest
from story import SPI, Story, lr

from tb.model.hardware.virtual_interface import Lines
from tb.model.ledger import Leeway
from tb.model.machine.events import Accessed, Acknowledged


def test_best_is_delivered_and_nothing_else_found() -> None:
    story = Story()
    story.set_up(41, priority=0x40)
    story.inject()
    story.inject(41)
    story.run(lr(SPI), lr(41, priority=0x40))
    assert story.count("INV-PRI-1") == 2
    assert story.count("INV-SPUR-2") == 4  # the line is looked at, too, where nothing is found
    assert not story.found


@pytest.mark.parametrize("any_tie", [False, True])
def test_worse_one_delivered(any_tie: bool) -> None:
    story = Story(leeway=Leeway(any_tie=any_tie))
    story.inject()
    story.enter(lr(SPI), lr(41, priority=0x40))
    story.tell(Acknowledged(0, 0, "GICV_IAR", SPI, story.state(0)))
    assert {"INV-PRI-1", "INV-SPUR-2"} <= story.found


@pytest.mark.parametrize("any_tie", [False, True])
def test_equally_urgent(any_tie: bool) -> None:
    story = Story(leeway=Leeway(any_tie=any_tie))
    story.inject()
    story.inject(41)
    story.enter(lr(SPI), lr(41))
    story.tell(Acknowledged(0, 0, "GICV_IAR", 41, story.state(0)))
    assert story.found & {"INV-PRI-1", "INV-SPUR-2"} == (set() if any_tie else {"INV-PRI-1", "INV-SPUR-2"})


@pytest.mark.parametrize(("value", "group"), [(1023, 0), (1022, 0), (1023, 1)])
def test_nothing_found_though_there_is(value: int, group: int) -> None:
    story = Story()
    story.enter(lr(SPI, group=group))
    story.tell(Acknowledged(0, 0, "GICV_IAR", value, story.state(0)))
    assert story.found == {"INV-SPUR-2"}


def test_group_1_needs_the_alias() -> None:
    story = Story()
    story.inject()
    story.enter(lr(SPI, group=1))
    assert story.acknowledge() == 1022
    assert story.acknowledge(register="GICV_AIAR") == SPI
    assert not story.found


def test_line_high_for_nothing() -> None:
    story = Story()
    story.enter()
    story.tell(Accessed(0, 0, "GICV_IAR", False, 1023, None, Lines(0, 1, 0)))
    story.tell(Acknowledged(0, 0, "GICV_IAR", 1023, story.state(0)))
    assert story.found == {"INV-SPUR-2"}
