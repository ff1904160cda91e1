# SPDX-License-Identifier: Apache-2.0
from story import SPI, Story, lr

from tb.model.ledger import SENTENCES, TRAITS
from tb.model.machine.events import Entered
from tb.model.machine.hypervisors import HYPERVISORS


def test_each_hypervisor_has_its_traits() -> None:
    assert set(TRAITS) == set(HYPERVISORS)


def test_violation_tells_what_happened() -> None:
    story = Story()
    story.flush(0, lr(SPI))
    event = Entered(0, 0, story.state(0)._replace(misr=1))
    story.tell(event)
    (violation,) = story.ledger.violations
    assert violation.id == "INV-MI-1"
    assert violation.event is event
    assert SENTENCES["INV-MI-1"] in str(violation)


def test_all_are_counted_from_the_beginning() -> None:
    assert set(Story().ledger.evaluations) == set(SENTENCES)
