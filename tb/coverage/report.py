# SPDX-License-Identifier: Apache-2.0
"""What was covered, in text."""

from collections.abc import Iterable, Iterator, Mapping

from tb.coverage.point import Point


def percent(covered: float, total: float) -> str:
    """Rounded down: 100.0% is all."""
    return f"{int(1000 * covered / total) / 10:.1f}%"


class Report:
    """Compares hits with what there is to hit.

    holes  by point: bins that no run has hit
    """

    def __init__(self, points: Iterable[Point], hits: Mapping[str, Mapping[str, int]]) -> None:
        self._points = tuple(points)
        self.holes = {
            point.name: [label for label in point.bins if not hits.get(point.name, {}).get(label)]
            for point in self._points
        }

    def __str__(self) -> str:
        return f"functional {percent(*self._covered)}"

    @property
    def bins(self) -> str:
        """The same in numbers."""
        covered, total = self._covered
        unreachable = sum(len(point.unreachable) for point in self._points)
        return f"{covered} of {total} bins, {unreachable} unreachable"

    @property
    def _covered(self) -> tuple[int, int]:
        total = sum(len(point.bins) for point in self._points)
        return total - sum(map(len, self.holes.values())), total

    def lines(self, notes: Mapping[str, str]) -> Iterator[str]:
        """One of each point, and one of each of its holes, with what is noted for it."""
        width = max(len(point.name) for point in self._points)
        for point in self._points:
            holes = self.holes[point.name]
            bins, unreachable = len(point.bins), len(point.unreachable)
            yield f"{point.name:{width}} {bins - len(holes):4} of {bins:4}, {unreachable:3} unreachable"
            yield from (f"    hole: {label}{notes.get(label, '')}" for label in holes)
