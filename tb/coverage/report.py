# SPDX-License-Identifier: Apache-2.0
"""What was covered, in text."""

from collections.abc import Iterable, Iterator, Mapping

from tb.coverage.point import Point


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
        total = sum(len(point.bins) for point in self._points)
        covered = total - sum(map(len, self.holes.values()))
        unreachable = sum(len(point.unreachable) for point in self._points)
        return (
            f"functional {100 * covered / total:.1f}% ({covered} of {total} bins, {unreachable} unreachable)"
        )

    def lines(self, notes: Mapping[str, str]) -> Iterator[str]:
        """One of each point, and one of each of its holes, with what is noted for it."""
        width = max(len(point.name) for point in self._points)
        for point in self._points:
            holes = self.holes[point.name]
            bins, unreachable = len(point.bins), len(point.unreachable)
            yield f"{point.name:{width}} {bins - len(holes):4} of {bins:4}, {unreachable:3} unreachable"
            yield from (f"    hole: {label}{notes.get(label, '')}" for label in holes)
