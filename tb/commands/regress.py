# SPDX-License-Identifier: Apache-2.0
"""Run every suite at full volume, or those tests that TEST selects.

Co-simulations of each VGIC in each scenario on each device, for SEEDS seeds; all traces whole; all parameter
sets; ten times the random accesses. JOBS tests run at one time, here or on the cluster that FARM names.
RESUME=1 goes on after an interruption. With DUT: each VGIC in each scenario on that.
"""

import argparse
import os
from contextlib import ExitStack
from typing import Final

from filelock import FileLock, Timeout

from tb import settings
from tb.bar_of_tests import Bar
from tb.commands import test
from tb.errors import UserError
from tb.farm import cluster, recorder, results
from tb.farm.summary import Reporter
from tb.paths import ROOT, SIM_BUILD

DEFAULT_SEEDS: Final = 1
RESULTS: Final = SIM_BUILD / "regress.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: SEEDS, JOBS, SEED, TEST, FARM, RESUME and COVERAGE come from the environment."""


def main(args: argparse.Namespace) -> int:
    """Run pytest as `make test` does; tests/conftest.py tells the tests of the volume and sums up."""
    wishes, seeds = settings.load(), settings.count("SEEDS", DEFAULT_SEEDS)
    resume, farm = settings.switch("RESUME"), os.environ.get("FARM")
    settings.switch("COVERAGE")  # is of tests/sim/cosim.py, but refused here
    if wishes.dut:
        from tb.dut import commands

        if resume or farm:
            raise UserError(f"{'RESUME=1' if resume else f'FARM={farm}'}: not with DUT")
        return commands.regress(wishes.dut, wishes, seeds)
    test.check(wishes.test)
    jobs = settings.count("JOBS", os.cpu_count() or 1)
    options = ["--regress", f"--seeds={seeds}", "-p", recorder.__name__, f"--results={RESULTS}"]
    options += [f"--junitxml={RESULTS.with_suffix('.xml')}"]
    plugins: list[object] = [Reporter(RESULTS), Bar()]
    with ExitStack() as stack:
        try:
            stack.enter_context(FileLock(RESULTS.with_suffix(".lock"), timeout=0))
        except Timeout:
            raise UserError("another `make regress` is running in this checkout") from None
        if farm:
            plugins.append(cluster.Farm(stack.enter_context(cluster.connect(farm))))
            jobs = 0
        results.resume(RESULTS) if resume else results.start(RESULTS)
        status = test.run([*options, f"--numprocesses={jobs}"], wishes.test, plugins)
    files = (RESULTS.with_suffix(suffix).relative_to(ROOT) for suffix in (".jsonl", ".xml", ".html"))
    print("results:", *files)
    return status
