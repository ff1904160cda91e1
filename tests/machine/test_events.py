# SPDX-License-Identifier: Apache-2.0
"""Every event is published, and subscribers get what they want."""

from inspect import getmembers, isclass

from tb.model.machine import events
from tb.model.machine.events import BankState, LockFreed, LockTaken, Publisher, Synced
from tb.model.machine.hypervisors import HYPERVISORS
from tests.machine.harness import QUIET, Run

NO_EVENTS = {"BankState", "Cause", "Place", "Publisher"}
EVENTS = {
    name
    for name, kind in getmembers(events, isclass)
    if kind.__module__ == events.__name__ and name not in NO_EVENTS
}
RUNS = (("kvm17", "mixed"), ("kvm19", "activity"), ("xen", "activity"), ("xen", "mapped"))


def test_each_event_occurs() -> None:
    seen = set()
    for dialect, scenario in RUNS:
        seen |= {type(event).__name__ for event in Run(HYPERVISORS[dialect], scenario, *QUIET).log}
    assert seen == EVENTS


def test_events_come_in_the_order_of_subscription_and_only_those_wanted() -> None:
    publisher, log = Publisher(), []
    publisher.subscribe(Synced, lambda event: log.append(("first", event)))
    publisher.subscribe(Synced, lambda event: log.append(("second", event)))
    publisher.publish(Synced(1, 0))
    publisher.publish(events.Blocked(1))
    assert log == [("first", Synced(1, 0)), ("second", Synced(1, 0))]


def test_locks_are_taken_and_freed_in_pairs() -> None:
    run = Run(HYPERVISORS["kvm17"], "mixed", LockTaken, LockFreed, entries=100)
    owners: dict[object, str] = {}
    for event in run.log:
        if isinstance(event, LockTaken):
            assert owners.setdefault(event.lock, event.actor) == event.actor
        elif isinstance(event, LockFreed):
            assert owners.pop(event.lock) == event.actor
    assert not owners


def test_a_banks_state_is_made_of_its_words() -> None:
    words = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    assert BankState.of(words) == BankState(1, 2, 3, 4, 6 << 32 | 5, 8 << 32 | 7, (9, 10))
