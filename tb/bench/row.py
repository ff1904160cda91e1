# SPDX-License-Identifier: Apache-2.0
"""One figure of the table, beside its goal."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A figure.

    name     what was measured
    value    of it; None where it was not measured
    unit     of the value; empty: a ratio
    goal     what it is to reach, if anything
    at_most  it is not to exceed the goal
    note     what else there is to know
    """

    name: str
    value: float | None
    unit: str = ""
    goal: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """`reached` or `missed`; empty without a value or a goal."""
        if self.value is None or self.goal is None:
            return ""
        reached = self.value <= self.goal if self.at_most else self.value >= self.goal
        return "reached" if reached else "missed"

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """As text: name, value, goal, verdict, note."""
        goal = "" if self.goal is None else f"{'<=' if self.at_most else '>='} {self._text(self.goal)}"
        value = "-" if self.value is None else self._text(self.value)
        return self.name, value, goal, self.verdict, self.note

    def _text(self, number: float) -> str:
        text = f"{number:.2f}" if abs(number) < 20 else f"{number:,.0f}"
        return f"{text} {self.unit}".strip()
