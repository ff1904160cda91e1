# SPDX-License-Identifier: Apache-2.0
"""Maintenance: each cause, alone and in pairs."""

from itertools import combinations
from typing import Final

from tb.coverage.collector import Collector
from tb.coverage.point import Point
from tb.model.machine.events import Acknowledged, BankState, Completed, Entered, Exited

CAUSES: Final = ("EOI", "U", "LRENP", "NP", "VGrp0E", "VGrp0D", "VGrp1E", "VGrp1D")  # by bit of MISR
_EXCLUSIVE: Final = {
    "VGrp0E+VGrp0D": "a group is either enabled or not (§3)",
    "VGrp1E+VGrp1D": "a group is either enabled or not (§3)",
}
_PAIRS: Final = [f"{one}+{other}" for one, other in combinations(CAUSES, 2)]
POINT: Final = Point(
    "device.misr",
    dict.fromkeys([*CAUSES, *(pair for pair in _PAIRS if pair not in _EXCLUSIVE)]),
    _EXCLUSIVE,
)
POINTS: Final = (POINT,)


class Maintenance:
    """GICH_MISR while the guest runs: `X` is X alone, `X+Y` is both, with or without others."""

    def __init__(self, collector: Collector) -> None:
        self._collector: Final = collector
        self._seen: Final[set[int]] = set()
        collector.subscribe(Entered, lambda event: self._look(event.state))
        collector.subscribe(Exited, lambda event: self._look(event.state))
        collector.subscribe(Acknowledged, lambda event: self._look(event.before))
        collector.subscribe(Completed, lambda event: self._look(event.before))

    def _look(self, state: BankState) -> None:
        if state.misr in self._seen:
            return
        self._seen.add(state.misr)
        causes = [name for bit, name in enumerate(CAUSES) if state.misr >> bit & 1]
        if len(causes) == 1:
            self._collector.hit(POINT, causes[0])
        for pair in combinations(causes, 2):
            self._collector.hit(POINT, "+".join(pair))
