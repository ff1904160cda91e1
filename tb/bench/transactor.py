# SPDX-License-Identifier: Apache-2.0
"""Replay by the transactor, and the reference alone, over the shipped real traces."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tb.bench.compiled import obstacle, with_compiled_models
from tb.bench.row import Row
from tb.model import trace
from tb.model.hardware.parameters import Parameters
from tb.paths import ROOT
from tb.settings import Settings
from tb.simulator import Build
from tb.transactor import rates

TRACES: Final = sorted((ROOT / "tests" / "data" / "traces" / "real").glob("*.jsonl.gz"))


def rows(wishes: Settings) -> Iterator[Row]:
    """Accesses a second, and how they compare."""
    pace = _pace(wishes)
    yield Row("reference alone, over the shipped real traces", pace["reference"], "accesses/s", 400_000)
    name = "reference alone, compiled / in Python"
    if reason := obstacle():
        yield Row(name, None, goal=2, note=reason)
    else:
        compiled = with_compiled_models(lambda: _pace(wishes))["reference"]
        yield Row(name, compiled / pace["reference"], goal=2, note=f"{compiled:,.0f} accesses/s")
    yield Row("replay of recorded values and lines", pace["replay"], "accesses/s", 500_000)
    yield Row("the same / nothing compared", pace["replay"] / pace["play"], goal=0.8)
    yield Row(
        "replay with reference and all observation changes / reference",
        pace["checked"] / pace["reference"],
        goal=0.6,
        note=f"{pace['checked']:,.0f} accesses/s",
    )


def slow_rows(wishes: Settings) -> Iterator[Row]:
    """Of a long replay."""
    parameters, traces = next(iter(_groups().items()))
    growth = rates.grow(Build(wishes.sim, parameters), traces, wishes.seed)
    yield Row(
        f"{growth.accesses / 1e6:.0f} M replayed accesses, growth after the first million",
        100 * (growth.last / growth.first - 1),
        "%",
        goal=5,
        at_most=True,
        note=f"peak memory from {growth.first / 1024:.0f} to {growth.last / 1024:.0f} MB",
    )


def _pace(wishes: Settings) -> dict[str, float]:
    """Accesses a second of each way."""
    accesses, seconds = Counter[str](), defaultdict[str, float](float)
    for parameters, traces in _groups().items():
        for way, rate in rates.measure(Build(wishes.sim, parameters), traces, wishes.seed).items():
            accesses[way] += rate.accesses
            seconds[way] += rate.seconds
    return {way: accesses[way] / seconds[way] for way in accesses}


def _groups() -> dict[Parameters, list[Path]]:
    """The traces by the device that they are for."""
    groups: dict[Parameters, list[Path]] = defaultdict(list)
    for path in TRACES:
        groups[trace.device(path)].append(path)
    return groups
