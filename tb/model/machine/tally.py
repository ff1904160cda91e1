# SPDX-License-Identifier: Apache-2.0
"""What happened in a run, in numbers."""

from collections import Counter
from typing import Final

from tb.model.machine.events import (
    Acknowledged,
    Cancelled,
    Cause,
    Entered,
    Exited,
    Injecting,
    Loaded,
    MaintenanceTaken,
    Publisher,
    Rested,
)


class Tally:
    """A subscriber that counts.

    entries, cancelled  flushes that ended in the guest, and that did not
    exits               by cause
    injections          calls of Vgic.inject
    deliveries          acknowledges that gave an interrupt
    maintenance         maintenance interrupts taken, in the guest or not
    moves               loads on another physical CPU than before
    quiet               the run came to rest
    """

    def __init__(self, publisher: Publisher) -> None:
        self.entries = 0
        self.cancelled = 0
        self.exits: Final[Counter[Cause]] = Counter()
        self.injections = 0
        self.deliveries = 0
        self.maintenance = 0
        self.moves = 0
        self.quiet = False
        publisher.subscribe(Entered, self._entered)
        publisher.subscribe(Cancelled, self._cancelled)
        publisher.subscribe(Exited, self._exited)
        publisher.subscribe(Injecting, self._injecting)
        publisher.subscribe(Acknowledged, self._acknowledged)
        publisher.subscribe(MaintenanceTaken, self._maintenance)
        publisher.subscribe(Loaded, self._loaded)
        publisher.subscribe(Rested, self._rested)

    def __str__(self) -> str:
        exits = ", ".join(f"{self.exits[cause]} {cause.value}" for cause in Cause)
        return (
            f"{self.entries} entries, exits {exits}; {self.injections} injections, "
            f"{self.deliveries} deliveries, {self.maintenance} maintenance interrupts"
        )

    def _entered(self, _: Entered) -> None:
        self.entries += 1

    def _cancelled(self, _: Cancelled) -> None:
        self.cancelled += 1

    def _exited(self, event: Exited) -> None:
        self.exits[event.cause] += 1

    def _injecting(self, _: Injecting) -> None:
        self.injections += 1

    def _acknowledged(self, event: Acknowledged) -> None:
        self.deliveries += event.intid < 1020

    def _maintenance(self, _: MaintenanceTaken) -> None:
        self.maintenance += 1

    def _loaded(self, event: Loaded) -> None:
        self.moves += event.previous not in (None, event.cpu)

    def _rested(self, event: Rested) -> None:
        self.quiet = event.quiet
