# SPDX-License-Identifier: Apache-2.0
"""What happens to list registers, by what is in them."""

from typing import Final

from tb.coverage.collector import Collector
from tb.coverage.interrupts import KINDS, Interrupts
from tb.coverage.point import cross
from tb.model.ledger.words import ACTIVE, NONE, PENDING, Word, best, completion, used
from tb.model.machine.events import Acknowledged, Completed, Entered, Exited

STATES: Final = {PENDING: "P", ACTIVE: "A", PENDING | ACTIVE: "AP", 0: "0"}
FORMS: Final = ("plain", "eoi", "hw")
MOVES: Final = (
    *("enters-P", "enters-A", "enters-AP"),  # as it is when the guest is entered
    *("P->A", "A->0", "AP->P"),  # the guest acknowledges, completes
    *("exits-P", "exits-A", "exits-AP", "exits-0"),  # what is left of it when the guest has exited
)


def _unreachable(kind: str, group: str, form: str, move: str) -> str:
    level, both = kind.endswith("level"), "AP" in move
    if form == "hw":
        if kind in ("sgi", "ppi-edge"):
            return "SGIs and PPIs of `classic` are never mapped (CL-Q-1)"
        if both and level:
            return "no dialect loads a mapped level interrupt as A+P (NV-FLUSH-5)"
        if both and group == "g1":
            return (
                "only `xen` loads a mapped interrupt as A+P (NV-FLUSH-9), and it knows no groups (NV-FLUSH-3)"
            )
        return ""
    if level and form == "plain" and (kind == "ppi-level" or group == "g1" or both):
        return "a level has EOI=1 (NV-FLUSH-6), but where `v310` repeats EOI work at a cancel (CL-SYNC-2)"
    if not level and kind != "sgi" and form == "eoi":
        return "an edge never has EOI=1 (NV-FLUSH-6, CL-Q-2)"
    if kind == "ppi-edge" and group == "g1":
        return "`classic`, where PPIs are edges, loads Group 0 only (CL-Q-1)"
    if both and kind == "sgi" and form == "eoi":
        return "only `kvm*` sets EOI for an SGI (NV-FLUSH-7), and it is never A+P there (NV-FLUSH-5)"
    if both and group == "g1" and (level or kind == "sgi"):
        return "only `xen` and `classic` load it as A+P (NV-FLUSH-5, CL-Q-2), and they load Group 0 only"
    return ""


POINT: Final = cross("device.list_registers", KINDS, ("g0", "g1"), FORMS, MOVES, unreachable=_unreachable)
POINTS: Final = (POINT,)


class ListRegisters:
    """State x kind x group x HW x EOI."""

    def __init__(self, collector: Collector) -> None:
        self._collector: Final = collector
        self._interrupts: Final = Interrupts(collector)
        self._entries: Final[dict[int, list[Word]]] = {}  # what was loaded, by CPU
        collector.subscribe(Entered, self._entered)
        collector.subscribe(Acknowledged, self._acknowledged)
        collector.subscribe(Completed, self._completed)
        collector.subscribe(Exited, self._exited)

    def _hit(self, word: Word, move: str) -> None:
        form = "hw" if word.hw else "eoi" if word.eoi else "plain"
        if kind := self._interrupts.kind(word.intid):
            self._collector.hit(POINT, kind, f"g{word.group}", form, move)

    def _entered(self, event: Entered) -> None:
        self._entries[event.cpu] = used(event.state)
        for word in self._entries[event.cpu]:
            self._hit(word, f"enters-{STATES[word.state]}")

    def _acknowledged(self, event: Acknowledged) -> None:
        word = best(event.before)
        if event.intid < NONE and word:
            self._hit(word, "P->A")

    def _completed(self, event: Completed) -> None:
        done = completion(event.before, event.register, event.value)
        if done.ends and done.word:
            self._hit(done.word, "AP->P" if done.word.state & PENDING else "A->0")

    def _exited(self, event: Exited) -> None:
        for word in self._entries[event.cpu]:
            left = Word.of(word.number, event.state.lrs[word.number])
            self._hit(left, f"exits-{STATES[left.state]}")
