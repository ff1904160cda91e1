# SPDX-License-Identifier: Apache-2.0
"""INV-LOCK-1: the order of locks (NV-LOCK-1 to NV-LOCK-3)."""

from collections import defaultdict

from tb.model.hypervisor.platform import Lock, Rank
from tb.model.ledger.books import Handlers
from tb.model.ledger.findings import Findings
from tb.model.machine.events import Entered, LockFreed, LockTaken, Rested


class LockOrder:
    """The locks of each actor. A vCPU's own actor is called `vCPU n`."""

    def __init__(self, findings: Findings, *, injects_in_desc: bool) -> None:
        self._findings = findings
        self._injects_in_desc = injects_in_desc
        self._held: dict[str, list[Lock]] = defaultdict(list)

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {
            LockTaken: self._taken,
            LockFreed: self._freed,
            Entered: self._entered,
            Rested: self._rested,
        }

    def _taken(self, event: LockTaken) -> None:
        held = self._held[event.actor]
        right = self._may_take(held, event.lock)
        detail = "" if right else f"{event.actor} takes {event.lock.name} inside {held[-1].name}"
        self._findings.check("INV-LOCK-1", right, detail)
        held.append(event.lock)

    def _may_take(self, held: list[Lock], lock: Lock) -> bool:
        if not held:
            return True
        ranks = [other.rank for other in held]
        if self._injects_in_desc and lock.rank is Rank.AP_LIST and ranks == [Rank.DESC]:
            return True
        if lock in held or any(rank > lock.rank for rank in ranks):
            return False
        if lock.rank is Rank.AP_LIST:
            return all(other.id < lock.id for other in held if other.rank is Rank.AP_LIST)
        if lock.rank is Rank.IRQ and Rank.IRQ in ranks:
            return Rank.AP_LIST in ranks
        return True

    def _freed(self, event: LockFreed) -> None:
        held = self._held[event.actor]
        if event.lock in held:
            held.remove(event.lock)
        else:
            self._findings.check("INV-LOCK-1", False, f"{event.actor} frees {event.lock.name}")

    def _entered(self, event: Entered) -> None:
        held = self._held[f"vCPU {event.vcpu}"]
        self._findings.check("INV-LOCK-1", not held, f"vCPU {event.vcpu} enters with {held}")

    def _rested(self, event: Rested) -> None:
        for actor, held in self._held.items() if event.quiet else ():
            if held:
                self._findings.check("INV-LOCK-1", False, f"{actor} still holds {held[-1].name}")
