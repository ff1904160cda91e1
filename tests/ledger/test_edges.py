# SPDX-License-Identifier: Apache-2.0
import pytest
from story import SPI, Story, lr

from tb.model.machine import gicd
from tb.model.machine.events import TrapEnded, TrapStarted


def test_edge_delivered() -> None:
    story = Story()
    story.inject()
    story.run(lr(SPI))
    story.rest()
    assert story.count("INV-EDGE-1") == 1
    assert not story.found


def test_edge_lost() -> None:
    story = Story()
    story.inject()
    story.rest()
    assert "INV-EDGE-1" in story.found


def test_edge_after_the_acknowledge_is_another() -> None:
    story = Story()
    story.inject()
    story.enter(lr(SPI))
    value = story.acknowledge()
    story.inject()
    story.complete(value)
    story.leave()
    story.rest()
    assert "INV-EDGE-1" in story.found


def test_edge_cleared_by_the_guest_is_not_owed() -> None:
    story = Story()
    story.inject()
    story.write(*gicd.bit(gicd.ICPENDR, SPI))
    story.rest()
    assert "INV-EDGE-1" not in story.found


def test_edge_of_a_disabled_interrupt_is_not_owed() -> None:
    story = Story()
    story.inject()
    story.disable(SPI)
    story.rest()
    assert "INV-EDGE-1" not in story.found


def test_delivery_without_reason() -> None:
    story = Story()
    story.run(lr(SPI))
    assert story.found == {"INV-SPUR-1"}


def test_second_delivery_of_one_edge() -> None:
    story = Story()
    story.inject()
    story.run(lr(SPI))
    assert story.count("INV-SPUR-1") == 1
    assert not story.found
    story.run(lr(SPI))
    assert "INV-SPUR-1" in story.found


def test_edges_merge() -> None:
    story = Story()
    for _ in range(4):
        story.inject()
    story.run(lr(SPI))
    story.run(lr(SPI))  # one may have been in a list register, the others merged
    assert not story.found
    story.run(lr(SPI))
    assert "INV-SPUR-1" in story.found


def test_software_pending_is_a_reason() -> None:
    story = Story()
    story.write(*gicd.bit(gicd.ISPENDR, SPI))
    story.run(lr(SPI))
    assert not story.found


def test_withdrawn_in_a_list_register_may_come_until_the_exit() -> None:
    story = Story()
    story.inject()
    story.enter(lr(SPI))
    story.disable(SPI, vcpu=1)
    story.complete(story.acknowledge())
    story.leave()
    assert not story.found


def test_what_comes_after_a_withdrawal_may_be_delivered_beside_it() -> None:
    story = Story()
    story.inject()
    story.enter(lr(SPI))
    story.write(*gicd.bit(gicd.ICPENDR, SPI), vcpu=1)
    story.inject()
    story.complete(story.acknowledge())
    story.leave()
    story.run(lr(SPI))
    assert not story.found
    story.run(lr(SPI))
    assert "INV-SPUR-1" in story.found


def test_withdrawn_is_not_loaded_again() -> None:
    story = Story()
    story.inject()
    story.enter(lr(SPI))
    story.disable(SPI, vcpu=1)
    story.leave()
    story.run(lr(SPI))
    assert "INV-SPUR-1" in story.found


def test_classic_may_keep_the_withdrawn_until_its_list_register_empties() -> None:
    story = Story("classic")
    story.inject()
    story.enter(lr(SPI))
    story.disable(SPI, vcpu=1)
    story.leave()
    story.run(lr(SPI))
    assert "INV-SPUR-1" not in story.found
    story.run(lr(SPI))
    assert "INV-SPUR-1" in story.found


@pytest.mark.parametrize("is_on", [False, True])
def test_a_distributor_that_another_vcpu_switches_off_meanwhile_may_be_off(is_on: bool) -> None:
    story = Story()
    switch = (0, True, gicd.CTLR, 4, 1)
    story.tell(TrapStarted(*switch))
    story.write(gicd.CTLR, int(is_on), vcpu=1)
    story.tell(TrapEnded(*switch, False))
    story.inject()
    story.rest()
    assert ("INV-EDGE-1" in story.found) == is_on


def test_what_may_be_active_after_a_wrong_completion_owes_no_delivery() -> None:
    story = Story("kvm19")
    story.inject()
    story.enter(lr(SPI))
    story.acknowledge()
    story.leave()
    story.enter()
    story.complete(SPI + 1)
    story.leave()
    story.inject()
    story.rest()
    assert "INV-EDGE-1" not in story.found


def test_while_the_distributor_is_switched_off_nothing_is_owed() -> None:
    story = Story()
    story.inject()
    story.tell(TrapStarted(1, True, gicd.CTLR, 4, 0))
    story.enter()
    story.leave()
    story.rest()
    assert not story.found
