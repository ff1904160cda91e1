# SPDX-License-Identifier: Apache-2.0
"""What the statements were held to, and what did not agree."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Mismatch:
    """Something at an entry or exit that is not as a rule demands.

    rule      its id in docs/spec/software-vgic.md
    vcpu      whose entry or exit it was
    place     list register, register, interrupt or list, with the field
    expected  what the rule demands
    found     what was there
    time      of the machine's clock
    """

    rule: str
    vcpu: int
    place: str
    expected: str
    found: str
    time: int

    def __str__(self) -> str:
        return (
            f"{self.rule} at {self.time}: vCPU {self.vcpu}, {self.place}: "
            f"{self.expected} expected, {self.found} found"
        )


class Findings:
    """Checks by kind, each counted where there was something to check, and mismatches."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.checks: Final[Counter[str]] = Counter()
        self.mismatches: Final[list[Mismatch]] = []
        self._clock: Final = clock

    def report(self, rule: str, vcpu: int, place: str, expected: object, found: object) -> None:
        """A mismatch."""
        self.mismatches.append(Mismatch(rule, vcpu, place, _text(expected), _text(found), self._clock()))

    def compare(self, kind: str, rule: str, vcpu: int, place: str, expected: object, found: object) -> None:
        """One check."""
        self.checks[kind] += 1
        if expected != found:
            self.report(rule, vcpu, place, expected, found)


def _text(value: object) -> str:
    return f"{value:#x}" if type(value) is int and value > 9 else str(value)
