# SPDX-License-Identifier: Apache-2.0
"""Guest entries a second of a co-simulation, live and ahead of the device."""

from collections.abc import Iterator
from typing import Final

from tb import cases, simulator
from tb.bench.compiled import obstacle, with_compiled_models
from tb.bench.row import Row
from tb.commands import cosim
from tb.errors import UserError
from tb.model.cosim import Outcome
from tb.model.machine.machine import Setup
from tb.settings import Settings

ENTRIES: Final = 1000


def rows(wishes: Settings) -> Iterator[Row]:
    """The same machine on the device and on the reference, all checks on."""
    build = simulator.Build(wishes.sim, wishes.parameters)
    size = build.parameters
    setup = Setup(cases.DEFAULT_SIZES["VCPUS"], size.num_cpu, size.num_lr, wishes.seed, ENTRIES)
    case = cases.Case(cases.DEFAULT_DIALECT, cases.DEFAULT_SCENARIO, setup)
    live = _pace(*cosim.live([case], build))
    ahead = _pace(*cosim.ahead([case], build))
    model = _pace(cosim.model(case, size))
    yield Row("co-simulation live", live, "entries/s", note=str(case))
    yield Row(
        "co-simulation ahead / live", ahead / live, goal=2.5, note=f"without device / live {model / live:.2f}"
    )
    name = "co-simulation ahead, compiled models / live, in Python"
    if reason := obstacle():
        yield Row(name, None, goal=4, note=reason)
    else:
        compiled = with_compiled_models(lambda: _pace(*cosim.ahead([case], build)))
        yield Row(name, compiled / live, goal=4, note=f"{compiled:.0f} entries/s")


def _pace(outcome: Outcome) -> float:
    if outcome.failure:
        raise UserError(f"the benchmark's co-simulation failed: {outcome.failure}")
    return outcome.counts["entries"] / outcome.seconds
