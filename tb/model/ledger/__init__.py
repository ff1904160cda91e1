# SPDX-License-Identifier: Apache-2.0
"""The ledger: holds a machine to the end-to-end invariants of docs/spec/invariants.md.

It keeps books of its own, by interrupt and vCPU, from the machine's events alone. It knows nothing of a VGIC
but what `snapshot` shows it.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from tb.model.ledger.acknowledge import Acknowledge
from tb.model.ledger.active import Actives
from tb.model.ledger.apr import ActivePriorities
from tb.model.ledger.books import Books, Handlers
from tb.model.ledger.edges import Edges
from tb.model.ledger.findings import Findings, Violation
from tb.model.ledger.invariants import SENTENCES, STRICT, TRAITS, Leeway, Traits
from tb.model.ledger.levels import Levels
from tb.model.ledger.list_registers import ListRegisters
from tb.model.ledger.liveness import Delivery, Sleep, Storm
from tb.model.ledger.locks import LockOrder
from tb.model.ledger.maintenance import Maintenance
from tb.model.ledger.mapped import Mapped
from tb.model.ledger.migration import Migration
from tb.model.ledger.priorities import Overflow
from tb.model.ledger.sgis import Senders
from tb.model.ledger.snapshot import Snapshot, snapshot_of
from tb.model.ledger.state import State
from tb.model.machine.events import Publisher

__all__ = [
    "SENTENCES",
    "STRICT",
    "TRAITS",
    "Ledger",
    "Leeway",
    "Snapshot",
    "Traits",
    "Violation",
    "snapshot_of",
]


class Ledger:
    """All invariants. Make it before the machine runs."""

    def __init__(
        self,
        publisher: Publisher,
        traits: Traits,
        vcpus: int,
        num_lr: int,
        clock: Callable[[], int],
        snapshot: Snapshot | None = None,
        leeway: Leeway = STRICT,
    ) -> None:
        """`clock` tells when something happened; without a snapshot, its invariants are not evaluated."""
        findings = Findings(clock)
        books = Books(vcpus, num_lr, traits)
        self._findings: Final = findings
        self._books: Final = books
        checkers = [
            Acknowledge(findings, leeway),
            Edges(books, findings),
            Levels(books, findings, notifies=traits.notifies),
            Senders(books, findings),
            Overflow(books, findings, traits),
            ListRegisters(books, findings, sgi_per_source=traits.sgi_per_source),
            Actives(books, findings, traits),
            Mapped(books, findings),
            Migration(books, findings),
            Maintenance(findings, leeway),
            ActivePriorities(books, findings),
            LockOrder(findings, injects_in_desc=traits.injects_in_desc),
            Delivery(books, findings, traits),
            Sleep(books, findings),
            Storm(books, findings),
            *([State(findings, snapshot)] if snapshot else []),
            books,  # last: the others see them as they were before an event
        ]
        handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)
        for checker in checkers:
            of_this: Handlers = checker.handlers()  # type: ignore[attr-defined]
            for kind, handler in of_this.items():
                handlers[kind].append(handler)
        for kind, handlers_of_kind in handlers.items():
            publisher.subscribe(kind, partial(self._bring, handlers_of_kind))

    def _bring(self, handlers: list[Callable[[Any], None]], event: object) -> None:
        self._books.now += 1
        self._findings.event = event
        for handler in handlers:
            handler(event)

    @property
    def evaluations(self) -> dict[str, int]:
        """How often the condition of each invariant held, so that it was evaluated."""
        return dict(self._findings.evaluations)

    @property
    def violations(self) -> list[Violation]:
        """In order of time."""
        return self._findings.violations

    def __str__(self) -> str:
        return f"{sum(self._findings.evaluations.values())} invariant evaluations"
