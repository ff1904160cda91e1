# SPDX-License-Identifier: Apache-2.0
"""What one run hits."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from tb.coverage.point import Point
from tb.model.machine.events import Publisher

Event = TypeVar("Event")


class Hits:
    """The bins that a run hits.

    hits    the labels that were hit, by the point's name
    errors  bins that should not have been hit, in sentences
    """

    def __init__(self) -> None:
        self.hits: Final[dict[str, set[str]]] = {}
        self.errors: Final[set[str]] = set()

    def hit(self, point: Point, *values: Any) -> None:
        """These values have come together."""
        label = " ".join(map(str, values))
        hits = self.hits.setdefault(point.name, set())
        if label in hits:
            return
        if label in point.bins:
            hits.add(label)
        elif reason := point.unreachable.get(label):
            self.errors.add(f"{point.name}: `{label}` was hit, which cannot be: {reason}")
        else:
            self.errors.add(f"{point.name}: `{label}` was hit, which is not declared")


class Collector(Hits):
    """Of a co-simulation; observers fill it.

    dialect  whose VGIC runs
    vgic     that VGIC, to look at; None: points that need this are not sampled
    """

    def __init__(self, publisher: Publisher, dialect: str, vgic: object = None) -> None:
        super().__init__()
        self._publisher: Final = publisher
        self.dialect: Final = dialect
        self.vgic: Final = vgic

    def subscribe(self, kind: type[Event], handler: Callable[[Event], None]) -> None:
        """As Publisher.subscribe."""
        self._publisher.subscribe(kind, handler)
