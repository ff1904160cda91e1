# SPDX-License-Identifier: Apache-2.0
"""Why guests are left, and what is in the list registers then."""

from typing import Final

from tb.coverage.collector import Collector
from tb.coverage.point import DIALECTS, Point, cross
from tb.model.ledger.words import ACTIVE, PENDING, used
from tb.model.machine.events import Cause, Exited

SITUATIONS: Final = (
    "empty",
    *(f"{what}-{how}" for what in ("P", "A", "P-and-A") for how in ("room", "full")),
)
_CAUSES: Final = tuple(cause.value for cause in Cause)


def _point(dialect: str) -> Point:
    def unreachable(cause: str, _: str) -> str:
        is_alone = dialect.startswith("classic") and cause == Cause.PHYSICAL.value
        return "`classic` ties nothing to a physical interrupt (CL-Q-1)" if is_alone else ""

    return cross(f"{dialect}.exits", _CAUSES, SITUATIONS, unreachable=unreachable)


_BY_DIALECT: Final = {dialect: _point(dialect) for dialect in DIALECTS}
POINTS: Final = tuple(_BY_DIALECT.values())


class Exits:
    """Cause x list registers."""

    def __init__(self, collector: Collector) -> None:
        self._collector: Final = collector
        self._point: Final = _BY_DIALECT[collector.dialect]
        collector.subscribe(Exited, self._exited)

    def _exited(self, event: Exited) -> None:
        states = [word.state for word in used(event.state)]
        situation = "empty"
        if states:
            what = "-and-".join(
                name for state, name in ((PENDING, "P"), (ACTIVE, "A")) if any(one & state for one in states)
            )
            situation = f"{what}-{'full' if len(states) == len(event.state.lrs) else 'room'}"
        self._collector.hit(self._point, event.cause.value, situation)
