# SPDX-License-Identifier: Apache-2.0
"""What the guest has made of its interrupts, as the VGIC understands it."""

from typing import Final

from tb.coverage.collector import Collector
from tb.model.ledger.distributor import Set, writes
from tb.model.ledger.words import FIRST_PPI, FIRST_SPI
from tb.model.machine.events import TrapEnded

KINDS: Final = ("sgi", "ppi-edge", "ppi-level", "spi-edge", "spi-level")


class Interrupts:
    """The kind of each: a follower of ICFGR."""

    def __init__(self, collector: Collector) -> None:
        self._ppi: Final = "ppi-edge" if collector.dialect.startswith("classic") else "ppi-level"  # CL-STATE
        self._one_half: Final = (
            collector.dialect == "classic-v310"
        )  # each word reaches the low one (CL-MMIO-4)
        self._edges: Final[set[int]] = set()
        self._enabled: Final[set[int]] = set()
        self._doubtful: Final[set[int]] = set()
        collector.subscribe(TrapEnded, self._trapped)

    def kind(self, intid: int) -> str | None:
        """One of KINDS; None if it has changed while the interrupt was in use: a list register may lag."""
        if intid < FIRST_PPI:
            return "sgi"
        if intid < FIRST_SPI:
            return self._ppi
        if intid in self._doubtful:
            return None
        return "spi-edge" if intid in self._edges else "spi-level"

    def _trapped(self, event: TrapEnded) -> None:
        for what, intid, value in writes(event):
            if what is Set.ENABLE and value:
                self._enabled.add(intid)
            elif what is Set.EDGE:
                place = intid - intid % 32 // 16 * 16 if self._one_half else intid
                if place in self._enabled and value != (place in self._edges):
                    self._doubtful.add(place)
                (self._edges.add if value else self._edges.discard)(place)
