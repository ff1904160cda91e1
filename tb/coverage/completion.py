# SPDX-License-Identifier: Apache-2.0
"""Acknowledging and completing: how deep guests nest, and what EOIR, AEOIR and DIR find in each EOImode."""

from typing import Final

from tb.coverage.collector import Collector
from tb.coverage.point import Point, cross
from tb.model.ledger.words import ACTIVE, NONE, PENDING, completion, split
from tb.model.machine.events import Acknowledged, Completed

_DEPTHS: Final = ("1", "2", "3", "4", "5..8", "9..")
NESTING: Final = Point("device.nesting", dict.fromkeys(_DEPTHS), {})
_MODES: Final = ("EOImode=0", "EOImode=1")
_REGISTERS: Final = ("EOIR", "AEOIR", "DIR")
_RESULTS: Final = ("ends-A", "ends-AP", "ends-hw", "drops", "counts", "nothing")


def _unreachable(mode: str, register: str, result: str) -> str:
    drops = register != "DIR"
    if mode == "EOImode=0" and not drops:
        return "" if result == "nothing" else "DIR is ignored (V2-DIR-2)"
    if mode == "EOImode=0" and result == "drops":
        return "the drop comes with the deactivation, or with its count (V2-EOI-2, V2-EOI-4)"
    if mode == "EOImode=1" and drops:
        return "" if result in ("drops", "nothing") else "only DIR deactivates, and counts (V2-EOI-2)"
    if mode == "EOImode=1" and result == "drops":
        return "DIR never changes APR (V2-DIR-1)"
    return ""


COMPLETION: Final = cross("device.completion", _MODES, _REGISTERS, _RESULTS, unreachable=_unreachable)
POINTS: Final = (NESTING, COMPLETION)


class Completions:
    """nesting: active priorities after an acknowledge.
    completion: EOImode x register x what the write does; `counts` is EOICount.
    """

    def __init__(self, collector: Collector) -> None:
        self._collector: Final = collector
        collector.subscribe(Acknowledged, self._acknowledged)
        collector.subscribe(Completed, self._completed)

    def _acknowledged(self, event: Acknowledged) -> None:
        if event.intid < NONE:
            depth = event.before.apr.bit_count() + 1
            label = str(depth) if depth < 5 else "5..8" if depth < 9 else "9.."
            self._collector.hit(NESTING, label)

    def _completed(self, event: Completed) -> None:
        done = completion(event.before, event.register, event.value)
        if done.ends and done.word:
            result = "hw" if done.word.hw else "AP" if done.word.state == PENDING | ACTIVE else "A"
            result = f"ends-{result}"
        else:
            result = "counts" if done.counted else "drops" if done.dropped is not None else "nothing"
        mode = f"EOImode={int(split(event.before))}"
        self._collector.hit(COMPLETION, mode, event.register.removeprefix("GICV_"), result)
