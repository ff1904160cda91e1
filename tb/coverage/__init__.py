# SPDX-License-Identifier: Apache-2.0
"""Functional coverage of co-simulations: what the runs have met, and what not yet (docs/coverage.md)."""

from typing import Final

from tb.coverage import (
    cited,
    completion,
    exits,
    folds,
    hardware_rules,
    list_registers,
    lists,
    maintenance,
    software_rules,
    windows,
)
from tb.coverage.collector import Collector
from tb.model.machine.events import Publisher

__all__ = ["POINTS", "Collector", "attach"]

_MODULES: Final = (
    cited,
    completion,
    exits,
    folds,
    hardware_rules,
    list_registers,
    lists,
    maintenance,
    software_rules,
    windows,
)
_OBSERVERS: Final = (
    completion.Completions,
    exits.Exits,
    folds.Folds,
    list_registers.ListRegisters,
    lists.Lists,
    maintenance.Maintenance,
    software_rules.SoftwareRules,
    windows.Windows,
)
POINTS: Final = tuple(point for module in _MODULES for point in module.POINTS)


def attach(publisher: Publisher, dialect: str, vgic: object = None) -> Collector:
    """Sample a run on whatever hardware; before it starts. `vgic`: the dialect's, to look at."""
    collector = Collector(publisher, dialect, vgic)
    for observer in _OBSERVERS:
        observer(collector)
    return collector
