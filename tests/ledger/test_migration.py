# SPDX-License-Identifier: Apache-2.0
from story import SPI, Story, lr

from tb.model.machine import gicd


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
