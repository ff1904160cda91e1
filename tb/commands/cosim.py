# SPDX-License-Identifier: Apache-2.0
"""Run a hypervisor's VGIC, with guests and devices, on the RTL or on the reference model alone (MODE).

live   the machine's accesses go over the bus, one by one
ahead  it runs on the reference, then a transactor plays its accesses on the RTL; live, where these differ
model  no RTL
"""

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Final, NamedTuple

from tb import junit, progress, settings, simulator, watch
from tb.commands.replay import STATES
from tb.errors import UserError
from tb.model.cosim import Cosimulation, Outcome
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import run
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Setup
from tb.model.machine.scenarios import SCENARIOS
from tb.model.subjects import SubjectError, check, is_file, name_of
from tb.model.trace import Writer
from tb.paths import SIM_BUILD, shown
from tb.settings import Settings
from tb.simulator import Build, RunResult

LIVE, AHEAD, MODEL = MODES = ("live", "ahead", "model")
DEFAULT_DIALECT: Final = "kvm17"
DEFAULT_SCENARIO: Final = "mixed"
DEFAULT_SIZES: Final = {"ENTRIES": 2000, "VCPUS": 3, "PCPUS": 2}
SIMULATION: Final = "tests.sim.cosim"
OUTCOMES: Final = "cosim.jsonl"  # what tests/sim/cosim.py leaves in the directory of its run, a line a case
_MOST: Final = {"ENTRIES": 10**9, "VCPUS": 8, "PCPUS": 8}


class Case(NamedTuple):
    """One co-simulation. `dialect`: a name of HYPERVISORS, or the absolute path of a file."""

    dialect: str
    scenario: str
    setup: Setup

    def __str__(self) -> str:
        return f"{self.name} {self.scenario} SEED={self.setup.seed}"

    @property
    def name(self) -> str:
        """Of its hypervisor."""
        return name_of(self.dialect)

    @property
    def stem(self) -> str:
        """For names of files."""
        return f"{self.name}-{self.scenario}-lr{self.setup.num_lr}-{self.setup.seed}"

    @property
    def choice(self) -> str:
        """What DIALECT says."""
        return shown(self.dialect)

    def command(self, build: Build, mode: str = LIVE, target: str = "cosim") -> str:
        """The make command that runs it again, or does something else with it."""
        sizes = {name: getattr(self.setup, name.lower()) for name in DEFAULT_SIZES}
        variables = {"DIALECT": self.choice, "SCENARIO": self.scenario, "SEED": self.setup.seed, **sizes}
        if mode != LIVE and target == "cosim":
            variables["MODE"] = mode
        parameters = replace(build.parameters, num_cpu=Parameters().num_cpu)  # PCPUS says it
        return simulator.make(target, replace(build, parameters=parameters), **variables)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: MODE, DIALECT, SCENARIO, ENTRIES, VCPUS, PCPUS, SEED and NUM_LR come from the environment."""


def main(args: argparse.Namespace) -> int:
    """One run; 0 if it came to rest, something was delivered, all was as predicted and each invariant held.

    Else its accesses are left as a trace.
    """
    wishes = settings.load()
    if wishes.dut:
        from tb.dut import commands  # which needs this module

        return commands.cosim(wishes.dut, wishes)
    mode = _choice("MODE", LIVE, MODES)
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


def wished(wishes: Settings) -> Case:
    """The case that the environment names. UserError where it has a value that is not allowed."""
    dialect = _dialect()
    scenario = _choice("SCENARIO", DEFAULT_SCENARIO, SCENARIOS)
    entries, vcpus, pcpus = map(_size, DEFAULT_SIZES)
    if not wishes.dut and (cpus := os.environ.get("NUM_CPU")) and wishes.parameters.num_cpu != pcpus:
        raise UserError(f"NUM_CPU={cpus}: a co-simulation has as many as PCPUS={pcpus} says")
    case = Case(dialect, scenario, Setup(vcpus, pcpus, wishes.parameters.num_lr, wishes.seed, entries))
    if is_file(dialect):
        try:
            check(*case)
        except SubjectError as error:
            raise UserError(f"DIALECT: {error}") from None
    return case


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
    waves = replace(build, waves=build.sim == "verilator")
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


def speed(*outcomes: Outcome) -> str:
    """How fast runs were, on the whole."""
    counts = sum((Counter(outcome.counts) for outcome in outcomes), Counter[str]())
    seconds = sum(outcome.seconds for outcome in outcomes)
    rates = [
        f"{counts[name]} {name}, {counts[name] / seconds:.0f}/s"
        for name in ("entries", "accesses", "cycles")
        if name in counts
    ]
    return "; ".join(rates)


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


def _dialect() -> str:
    value = os.environ.get("DIALECT") or DEFAULT_DIALECT
    if is_file(value):
        return str(Path(value).resolve())
    if value not in HYPERVISORS:
        allowed = ", ".join(HYPERVISORS)
        raise UserError(f"DIALECT={value}: allowed is {allowed}, or a Python file (docs/your-vgic.md)")
    return value


def _choice(name: str, default: str, allowed: Iterable[str]) -> str:
    value = os.environ.get(name) or default
    if value not in allowed:
        raise UserError(f"{name}={value}: allowed is {', '.join(allowed)}")
    return value


def _size(name: str) -> int:
    text = os.environ.get(name) or str(DEFAULT_SIZES[name])
    if not text.isdecimal() or not 1 <= int(text) <= _MOST[name]:
        raise UserError(f"{name}={text}: allowed is an integer from 1 to {_MOST[name]}")
    return int(text)
