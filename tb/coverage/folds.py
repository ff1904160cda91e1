# SPDX-License-Identifier: Apache-2.0
"""What a sync finds: the table at the end of A.6, with everything that is not in it."""

from typing import Final

from tb.coverage.collector import Collector
from tb.coverage.interrupts import Interrupts
from tb.coverage.list_registers import STATES
from tb.coverage.point import DIALECTS, Point, cross
from tb.model.ledger.distributor import Set, writes
from tb.model.ledger.words import FIRST_SPI, Word, used
from tb.model.machine.events import Entered, Exited, Injected, LineChanged, Synced, TrapEnded

_KINDS: Final = ("edge", "level", "sgi", "edge-hw", "level-hw")
_WAYS: Final = ("P->P", "P->A", "P->0", "A->A", "A->0", "AP->AP", "AP->P", "AP->A", "AP->0")  # entry -> exit
_NEVER_BOTH: Final = {  # NV-FLUSH-5, NV-FLUSH-9, CL-Q-2, CL-Q-4
    "xen": ("level-hw",),
    "kvm17": ("level", "sgi", "edge-hw", "level-hw"),
    "kvm19": ("level", "sgi", "edge-hw", "level-hw"),
    "classic": ("level",),
    "classic-v310": (),  # another vCPU can clear `queued`, which they share, while it is active
}


def _point(dialect: str) -> Point:
    def unreachable(kind: str, way: str, meanwhile: str) -> str:
        is_level = kind.startswith("level")
        if is_level != (meanwhile in ("low", "high")):
            return "lines are of levels, instances of edges and SGIs"
        if kind.endswith("hw") and dialect.startswith("classic"):
            return "`classic` ties nothing to a physical interrupt (CL-Q-1)"
        if way.startswith("AP") and kind in _NEVER_BOTH[dialect]:
            return "the dialect never loads it as A+P"
        return ""

    return cross(f"{dialect}.sync", _KINDS, _WAYS, ("once", "again", "low", "high"), unreachable=unreachable)


_BY_DIALECT: Final = {dialect: _point(dialect) for dialect in DIALECTS}
POINTS: Final = tuple(_BY_DIALECT.values())


class Folds:
    """Kind of interrupt x its list register's state at entry and exit x what happened meanwhile.

    once, again  whether an edge, or the SGI, or ISPENDR, came once more from the entry to the end of the sync
    low, high    the wire at the end of the sync
    """

    def __init__(self, collector: Collector) -> None:
        self._collector: Final = collector
        self._point: Final = _BY_DIALECT[collector.dialect]
        self._interrupts: Final = Interrupts(collector)
        self._loaded: Final[dict[int, list[Word]]] = {}  # at the entry, by vCPU
        self._left: Final[dict[int, list[tuple[Word, int]]]] = {}  # and the states at the exit
        self._again: Final[dict[int, set[int]]] = {}  # INTIDs, by vCPU
        self._high: Final[set[tuple[int | None, int]]] = set()
        collector.subscribe(Entered, self._entered)
        collector.subscribe(Exited, self._exited)
        collector.subscribe(Injected, self._injected)
        collector.subscribe(LineChanged, self._line_changed)
        collector.subscribe(TrapEnded, self._trapped)
        collector.subscribe(Synced, self._synced)

    def _entered(self, event: Entered) -> None:
        self._loaded[event.vcpu] = used(event.state)
        self._again[event.vcpu] = set()

    def _exited(self, event: Exited) -> None:
        self._left[event.vcpu] = [
            (word, Word.of(word.number, event.state.lrs[word.number]).state)
            for word in self._loaded[event.vcpu]
        ]

    def _injected(self, event: Injected) -> None:
        if event.level:
            self._came(event.vcpu, event.intid)

    def _came(self, vcpu: int | None, intid: int) -> None:
        for each, again in self._again.items():
            if vcpu in (None, each):
                again.add(intid)

    def _line_changed(self, event: LineChanged) -> None:
        (self._high.add if event.level else self._high.discard)((event.vcpu, event.intid))

    def _trapped(self, event: TrapEnded) -> None:
        for what, intid, value in writes(event):
            if what is Set.PEND and value:
                self._came(event.vcpu if intid < FIRST_SPI else None, intid)
            elif what is Set.SGI:
                for target in self._again:
                    if value >> target & 1:
                        self._came(target, intid)

    def _synced(self, event: Synced) -> None:
        for word, state in self._left.pop(event.vcpu, ()):
            kind = self._interrupts.kind(word.intid)
            if not kind:
                continue
            kind = kind.rpartition("-")[2] + "-hw" * word.hw
            if kind.startswith("level"):
                owner = event.vcpu if word.intid < FIRST_SPI else None
                meanwhile = "high" if (owner, word.intid) in self._high else "low"
            else:
                meanwhile = "again" if word.intid in self._again[event.vcpu] else "once"
            way = f"{STATES[word.state]}->{STATES[state]}"
            self._collector.hit(self._point, kind, way, meanwhile)
