# SPDX-License-Identifier: Apache-2.0
"""Locks exclude, wait, keep the rules, and deadlocks are found."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tb.model.hypervisor.lock_order import LockError
from tb.model.hypervisor.platform import Lock, Rank, run
from tb.model.machine.events import LockFreed, LockTaken, Publisher
from tb.model.machine.hardware import Access, Answer
from tb.model.machine.locks import Locks
from tb.model.machine.scheduler import Scheduler, Stuck

LIST_0 = Lock("ap_list 0", Rank.AP_LIST, 0)
LIST_1 = Lock("ap_list 1", Rank.AP_LIST, 1)
IRQ = Lock("IRQ 32", Rank.IRQ, 32)
A, B = Lock("A", Rank.DISTRIBUTOR, 0), Lock("B", Rank.DISTRIBUTOR, 1)  # no rule says which comes first


async def no_access(access: Access) -> Answer:
    raise AssertionError(access)


def drive(seed: int, *actors: Callable[[Scheduler, Locks], Coroutine[Any, Any, None]]) -> list[Any]:
    """Run actors; the events of their locks."""
    scheduler, publisher, log = Scheduler(seed), Publisher(), []
    publisher.subscribe(LockTaken, log.append)
    publisher.subscribe(LockFreed, log.append)
    locks = Locks(scheduler, publisher)
    for number, actor in enumerate(actors):
        scheduler.spawn(f"actor {number}", actor(scheduler, locks))
    try:
        run(scheduler.run(no_access))
    finally:
        scheduler.close()
    return log


def taking(*order: Lock) -> Callable[[Scheduler, Locks], Coroutine[Any, Any, None]]:
    """An actor that takes locks in this order, and then gives them back."""

    async def actor(scheduler: Scheduler, locks: Locks) -> None:
        for lock in order:
            await locks.lock(lock)
        await scheduler.pause()
        for lock in reversed(order):
            await locks.unlock(lock)
        locks.check_none()

    return actor


@pytest.mark.parametrize("seed", range(20))
def test_one_at_a_time(seed: int) -> None:
    log = drive(seed, *[taking(LIST_0, IRQ)] * 4)
    assert len(log) == 16
    owners: dict[Lock, str] = {}
    for event in log:
        if isinstance(event, LockTaken):
            assert event.lock not in owners
            owners[event.lock] = event.actor
        else:
            assert owners.pop(event.lock) == event.actor


def test_who_comes_first_differs() -> None:
    assert len({drive(seed, *[taking(IRQ)] * 3)[0].actor for seed in range(30)}) == 3


@pytest.mark.parametrize(
    "order", [(IRQ, LIST_0), (LIST_1, LIST_0), (IRQ, IRQ)], ids=["rank", "number", "self"]
)
def test_order_is_kept(order: tuple[Lock, Lock]) -> None:
    with pytest.raises(LockError, match=order[1].name):
        drive(1, taking(*order))


def test_nobody_else_gives_a_lock_back() -> None:
    async def thief(scheduler: Scheduler, locks: Locks) -> None:
        await locks.unlock(IRQ)

    with pytest.raises(LockError, match="does not hold it"):
        drive(1, thief)


def test_a_cycle_is_found_while_others_run_on() -> None:
    taken = set()

    def crossing(first: Lock, second: Lock) -> Callable[[Scheduler, Locks], Coroutine[Any, Any, None]]:
        async def actor(scheduler: Scheduler, locks: Locks) -> None:
            await locks.lock(first)
            taken.add(first)
            while len(taken) < 2:
                await scheduler.pause()
            await locks.lock(second)

        return actor

    async def busy(scheduler: Scheduler, locks: Locks) -> None:
        for _ in range(1000):
            await scheduler.pause()
        raise AssertionError("the cycle was not found")

    with pytest.raises(Stuck, match=r"waits for [AB], which actor [01] holds") as caught:
        drive(1, crossing(A, B), crossing(B, A), busy)
    assert {"waits for A", "waits for B"} <= {part[8:19] for part in str(caught.value).split("; ")}


def test_a_lock_that_is_never_given_back_is_found() -> None:
    async def keeps(scheduler: Scheduler, locks: Locks) -> None:
        await locks.lock(A)

    with pytest.raises(Stuck, match="actor 1 waits for A"):
        drive(1, keeps, taking(A))


def test_a_lock_still_held_is_found() -> None:
    async def keeps(scheduler: Scheduler, locks: Locks) -> None:
        await locks.lock(A)
        locks.check_none()

    with pytest.raises(LockError, match="A is still held"):
        drive(1, keeps)
