# SPDX-License-Identifier: Apache-2.0
import pytest
from story import OPEN, SPI, Story, lr

from gicv2_registers import GICH_HCR_EN_MASK, GICH_HCR_UIE_MASK, GICH_VMCR_VEM_MASK
from tb.model.machine.events import Blocked, Cause, Entered, Exited


def leave_out(story: Story) -> None:
    """An entry with something else, which has ended, and a maintenance interrupt that calls for the next."""
    story.enter(hcr=GICH_HCR_EN_MASK | GICH_HCR_UIE_MASK)
    story.leave()


def test_delivered_in_time() -> None:
    story = Story()
    story.inject()
    leave_out(story)
    assert story.count("INV-LIVE-1") == 1  # called for
    story.run(lr(SPI))
    assert story.count("INV-LIVE-1") == 2
    assert "INV-LIVE-1" not in story.found


def test_delivered_too_late() -> None:
    story = Story()
    story.inject()
    for _ in range(3):
        leave_out(story)
    assert "INV-LIVE-1" not in story.found
    leave_out(story)
    assert "INV-LIVE-1" in story.found


def test_left_out_without_a_call() -> None:
    story = Story()
    story.inject()
    story.enter()
    story.leave()
    assert story.count("INV-LIVE-1") == 1
    assert "INV-LIVE-1" in story.found


def test_guest_that_takes_nothing_has_no_claim() -> None:
    story = Story()
    story.inject()
    for _ in range(10):
        story.enter(lr(50))
        story.leave()
    assert "INV-LIVE-1" not in story.found


def test_mask_that_is_closed_gives_no_claim() -> None:
    story = Story()
    story.gich(0, "GICH_VMCR", 3)
    story.inject()
    for _ in range(10):
        story.run()
    assert "INV-LIVE-1" not in story.found


@pytest.mark.parametrize(("dialect", "found"), [("kvm17", False), ("kvm19", True)])
def test_cut_off_by_an_sgi_that_another_sender_waits_for(dialect: str, found: bool) -> None:
    """Its completion is up to the guest, where NV-MSGI-2 holds."""
    story = Story(dialect)
    story.gich(0, "GICH_VMCR", OPEN | GICH_VMCR_VEM_MASK)
    for sender in range(2):
        story.send(5, sender, 1)
    story.enter(lr(5, priority=0, source=0, eoi=True))
    story.complete(story.acknowledge())
    story.leave()
    story.inject()
    for _ in range(5):
        story.enter(lr(5, "A", priority=0, source=0, eoi=True))
        story.leave()
    assert any(v.detail.startswith(f"{SPI} was not") for v in story.ledger.violations) == found


@pytest.mark.parametrize(("dialect", "found"), [("kvm17", True), ("classic", False)])
def test_order_of_numbers(dialect: str, found: bool) -> None:
    """Of worse priority, but with a lower number: ahead in `classic` alone."""
    story = Story(dialect)
    for intid in range(32, 40):
        story.set_up(intid, priority=0xE0)
        story.inject(intid)
    story.inject()
    for _ in range(4):
        story.run()
    late = [v for v in story.ledger.violations if v.detail.startswith(f"{SPI} ")]
    assert bool(late) == found


def test_sleep() -> None:
    story = Story()
    story.inject()
    story.run(lr(SPI))
    story.tell(Blocked(0))
    assert story.count("INV-LIVE-2") == 2
    assert not story.found


def test_sleep_over_work() -> None:
    story = Story()
    story.run()
    story.inject()
    story.tell(Blocked(0))
    assert story.found == {"INV-LIVE-2"}


def test_sleep_for_good() -> None:
    story = Story()
    story.run()
    story.inject()
    story.rest()
    assert "INV-LIVE-2" in story.found


@pytest.mark.parametrize(("exits", "evaluations"), [(999, 0), (1005, 6)])
def test_no_storm(exits: int, evaluations: int) -> None:
    story = Story()
    for _ in range(exits):
        story.enter()
        story.exit()
    assert story.count("INV-LIVE-3") == evaluations
    assert not story.found


def test_storm() -> None:
    story = Story()
    for n in range(1000):
        story.enter()
        story.exit(cause=Cause.MAINTENANCE if n % 200 == 0 else Cause.TICK)
    assert story.found == {"INV-LIVE-3"}


@pytest.mark.parametrize(("steps", "found"), [(1, True), (0, False)])
def test_stays_in_the_guest_over_work(steps: int, found: bool) -> None:
    """The injection's kick came between flush and entry: it has to end the entry at once."""
    story = Story()
    story.flush(0)
    story.inject()
    story.tell(Entered(0, 0, story.state(0)), Exited(0, 0, Cause.KICK, story.state(0), steps))
    assert story.count("INV-LIVE-2") == 1
    assert story.found == ({"INV-LIVE-2"} if found else set())


@pytest.mark.parametrize(("hcr", "found"), [(1, {"INV-LIVE-2"}), (3, set())])
def test_stays_in_the_guest_with_full_list_registers(hcr: int, found: set[str]) -> None:
    """UIE ends the run when there is room again."""
    story = Story()
    story.inject()
    story.enter(*(lr(50 + n, priority=0) for n in range(4)), hcr=hcr)
    story.exit()
    assert story.found == found
