# SPDX-License-Identifier: Apache-2.0
"""Run every suite at full volume, or those tests that TEST selects.

Co-simulations of each VGIC in each scenario on each device, for SEEDS seeds; all traces whole; all parameter
sets; ten times the random accesses. JOBS tests run at one time. With DUT: each VGIC in each scenario on that.
"""

import argparse
import os
from typing import Final

import pytest

from tb import settings
from tb.paths import ROOT, SIM_BUILD

DEFAULT_SEEDS: Final = 1
RESULTS: Final = SIM_BUILD / "regress.xml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: SEEDS, JOBS, SEED and TEST come from the environment."""


def main(args: argparse.Namespace) -> int:
    """Run pytest as `make test` does; tests/conftest.py tells the tests of the volume and sums up."""
    wishes, seeds = settings.load(), settings.count("SEEDS", DEFAULT_SEEDS)
    if wishes.dut:
        from tb.dut import commands

        return commands.regress(wishes.dut, wishes, seeds)
    options = [
        "--regress",
        f"--seeds={seeds}",
        f"--numprocesses={settings.count('JOBS', os.cpu_count() or 1)}",
        f"--junitxml={RESULTS}",
    ]
    selection = wishes.test
    status = pytest.main([*options, "-k", selection] if selection else options)
    print(f"results: {RESULTS.relative_to(ROOT)}")
    return status
