# SPDX-License-Identifier: Apache-2.0
"""Run a hypervisor's VGIC, with guests and devices, on the RTL or on the reference model alone (MODE).

live   the machine's accesses go over the bus, one by one
ahead  it runs on the reference, then a transactor plays its accesses on the RTL; live, where these differ
model  no RTL
"""

import argparse
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Final

from tb import junit, progress, settings, simulator, watch
from tb.cases import AHEAD, LIVE, MODEL, MODES, Case, choice, speed, wished
from tb.commands.replay import STATES
from tb.model.cosim import Cosimulation, Outcome
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import run
from tb.model.machine.hardware import ReferenceHardware
from tb.model.trace import Writer
from tb.paths import SIM_BUILD, shown
from tb.simulator import Build, RunResult

SIMULATION: Final = "tests.sim.cosim"
OUTCOMES: Final = "cosim.jsonl"  # what tests/sim/cosim.py leaves in the directory of its run, a line a case


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: MODE, DIALECT, SCENARIO, ENTRIES, VCPUS, PCPUS, SEED and NUM_LR come from the environment."""


def main(args: argparse.Namespace) -> int:
    """One run; 0 if it came to rest, something was delivered, all was as predicted and each invariant held.

    Else its accesses are left as a trace.
    """
    wishes = settings.load()
    if wishes.dut:
        from tb.dut import commands

        return commands.cosim(wishes.dut, wishes)
    mode = choice("MODE", LIVE, MODES)
    case = wished(wishes)
    parameters = replace(wishes.parameters, num_cpu=case.setup.pcpus)
    build = Build(wishes.sim, parameters, waves=wishes.waves)
    if mode == LIVE:
        (outcome,) = live([case], build)
        print(f"live on the RTL ({build.label}): {speed(outcome)}")
    elif mode == AHEAD:
        (outcome,) = ahead([case], build)
        print(f"ahead of the RTL ({build.label}): {speed(outcome)}")
    else:
        outcome = model(case, parameters)
        print(f"on the reference model alone, without RTL: {speed(outcome)}")
    failure = outcome.failure and explain(case, build, outcome, mode)
    junit.add(str(case), failure, outcome.seconds)
    print(*filter(None, (failure, outcome.line)), sep="\n")
    return 1 if failure else 0


def live(
    cases: Sequence[Case], build: Build, records: Sequence[Path] = (), waves_at: Path | None = None
) -> list[Outcome]:
    """Run cases on the device, one after the other in one simulation: what came of each.

    Their accesses go to the traces `records`, if there are any. `waves_at`: as for simulator.run.
    """
    options = {
        "CASES": json.dumps([(*case[:2], asdict(case.setup)) for case in cases]),
        "RECORDS": json.dumps([str(path.resolve()) for path in records]),
    }
    seed = cases[0].setup.seed
    result = simulator.run(build, SIMULATION, seed=seed, name="cosim", options=options, waves_at=waves_at)
    return _outcomes(cases, result)


def ahead(cases: Sequence[Case], build: Build) -> list[Outcome]:
    """Run cases on the reference and play their accesses on the device: what came of each.

    A case in which the device differs is run live, with waves: that says more.
    """
    result = simulator.run(
        build.with_transactor(),
        "tb.transactor.cosim",
        seed=cases[0].setup.seed,
        name="ahead",
        options={"CASES": json.dumps([(*case[:2], asdict(case.setup)) for case in cases])},
        plusargs=[STATES],
    )
    waves = build.with_waves()
    return [
        _live_again(case, waves, outcome) if outcome.counts.get("mismatches") else outcome
        for case, outcome in zip(cases, _outcomes(cases, result), strict=True)
    ]


def _live_again(case: Case, build: Build, outcome: Outcome) -> Outcome:
    """The outcome of a live run, or the given one where that finds nothing wrong."""
    (again,) = live([case], build)
    return again if again.failure else outcome


def _outcomes(cases: Sequence[Case], result: RunResult) -> list[Outcome]:
    """What a simulation has left of its cases."""
    left = result.directory / OUTCOMES
    lines = left.read_text(encoding="utf-8").splitlines() if left.exists() else []
    outcomes = [Outcome(**json.loads(line)) for line in lines]
    if len(outcomes) < len(cases):  # the simulator has stopped
        outcomes += [
            Outcome(f"cosim: {case}: no verdict", result.failures) for case in cases[len(outcomes) :]
        ]
    return outcomes


def model(case: Case, parameters: Parameters, record: Path | None = None) -> Outcome:
    """Run a case on the reference model alone. Its accesses go to the trace `record`."""
    cosim = Cosimulation(*case, ReferenceHardware(parameters))
    started = perf_counter()
    with ExitStack() as stack:
        done = stack.enter_context(progress.bar("cosim"))
        watch.follow(cosim.publisher, case.setup.entries, done, print)
        if record:
            cosim.record(stack.enter_context(Writer(record)), parameters)
        run(cosim.run())
    return replace(cosim.outcome, seconds=perf_counter() - started)


def explain(case: Case, build: Build, outcome: Outcome, mode: str = LIVE) -> str:
    """What went wrong with a case, where its accesses are, and how to run it again.

    Unless a check of the pins has left a trace, the case is run once more to record one.
    """
    lines = [outcome.failure]
    if "make replay TRACE=" not in outcome.failure:
        path = SIM_BUILD / "fail" / f"cosim-{case.stem}.jsonl.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if mode == LIVE:
            live([case], build, [path])
        if not path.exists():  # a simulator that stops leaves none
            model(case, build.parameters, path)
        lines.append(f"accesses: make replay TRACE={shown(path)}")
        lines.append(f"waves: {case.command(build, target='waves')}")
    lines.append(f"again: {case.command(build, mode)}")
    if outcome.violations:
        lines.append(f"smaller: {case.command(build, MODEL, 'shrink')}")
    return "\n".join(lines)
