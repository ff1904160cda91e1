# SPDX-License-Identifier: Apache-2.0
"""Locks that wait."""

from collections import defaultdict
from typing import Final

from tb.model.hypervisor.lock_order import HeldLocks
from tb.model.hypervisor.platform import Lock
from tb.model.machine.events import LockFreed, LockTaken, Publisher
from tb.model.machine.scheduler import Actor, Scheduler, Signal, Stuck


class Locks:
    """Who holds which lock. Taking and giving back are yield points; both must keep the rules (NV-LOCK-*)."""

    def __init__(self, scheduler: Scheduler, publisher: Publisher) -> None:
        self._scheduler: Final = scheduler
        self._held: Final[dict[Actor, HeldLocks]] = defaultdict(HeldLocks)
        self._owners: Final[dict[Lock, Actor]] = {}
        self._freed: Final[dict[Lock, Signal]] = {}
        self._wanted: Final[dict[Actor, Lock]] = {}
        self._taken_handlers: Final = publisher.handlers(LockTaken)
        self._freed_handlers: Final = publisher.handlers(LockFreed)

    async def lock(self, lock: Lock) -> None:
        """Take a lock, when it is free. LockError against the rules; Stuck in a cycle of waiting actors."""
        await self._scheduler.pause()
        actor = self._scheduler.current
        self._held[actor].take(lock)
        while lock in self._owners:
            self._wanted[actor] = lock
            self._check_cycle(actor)
            await self._scheduler.wait(self._freed.setdefault(lock, Signal(lock.name)))
            del self._wanted[actor]
        self._owners[lock] = actor
        if self._taken_handlers:
            taken = LockTaken(actor.name, lock)
            for handler in self._taken_handlers:
                handler(taken)

    async def unlock(self, lock: Lock) -> None:
        """Give a lock back."""
        if self._scheduler.closing:
            return
        actor = self._scheduler.current
        self._held[actor].give(lock)
        del self._owners[lock]
        if lock in self._freed:
            self._scheduler.notify(self._freed[lock])
        if self._freed_handlers:
            freed = LockFreed(actor.name, lock)
            for handler in self._freed_handlers:
                handler(freed)
        await self._scheduler.pause()

    def check_none(self) -> None:
        """LockError if the current actor holds a lock: it enters the guest, or has finished."""
        self._held[self._scheduler.current].check_none()

    def _check_cycle(self, actor: Actor) -> None:
        """Follow who waits for whom."""
        chain = []
        waiting = actor
        while (lock := self._wanted.get(waiting)) and (owner := self._owners.get(lock)):
            chain.append(f"{waiting.name} waits for {lock.name}, which {owner.name} holds")
            if owner is actor:
                raise Stuck("; ".join(chain))
            waiting = owner
