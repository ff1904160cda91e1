# SPDX-License-Identifier: Apache-2.0
"""Runs actors, which are coroutines, one at a time; at each of their yield points a seed decides who is next.

An actor yields where it awaits a method of the scheduler, and nowhere else: what lies between is atomic. An
actor that pauses or wants an access can be chosen at any time, so each delay is possible.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from heapq import heappop, heappush
from math import inf
from types import coroutine
from typing import Any, Final

from tb.model.machine.hardware import Access, Answer
from tb.model.stream import stream


class Stuck(Exception):
    """Actors wait for each other and nobody can go on (INV-LOCK-1), or they go on without an end."""


class Signal:
    """What actors wait for.

    name  for who reads that an actor is stuck
    idle  whether actors may wait for it when all is over
    """

    __slots__ = ("idle", "name", "waiting")

    def __init__(self, name: str, *, idle: bool = False) -> None:
        self.name: Final = name
        self.idle: Final = idle
        self.waiting: list[Actor] = []


class Actor:
    """One coroutine of the scheduler.

    name       unique
    waits_for  the signal that has to come before it can go on, if any
    """

    __slots__ = ("coroutine", "name", "request", "waits_for")

    def __init__(self, name: str, coroutine: Coroutine[Any, Any, None]) -> None:
        self.name: Final = name
        self.coroutine: Final = coroutine
        self.request: Access | None = None  # what is done for it when it is chosen
        self.waits_for: Signal | None = None


class Scheduler:
    """A set of actors and their turns.

    now       time, in turns; where all actors sleep, it passes at once
    turns     so far
    deadline  who still runs after so many turns is stuck
    current   who runs
    stopped   whoever sets it ends the run
    closing   the run is over: actors only unwind
    """

    def __init__(self, seed: int) -> None:
        self.now = 0
        self.turns = 0
        self.deadline: float = inf
        self.stopped = False
        self.closing = False
        self.current: Actor
        self._random: Final = stream(seed, "scheduler").random
        self._runnable: Final[list[Actor]] = []
        self._waiting: Final[dict[Actor, None]] = {}  # in order, for messages that are always the same
        self._sleeping: Final[list[tuple[int, int, Actor]]] = []  # a heap: until when, serial number
        self._sleeps = 0

    def spawn(self, name: str, coroutine: Coroutine[Any, Any, None]) -> None:
        """Add an actor."""
        self._runnable.append(Actor(name, coroutine))

    # ---- yield points, for actors

    @coroutine
    def pause(self) -> Generator[None, None, None]:
        """Let others run."""
        if not self.closing:
            yield

    @coroutine
    def access(self, access: Access) -> Generator[Access, Answer, Answer]:
        """Have an access performed when this actor is chosen next."""
        return (yield access)

    @coroutine
    def wait(self, signal: Signal) -> Generator[Signal, None, None]:
        """Go on after the next notify(); ask then whether what one waited for is still true."""
        yield signal

    @coroutine
    def sleep(self, turns: int) -> Generator[int, None, None]:
        """Go on after so many turns of others."""
        yield turns

    def notify(self, signal: Signal) -> None:
        """Let all go on who wait for the signal."""
        for actor in signal.waiting:
            actor.waits_for = None
            del self._waiting[actor]
            self._runnable.append(actor)
        signal.waiting.clear()

    # ---- the owner of the loop

    async def run(self, perform: Callable[[Access], Awaitable[Answer]]) -> None:
        """Run until nobody can go on; Stuck if one should, or if there is no end. `perform` does accesses."""
        runnable, random, sleeping = self._runnable, self._random, self._sleeping
        while (runnable or sleeping) and not self.stopped:
            if sleeping and (not runnable or sleeping[0][0] <= self.now):
                self.now = max(self.now, sleeping[0][0])
                runnable.append(heappop(sleeping)[2])
                continue
            self.now += 1
            self.turns += 1
            index = int(random() * len(runnable))
            self.current = actor = runnable[index]
            if self.turns > self.deadline:
                raise Stuck(f"there is no end after {self.turns} turns: {actor.name} runs")
            answer = await perform(actor.request) if actor.request else None
            actor.request = None
            try:
                request = actor.coroutine.send(answer)
            except StopIteration:
                self._leave(index)
                continue
            except Exception as error:
                error.add_note(f"{actor.name}, turn {self.now}")
                raise
            if type(request) is Access:
                actor.request = request
            elif type(request) is Signal:
                self._leave(index)
                self._waiting[actor] = None
                actor.waits_for = request
                request.waiting.append(actor)
            elif request is not None:
                self._leave(index)
                self._sleeps += 1
                heappush(sleeping, (self.now + request, self._sleeps, actor))
        stuck = [actor for actor in self._waiting if actor.waits_for and not actor.waits_for.idle]
        if stuck and not self.stopped:
            raise Stuck(
                "; ".join(
                    f"{actor.name} waits for {actor.waits_for.name}" for actor in stuck if actor.waits_for
                )
            )

    def _leave(self, index: int) -> None:
        """Take an actor out of those that can be chosen; the last one takes its place."""
        last = self._runnable.pop()
        if index < len(self._runnable):
            self._runnable[index] = last

    def close(self) -> None:
        """End all actors where they are."""
        self.closing = True
        for actor in (*self._runnable, *self._waiting, *(entry[2] for entry in self._sleeping)):
            actor.coroutine.close()
