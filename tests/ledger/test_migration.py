# SPDX-License-Identifier: Apache-2.0
import pytest
from story import SPI, Story, lr

from tb.model.machine import gicd
from tb.model.machine.events import TrapEnded, TrapStarted


def retargeted() -> Story:
    story = Story()
    story.inject()
    story.write(gicd.ITARGETSR + SPI, 2, 1)
    return story


def test_delivered_at_the_new_target() -> None:
    story = retargeted()
    story.run(lr(SPI), vcpu=1)
    story.rest()
    assert story.count("INV-MIG-1") == 1
    assert not story.found


def test_lost_on_the_way() -> None:
    story = retargeted()
    story.rest()
    assert "INV-MIG-1" in story.found


def test_cleared_on_the_way() -> None:
    story = retargeted()
    story.write(*gicd.bit(gicd.ICPENDR, SPI))
    story.rest()
    assert not story.found


@pytest.mark.parametrize("is_under_way", [False, True])
@pytest.mark.parametrize("register", [gicd.ITARGETSR, gicd.IPRIORITYR])
def test_while_its_target_or_priority_is_written_nobody_has_to_load_it(
    register: int, is_under_way: bool
) -> None:
    story = Story()
    story.inject()
    if is_under_way:
        story.tell(TrapStarted(1, True, register + SPI, 1, 2))
    story.enter()
    story.leave()
    assert ("INV-LIVE-2" in story.found) == (not is_under_way)


def test_where_two_write_its_targets_at_a_time_the_next_write_tells() -> None:
    """Until all who may have it have pruned their lists."""
    story = Story()
    story.inject()
    one, other = ((vcpu, True, gicd.ITARGETSR + SPI, 1, 1 << vcpu) for vcpu in range(2))
    story.tell(TrapStarted(*one), TrapStarted(*other), TrapEnded(*one, False), TrapEnded(*other, False))
    for vcpu in (0, 1, 0, 1):
        story.enter(vcpu=vcpu)
        story.leave(vcpu)
    assert not story.found
    story.write(gicd.ITARGETSR + SPI, 1, 1)
    story.enter()
    story.leave()
    assert not story.found
    story.enter(vcpu=1)
    story.leave(1)
    story.enter()
    story.leave()
    assert "INV-LIVE-2" in story.found
