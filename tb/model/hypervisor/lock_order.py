# SPDX-License-Identifier: Apache-2.0
"""The order in which one actor may take locks."""

from tb.model.hypervisor.platform import Lock, Rank


class LockError(Exception):
    """An actor took or gave back a lock against the rules."""


class HeldLocks:
    """The locks that one actor holds; refuses what breaks NV-LOCK-1 to NV-LOCK-3."""

    def __init__(self) -> None:
        self._held: list[Lock] = []

    def take(self, lock: Lock) -> None:
        """Note that the actor takes a lock; LockError if it may not."""
        if not self._held:
            self._held.append(lock)
            return
        if lock in self._held:
            raise LockError(f"{lock.name} is taken by its holder")
        inner = [other for other in self._held if other.rank > lock.rank]
        if inner and not self._is_injection_of_xen(lock):
            raise LockError(f"{lock.name} is taken inside {inner[-1].name} (NV-LOCK-1)")
        same = [other for other in self._held if other.rank == lock.rank]
        if same and lock.rank == Rank.AP_LIST and lock.id < same[-1].id:
            raise LockError(f"{lock.name} is taken after {same[-1].name} (NV-LOCK-2)")
        if same and lock.rank == Rank.IRQ and not any(other.rank == Rank.AP_LIST for other in self._held):
            raise LockError(f"{lock.name} is taken inside {same[-1].name}, no list being locked (NV-LOCK-3)")
        self._held.append(lock)

    def _is_injection_of_xen(self, lock: Lock) -> bool:
        """The exempt call of NV-LOCK-1: the host's handler of a physical interrupt injects under its lock."""
        return lock.rank == Rank.AP_LIST and [other.rank for other in self._held] == [Rank.DESC]

    def give(self, lock: Lock) -> None:
        """Note that the actor gives a lock back; LockError if it does not hold it."""
        if lock not in self._held:
            raise LockError(f"{lock.name} is given back by somebody who does not hold it")
        self._held.remove(lock)

    def check_none(self) -> None:
        """LockError if the actor holds a lock: it enters the guest, or has finished."""
        if self._held:
            raise LockError(f"{self._held[-1].name} is still held")
