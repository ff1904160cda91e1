# SPDX-License-Identifier: Apache-2.0
"""How much more is waiting than there are list registers, and how many senders an SGI has."""

from typing import Final

from tb.coverage.collector import Collector
from tb.coverage.inside import Inside, look_inside
from tb.coverage.point import DIALECTS, Point, cross
from tb.model.ledger.words import ACTIVE, PENDING, used
from tb.model.machine.events import Entered, Flushing

_BEYOND: Final = ((1, "1"), (2, "2..3"), (4, "4..7"), (8, "8..15"), (16, "16.."))
_FILLED: Final = ("P", "A", "P-and-A")
_SOURCES: Final = ((1, "1"), (2, "2"), (3, "3"), (4, "4.."))


def _group(number: int, groups: tuple[tuple[int, str], ...]) -> str:
    return [label for least, label in groups if number >= least][-1]


_OVERFLOW: Final = {
    dialect: cross(f"{dialect}.overflow", [label for _, label in _BEYOND], _FILLED) for dialect in DIALECTS
}
_SENDERS: Final = {
    dialect: cross(f"{dialect}.sgi_sources", [label for _, label in _SOURCES], ("inactive", "active"))
    for dialect in DIALECTS
}
POINTS: Final = (*_OVERFLOW.values(), *_SENDERS.values())


class Lists:
    """overflow: interrupts outside when all list registers are used at an entry x what these hold.
    sgi_sources: senders of an SGI that waits when the flush begins x whether it is active, too.
    """

    def __init__(self, collector: Collector) -> None:
        self._collector: Final = collector
        self._overflow: Final[Point] = _OVERFLOW[collector.dialect]
        self._senders: Final[Point] = _SENDERS[collector.dialect]
        if inside := look_inside(collector.vgic):
            self._inside: Final[Inside] = inside
            collector.subscribe(Entered, self._entered)
            collector.subscribe(Flushing, self._flushing)

    def _entered(self, event: Entered) -> None:
        loaded = used(event.state)
        beyond = self._inside.waiting(event.vcpu)
        if beyond and len(loaded) == len(event.state.lrs):
            filled = "-and-".join(
                name
                for state, name in ((PENDING, "P"), (ACTIVE, "A"))
                if any(w.state & state for w in loaded)
            )
            self._collector.hit(self._overflow, _group(beyond, _BEYOND), filled)

    def _flushing(self, event: Flushing) -> None:
        for sources, active in self._inside.senders(event.vcpu):
            self._collector.hit(self._senders, _group(sources, _SOURCES), "active" if active else "inactive")
