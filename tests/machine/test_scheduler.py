# SPDX-License-Identifier: Apache-2.0
"""Turns, waiting, time and accesses of the scheduler."""

from collections import Counter

import pytest

from tb.model.hypervisor.platform import run
from tb.model.machine.hardware import Access, Answer
from tb.model.machine.scheduler import Scheduler, Signal, Stuck


async def no_access(access: Access) -> Answer:
    raise AssertionError(access)


def turns(seed: int, actors: int = 5, rounds: int = 200) -> list[str]:
    """Who ran when, where all only pause."""
    scheduler, order = Scheduler(seed), []

    async def actor() -> None:
        for _ in range(rounds):
            order.append(scheduler.current.name)
            await scheduler.pause()

    for number in range(actors):
        scheduler.spawn(f"actor {number}", actor())
    run(scheduler.run(no_access))
    return order


def test_the_seed_alone_decides_the_order() -> None:
    assert turns(1) == turns(1)
    assert turns(1) != turns(2)


def test_the_order_is_the_same_on_every_machine() -> None:
    assert [int(name[-1]) for name in turns(1)[:20]] == [
        0,
        0,
        2,
        4,
        2,
        2,
        4,
        0,
        4,
        2,
        2,
        0,
        3,
        3,
        2,
        2,
        0,
        4,
        1,
        4,
    ]


def test_all_actors_get_their_share() -> None:
    shares = Counter(turns(3, rounds=2000)[:5000])
    assert len(shares) == 5
    assert all(850 < share < 1150 for share in shares.values()), shares


def test_each_order_of_two_actors_occurs() -> None:
    firsts = {tuple(turns(seed, actors=2, rounds=2)) for seed in range(100)}
    assert len(firsts) == 6, "two turns of each, in any order"


def test_an_access_is_performed_in_the_turn_in_which_its_actor_goes_on() -> None:
    scheduler, log = Scheduler(1), []

    async def perform(access: Access) -> Answer:
        log.append(("access", access.cpu))
        return Answer(access.cpu * 100, None)

    async def actor(cpu: int) -> None:
        for _ in range(50):
            answer = await scheduler.access(Access(cpu, "GICH_HCR", False, 0))
            log.append(("answer", answer.value // 100))

    for cpu in (1, 2, 3):
        scheduler.spawn(f"actor {cpu}", actor(cpu))
    run(scheduler.run(perform))
    assert len(log) == 300
    for access, answer in zip(log[::2], log[1::2], strict=True):
        assert (access[0], answer[0]) == ("access", "answer")
        assert access[1] == answer[1]


def test_who_waits_goes_on_after_the_signal_only() -> None:
    scheduler, signal, log = Scheduler(1), Signal("it"), []

    async def waits() -> None:
        await scheduler.wait(signal)
        log.append("waited")

    async def signals() -> None:
        for _ in range(20):
            await scheduler.pause()
        log.append("signals")
        scheduler.notify(signal)

    scheduler.spawn("a", waits())
    scheduler.spawn("b", waits())
    scheduler.spawn("c", signals())
    run(scheduler.run(no_access))
    assert log == ["signals", "waited", "waited"]


def test_time_passes_at_once_where_all_sleep() -> None:
    scheduler, log = Scheduler(1), []

    async def sleeps(turns: int) -> None:
        await scheduler.sleep(turns)
        log.append((turns, scheduler.now))

    for number in (3_000_000, 1_000_000, 2_000_000):
        scheduler.spawn(f"{number}", sleeps(number))
    run(scheduler.run(no_access))
    assert [turns for turns, _ in log] == [1_000_000, 2_000_000, 3_000_000]
    assert all(now >= turns for turns, now in log)


def test_who_waits_in_vain_is_stuck() -> None:
    scheduler = Scheduler(1)
    scheduler.spawn("vCPU 0", scheduler.wait(Signal("godot")))
    scheduler.spawn("vCPU 1", scheduler.wait(Signal("an interrupt", idle=True)))
    with pytest.raises(Stuck, match=r"^vCPU 0 waits for godot$"):
        run(scheduler.run(no_access))
    scheduler.close()


def test_who_may_wait_for_ever_is_not_stuck() -> None:
    scheduler = Scheduler(1)
    scheduler.spawn("vCPU 1", scheduler.wait(Signal("an interrupt", idle=True)))
    run(scheduler.run(no_access))
    scheduler.close()


def test_who_goes_on_for_ever_is_stuck() -> None:
    scheduler = Scheduler(1)
    scheduler.deadline = 100

    async def for_ever() -> None:
        while True:
            await scheduler.pause()

    scheduler.spawn("vCPU 0", for_ever())
    with pytest.raises(Stuck, match=r"^there is no end after 101 turns: vCPU 0 runs$"):
        run(scheduler.run(no_access))
    scheduler.close()


def test_an_error_says_who_had_it_and_when() -> None:
    scheduler = Scheduler(1)

    async def fails() -> None:
        await scheduler.pause()
        raise ValueError("no")

    scheduler.spawn("device 33", fails())
    with pytest.raises(ValueError, match="no") as caught:
        run(scheduler.run(no_access))
    assert caught.value.__notes__ == ["device 33, turn 2"]


def test_a_run_can_be_stopped() -> None:
    scheduler = Scheduler(1)

    async def for_ever() -> None:
        while True:
            await scheduler.pause()
            scheduler.stopped = scheduler.now > 100

    scheduler.spawn("a", for_ever())
    run(scheduler.run(no_access))
    assert scheduler.now == 101
    scheduler.close()
