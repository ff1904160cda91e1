# SPDX-License-Identifier: Apache-2.0
"""What the second core gives: a part of the regression, simulations and models, on one and on two."""

import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter
from typing import Final

from tb.bench.row import Row
from tb.errors import UserError
from tb.paths import ROOT, SIM_BUILD
from tb.settings import Settings

PART: Final = (
    *("--regress", "tests/test_sim.py", "tests/cosim/test_fixed.py"),
    *("-k", "test_random_lockstep and cpu2 or test_no_violation"),
)


def slow_rows(wishes: Settings) -> Iterator[Row]:
    """The first run, which is not measured, builds the devices."""
    seconds(2)
    one, two = seconds(1), seconds(2)
    note = f"{one:.0f} s / {two:.0f} s"
    yield Row("regression on 2 cores / on 1", one / two, goal=1.75, note=note)


def seconds(cores: int) -> float:
    """Wall-clock time of the tests on so many cores."""
    started = perf_counter()
    options = (f"--numprocesses={cores}", f"--junitxml={SIM_BUILD / 'bench.xml'}")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *PART, *options], cwd=ROOT, capture_output=True, text=True
    )
    if result.returncode:
        raise UserError(f"a test of the regression failed: {result.stdout}")
    return perf_counter() - started
