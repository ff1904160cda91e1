# SPDX-License-Identifier: Apache-2.0
"""Waves for GTKWave: of the trace TRACE, of what TEST names in `make TEST=`, or of a co-simulation."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Final

from tb import cases, settings, simulator
from tb.commands import cosim, run
from tb.commands.replay import simulate
from tb.errors import UserError
from tb.model import trace
from tb.paths import SIM_BUILD
from tb.settings import Settings
from tb.simulator import Build

WAVES: Final = SIM_BUILD / "waves"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: TRACE, TEST and the variables of cosim come from the environment."""


def main(args: argparse.Namespace) -> int:
    """Simulate in lockstep and leave waves that open where the first failure is; 0 if there is none."""
    wishes = settings.load()
    if wishes.dut:
        raise UserError("make waves shows the blocks of our device; with DUT: make cosim WAVES=1")
    build = Build(wishes.sim, wishes.parameters, waves=True)
    if wishes.traces:
        return _replay(wishes, build)
    return _test(wishes, build) if wishes.test else _cosim(wishes, build)


def _replay(wishes: Settings, build: Build) -> int:
    path = Path(wishes.traces[0])
    if len(wishes.traces) > 1:
        raise UserError("TRACE: make waves takes one trace")
    try:
        parameters, _ = trace.validate(path)
    except trace.TraceError as error:
        raise UserError(str(error)) from None
    name = path.name.removesuffix(".gz").removesuffix(".jsonl")
    build = replace(build, parameters=parameters)
    summary = simulate([path.resolve()], build, wishes.seed, waves_at=WAVES / f"{name}.fst")
    print(summary)
    return 0 if summary.ok else 1


def _test(wishes: Settings, build: Build) -> int:
    module, tests = run.chosen(wishes)
    place = WAVES / f"{wishes.test}-{wishes.seed}.fst"
    result = simulator.run(build, f"tests.sim.{module}", tests, seed=wishes.seed, name=module, waves_at=place)
    print(result.failures or f"{result.passed} passed")
    return 0 if result.ok else 1


def _cosim(wishes: Settings, build: Build) -> int:
    case = cases.wished(wishes)
    build = replace(build, parameters=replace(build.parameters, num_cpu=case.setup.pcpus))
    (outcome,) = cosim.live([case], build, waves_at=WAVES / f"cosim-{case.stem}.fst")
    print(*filter(None, (outcome.failure, outcome.line)), sep="\n")
    return 1 if outcome.failure else 0
