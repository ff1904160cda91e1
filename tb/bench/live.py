# SPDX-License-Identifier: Apache-2.0
"""Lockstep live: bus masters and our agent beside a bus master that checks nothing, in one simulation.

Rates are the median of three rounds, by processor time. All make the same accesses: those of the random
lockstep run without the ones answered SLVERR, at which the master of cocotb-bus stops.
"""

import json
import statistics
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tb import simulator
from tb.bench.compiled import obstacle, with_compiled_models
from tb.bench.row import Row
from tb.commands.run import XEN_BOOT
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.settings import Settings

RATES: Final = "rates.json"  # what tests/bench/rates.py leaves in the directory of its run
ACCESSES: Final = 10_000  # in each round of each way


def rows(wishes: Settings, accesses: int = ACCESSES) -> Iterator[Row]:
    """What each way makes of the simulator's pace."""
    build = simulator.Build(wishes.sim, Parameters(num_cpu=1))
    rounds = measure(build, wishes.seed, accesses)
    rate = _rates(rounds)
    bare = rate["bare"]

    def objects(way: str) -> str:
        return f"{rounds[way][0]['objects'] / rounds[way][0]['accesses']:.3g} pyuvm objects an access"

    yield Row("bare cocotb-bus master, no checks", bare, "accesses/s")
    master, lean = "live lockstep, cocotb-bus master, all checks", "live lockstep, lean agent, all checks"
    yield Row(f"{master} / bare", rate["checked master"] / bare, goal=0.75)
    yield Row(
        f"{lean} / bare",
        rate["back to back"] / bare,
        goal=2.5,
        note=f"back to back, {objects('back to back')}",
    )
    yield Row(f"{lean}, one by one / bare", rate["one by one"] / bare, note=objects("one by one"))
    yield Row("agent, an item an access / bare", rate["sequenced"] / bare, note=objects("sequenced"))
    yield Row(lean, rate["back to back"], "accesses/s")
    yield Row("random lockstep test, with stalls and resets", rate["lockstep"], "accesses/s")
    yield Row("replay of a Xen boot in lockstep", rate["replay"], "accesses/s")
    if reason := obstacle():
        yield Row(f"{master}, compiled models / bare", None, note=reason)
    else:
        rate = _rates(with_compiled_models(lambda: measure(build, wishes.seed, accesses)))
        yield Row(f"{master}, compiled models / bare", rate["checked master"] / rate["bare"])
        yield Row(f"{lean}, compiled models / bare", rate["back to back"] / rate["bare"])


def measure(
    build: simulator.Build, seed: int, accesses: int, **more: str
) -> Mapping[str, list[dict[str, Any]]]:
    """The rounds of each way: accesses, cycles, seconds and pyuvm objects."""
    options = {
        "ACCESSES": str(accesses),
        "RECORDS": str(accesses),
        "TRACES": json.dumps([str(XEN_BOOT)]),
        **{name.upper(): value for name, value in more.items()},
    }
    result = simulator.run(build, "tests.bench.rates", seed=seed, name="bench", options=options)
    if not result.ok:
        raise UserError(f"the benchmark's simulation failed: {result.failures}")
    rounds: Mapping[str, list[dict[str, Any]]] = json.loads((result.directory / RATES).read_text())
    return rounds


def _rates(rounds: Mapping[str, list[dict[str, Any]]]) -> dict[str, float]:
    """Accesses a second: the median of the rounds."""
    return {
        way: statistics.median(run["accesses"] / run["seconds"] for run in runs)
        for way, runs in rounds.items()
    }
