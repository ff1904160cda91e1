# SPDX-License-Identifier: Apache-2.0
import pytest
from story import Story

from tb.model.hypervisor.platform import Lock, Rank
from tb.model.machine.events import LockFreed, LockTaken

LISTS = [Lock(f"list {n}", Rank.AP_LIST, n) for n in range(2)]
IRQS = [Lock(f"IRQ {n}", Rank.IRQ, n) for n in range(2)]
DESC = Lock("desc", Rank.DESC, 0)
ACTOR = "vCPU 0"


def test_in_order() -> None:
    story = Story()
    locks = [*LISTS, *IRQS]
    story.tell(*(LockTaken(ACTOR, lock) for lock in locks), *(LockFreed(ACTOR, lock) for lock in locks))
    story.enter()
    story.rest()
    assert story.count("INV-LOCK-1") == 5
    assert not story.found


@pytest.mark.parametrize(
    "locks",
    [[IRQS[0], LISTS[0]], [LISTS[1], LISTS[0]], [IRQS[0], IRQS[1]], [LISTS[0], LISTS[0]], [DESC, LISTS[0]]],
)
def test_out_of_order(locks: list[Lock]) -> None:
    story = Story()
    story.tell(*(LockTaken(ACTOR, lock) for lock in locks))
    assert story.found == {"INV-LOCK-1"}


def test_exempt_call_of_xen() -> None:
    story = Story("xen")
    story.tell(LockTaken(ACTOR, DESC), LockTaken(ACTOR, LISTS[0]))
    assert not story.found


def test_freed_by_another() -> None:
    story = Story()
    story.tell(LockTaken(ACTOR, LISTS[0]), LockFreed("device", LISTS[0]))
    assert story.found == {"INV-LOCK-1"}


def test_held_in_the_guest() -> None:
    story = Story()
    story.tell(LockTaken(ACTOR, LISTS[0]))
    story.enter()
    assert story.found == {"INV-LOCK-1"}


def test_held_at_the_end() -> None:
    story = Story()
    story.tell(LockTaken(ACTOR, LISTS[0]))
    story.rest()
    assert story.found == {"INV-LOCK-1"}
