# SPDX-License-Identifier: Apache-2.0
"""Compare speeds in one simulation: a bus master that checks nothing, our agent under all checks, the model.

Each rate is the median of three rounds, by processor time. The bus master, our agent and the model make the
same accesses: those of the random lockstep run without the ones answered SLVERR, at which that master stops.
"""

import argparse
import json
import statistics
from dataclasses import asdict
from typing import Any, Final

from tb import settings, simulator
from tb.commands.run import XEN_BOOT
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.paths import SIM_BUILD

RATES: Final = "rates.json"  # what tests/bench/rates.py leaves in the directory of its run
RESULT: Final = SIM_BUILD / "bench.json"
ROWS: Final = {
    "bare": "AXI4LiteMaster of cocotb-bus, nothing checked",
    "one by one": "our agent, all checked, one by one",
    "back to back": "our agent, all checked, back to back",
    "lockstep": "random lockstep test",
    "replay": "replay of a Xen boot",
    "model": "reference model alone, untimed",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much to measure."""
    parser.add_argument("--accesses", type=int, default=20_000, help="in each round of each way (20000)")


def main(args: argparse.Namespace) -> int:
    """Measure, print a table, keep all figures in sim_build/bench.json."""
    if args.accesses < 1:
        raise UserError(f"--accesses {args.accesses}: allowed is a number from 1 on")
    wishes = settings.load()
    build = simulator.Build(wishes.sim, Parameters(num_cpu=1))  # what the trace was recorded on
    options = {
        "ACCESSES": str(args.accesses),
        "RECORDS": str(args.accesses),
        "TRACES": json.dumps([str(XEN_BOOT)]),
    }
    result = simulator.run(build, "tests.bench.rates", seed=wishes.seed, name="bench", options=options)
    if not result.ok:
        print(result.failures)
        return 1
    rounds = json.loads((result.directory / RATES).read_text())
    rates = {way: _rates(rounds[way]) for way in ROWS}
    for rate in rates.values():
        rate["ratio"] = rate["accesses_per_second"] / rates["bare"]["accesses_per_second"]
    about = {"simulator": wishes.sim, "seed": wishes.seed, "parameters": asdict(build.parameters)}
    RESULT.write_text(json.dumps({**about, "rates": rates, "rounds": rounds}, indent=1) + "\n")
    _print(rates)
    return 0


def _rates(rounds: list[dict[str, Any]]) -> dict[str, float]:
    """The median round's figures; accesses are the same in all."""
    return {
        "accesses": rounds[0]["accesses"],
        "accesses_per_second": statistics.median(run["accesses"] / run["seconds"] for run in rounds),
        "cycles_per_second": statistics.median(run["cycles"] / run["seconds"] for run in rounds),
    }


def _print(rates: dict[str, dict[str, float]]) -> None:
    print(f"{'':46}{'accesses':>9}{'accesses/s':>12}{'cycles/s':>10}{'ratio':>8}")
    for way, text in ROWS.items():
        rate = rates[way]
        print(
            f"{text:46}{rate['accesses']:9,.0f}{rate['accesses_per_second']:12,.0f}"
            f"{rate['cycles_per_second']:10,.0f}{rate['ratio']:8.2f}"
        )
    print(f"all figures: {RESULT}")
