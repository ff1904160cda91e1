# SPDX-License-Identifier: Apache-2.0
"""How fast traces are played and compared, and in how much memory: for benchmarks to ask."""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median_low
from typing import Any

from tb import simulator
from tb.commands.replay import STATES
from tb.errors import UserError
from tb.simulator import Build
from tb.transactor.timing import MILLION, RESULTS, Growth, Rate


def measure(build: Build, traces: Sequence[Path], seed: int, accesses: int = MILLION) -> dict[str, Rate]:
    """The round of median wall-clock time of each way, over about so many accesses of traces for this build.

    play       played from memory, nothing is compared
    replay     the same, and values, lines, responses and deactivations of the trace are compared
    reference  the untimed reference alone
    checked    played, with the reference beside it on another core; all that both show is compared
    """
    rounds = {
        **_run(build, "recorded", traces, seed, accesses),
        **_run(build, "checked", traces, seed, accesses, STATES),
    }
    rates = {way: [Rate(*one) for one in some] for way, some in rounds.items()}
    return {
        way: next(rate for rate in some if rate.seconds == median_low(other.seconds for other in some))
        for way, some in rates.items()
    }


def grow(build: Build, traces: Sequence[Path], seed: int, accesses: int = 10 * MILLION) -> Growth:
    """Peaks of memory while traces are replayed from file to verdict, over and over, so many accesses."""
    return Growth(*_run(build, "endless", traces, seed, accesses, STATES))


def _run(build: Build, test: str, traces: Sequence[Path], seed: int, accesses: int, *plusargs: str) -> Any:
    options = {
        "TRACES": json.dumps([str(path.resolve()) for path in traces]),
        "ACCESSES": str(accesses),
    }
    run = simulator.run(
        build.with_transactor(),
        "tb.transactor.timing",
        test,
        seed=seed,
        name=test,
        options=options,
        plusargs=plusargs,
    )
    if not run.ok:
        raise UserError(run.failures)
    return json.loads((run.directory / RESULTS).read_text())
