# SPDX-License-Identifier: Apache-2.0
"""What a ledger has found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tb.model.ledger.invariants import SENTENCES


@dataclass(frozen=True)
class Violation:
    """An invariant that did not hold.

    id      of the invariant
    detail  what was wrong, with numbers
    event   the event that showed it
    time    of the machine's clock then
    """

    id: str
    detail: str
    event: Any
    time: int

    def __str__(self) -> str:
        return f"{self.id} at {self.time}: {self.detail} ({SENTENCES[self.id]})"


class Findings:
    """Evaluations whose condition held, by id, and violations.

    event  the one that is being looked at
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self.evaluations: Final = dict.fromkeys(SENTENCES, 0)
        self.violations: Final[list[Violation]] = []
        self.event: object = None
        self._clock: Final = clock

    def check(self, invariant: str, holds: bool, detail: str = "") -> None:
        """One evaluation; a violation unless it holds."""
        self.evaluations[invariant] += 1
        if not holds:
            self.violations.append(Violation(invariant, detail, self.event, self._clock()))
