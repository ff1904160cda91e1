# SPDX-License-Identifier: Apache-2.0
"""INV-MI-1, INV-CNT-1, INV-APR-1: what the bank tells of itself, and what it keeps."""

import pytest
from story import SPI, Story, lr

from tb.model.hardware.virtual_interface import Lines
from tb.model.ledger import Leeway
from tb.model.machine.events import Accessed, Entered


def test_misr_and_line() -> None:
    story = Story()
    story.enter(lr(SPI), hcr=3)  # UIE with one in use
    assert story.count("INV-MI-1") == 2
    assert not story.found


def test_misr_wrong() -> None:
    story = Story()
    story.flush(0, lr(SPI), hcr=3)
    story.tell(Entered(0, 0, story.state(0)._replace(misr=0)))
    assert story.found == {"INV-MI-1"}


@pytest.mark.parametrize(("hcr", "maint"), [(3, 0), (2, 1), (1, 1)])
def test_line_wrong(hcr: int, maint: int) -> None:
    story = Story()
    story.flush(0, lr(SPI), hcr=hcr)
    story.tell(Accessed(0, 0, "GICH_HCR", True, hcr, None, Lines(maint, 0, 0)))
    story.tell(Entered(0, 0, story.state(0)))
    assert story.found == {"INV-MI-1"}


def active(story: Story) -> int:
    story.inject()
    story.enter(lr(SPI))
    return story.acknowledge()


def test_counts_misses_only() -> None:
    story = Story()
    value = active(story)
    story.complete(50)
    story.complete(value)
    story.complete(1023)
    story.exit()
    assert story.count("INV-CNT-1") == 5
    assert story.state(0).hcr >> 27 == 1
    assert not story.found


@pytest.mark.parametrize("any_count", [False, True])
@pytest.mark.parametrize("count", [0, 2])
def test_miscounts(count: int, any_count: bool) -> None:
    story = Story(leeway=Leeway(any_count=any_count))
    active(story)
    story.complete(50)
    story.banks[0].write_gich(0, 1 | count << 27)
    story.exit()
    assert ("INV-CNT-1" in story.found) != any_count


def test_apr_kept() -> None:
    story = Story()
    active(story)
    story.leave()
    story.enter(lr(SPI, "A"))
    assert story.count("INV-APR-1") == 2
    assert not story.found


def test_apr_lost() -> None:
    story = Story()
    active(story)
    story.leave()
    story.gich(0, "GICH_APR", 0)
    story.enter(lr(SPI, "A"))
    assert story.found == {"INV-APR-1"}
    assert len(story.ledger.violations) == 2


def test_apr_may_be_dropped() -> None:
    story = Story()
    story.gich(0, "GICH_VMCR", 0xF000_0203)
    value = active(story)
    story.complete(value)
    story.leave()
    story.enter(lr(SPI, "A"))
    assert story.count("INV-APR-1") == 1
    assert not story.found
