# SPDX-License-Identifier: Apache-2.0
"""The main job: build, random lockstep traffic, a hypervisor's VGIC on the device, a real Xen boot, verdict.

TEST names another test module of tests/sim, or one test of it as module.Test, to run instead.
"""

import argparse
import re
import time
from collections import Counter
from pathlib import Path

from tb import cases, junit, settings, simulator, verdict
from tb.commands import cosim, replay
from tb.errors import UserError
from tb.model.machine.machine import Setup
from tb.paths import ROOT
from tb.settings import Settings
from tb.simulator import Build, RunResult
from tb.uvm.directed_test import directed_tests

TESTS = ROOT / "tests" / "sim"
GUEST_ENTRIES = 300  # of the co-simulation
OTHERS = {"__init__", "cosim", "replay", "shrink"}  # no test, or one that a command of its own runs
XEN_BOOT = ROOT / "tests" / "data" / "traces" / "real" / "xen-4.17-linux-1p1v.jsonl.gz"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(args: argparse.Namespace) -> int:
    """Run the job; 0 if all of it passed."""
    wishes = settings.load()
    module, tests = chosen(wishes)
    build = Build(wishes.sim, wishes.parameters, waves=wishes.waves)
    start = time.perf_counter()
    simulator.compile(build)
    _say("build", f"{build.label}, {time.perf_counter() - start:.1f} s")

    result = simulator.run(build, f"tests.sim.{module}", tests, seed=wishes.seed, name=module)
    junit.add(module, result.failures, result.seconds)
    passed = _report(module, result, every_property=not wishes.test)
    if passed and not wishes.test:
        passed = _cosimulate(build, wishes.seed) and _replay(wishes)
    _say("verdict", "passed" if passed else "FAILED")
    if passed and not wishes.test:
        _say("next", f"make SEED={wishes.seed + 1}, make NUM_LR=16 NUM_CPU=4, make test, make help")
    return 0 if passed else 1


def chosen(wishes: Settings) -> tuple[str, list[str]]:
    """The module of tests/sim that TEST names, and its tests, none for all. UserError if it is not there.

    Of directed tests, those that the device is for.
    """
    module, _, test = (wishes.test or "random_lockstep").partition(".")
    names = sorted({path.stem for path in TESTS.glob("*.py")} - OTHERS)
    if module not in names:
        raise UserError(f"TEST={wishes.test}: allowed is one of {', '.join(names)}, or <module>.<test>")
    directed = directed_tests(f"tests.sim.{module}").items()
    return module, [test] if test else [
        name for name, kind in directed if kind.needs.met_by(wishes.parameters)
    ]


def _cosimulate(build: Build, seed: int) -> bool:
    """Run a VGIC with guests and devices on the device, and print what came of it; whether all was well."""
    device = build.parameters
    setup = Setup(cases.DEFAULT_SIZES["VCPUS"], device.num_cpu, device.num_lr, seed, GUEST_ENTRIES)
    case = cases.Case(cases.DEFAULT_DIALECT, cases.DEFAULT_SCENARIO, setup)
    (outcome,) = cosim.live([case], build)
    first, *others = outcome.line.removeprefix("cosim: ").split("; ")
    _say("cosim", f"{first}, {outcome.seconds:.1f} s")
    for part in others:
        _say("", part)
    failure = outcome.failure and cosim.explain(case, build, outcome)
    junit.add(str(case), failure, outcome.seconds)
    if failure:
        print(failure)
    else:
        _say("", f"again: {case.command(build)}")
    return not outcome.failure


def _replay(wishes: Settings) -> bool:
    """Replay the Xen boot, and print what came of it; whether the device was as it should be."""
    start = time.perf_counter()
    summary = replay.replay([XEN_BOOT], wishes)
    seconds = time.perf_counter() - start
    junit.add(XEN_BOOT.name, "" if summary.ok else str(summary), seconds)
    _say("replay", f"{XEN_BOOT.name}, {seconds:.1f} s")
    _say("", str(summary))
    return summary.ok


def _report(module: str, result: RunResult, every_property: bool) -> bool:
    """Print what a run of a module checked; whether it passed, and each property had something to check."""
    ran = f"{result.passed} passed, {result.failed} failed, {result.seconds:.1f} s"
    _say(module, f"{ran}; log: {result.log.relative_to(ROOT)}")
    if not result.ok:
        print(result.failures)
        return False
    found = verdict.read(result.directory)
    accesses = found.traffic["accesses"]
    rate = accesses / result.seconds
    _say("", f"{accesses} accesses in {found.cycles} cycles as predicted, {rate:.0f} accesses/s")
    _say("", "checked: " + ", ".join(f"{count} {name}" for name, count in found.checks.items()))
    held = properties(result.log)
    _say("", "properties: " + ", ".join(f"{rule} {count}" for rule, count in held.items()))
    _say("", f"again: {found.repeat}")
    return not every_property or all(held.values())


def properties(log: Path) -> Counter[str]:
    """How often the condition of each always-on property held, over all banks: rule -> count."""
    held: Counter[str] = Counter()
    for line in re.findall(r"^properties: .*", log.read_text(errors="replace"), re.M):
        for rule, count in re.findall(r"(V2-[A-Z]+-\d+) (\d+)", line):
            held[rule] += int(count)
    return held


def _say(what: str, text: str) -> None:
    print(f"{what:16}{text}")
