# SPDX-License-Identifier: Apache-2.0
"""Functional coverage of co-simulations: what the runs have met, and what not yet (docs/coverage.md)."""

from typing import Final

from tb.coverage import exits, list_registers, maintenance
from tb.coverage.collector import Collector
from tb.coverage.exits import Exits
from tb.coverage.list_registers import ListRegisters
from tb.coverage.maintenance import Maintenance
from tb.model.machine.events import Publisher

__all__ = ["POINTS", "Collector", "attach"]

_MODULES: Final = (list_registers, maintenance, exits)
_OBSERVERS: Final = (ListRegisters, Maintenance, Exits)
POINTS: Final = tuple(point for module in _MODULES for point in module.POINTS)


def attach(publisher: Publisher, dialect: str, vgic: object = None) -> Collector:
    """Sample a run on whatever hardware; before it starts. `vgic`: the dialect's, to look at."""
    collector = Collector(publisher, dialect, vgic)
    for observer in _OBSERVERS:
        observer(collector)
    return collector
