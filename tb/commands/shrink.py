# SPDX-License-Identifier: Apache-2.0
"""Make what fails short enough to be read: a co-simulation that violates an invariant, or a trace (TRACE).

A co-simulation runs on the reference model alone. A trace on which the device differs from its reference is
played on the device. What is left goes to sim_build/fail: a trace, its story, and a test.
"""

import argparse
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from tb import progress, settings
from tb.cases import MOST, Case, wished
from tb.errors import UserError
from tb.model import trace
from tb.model.cosim import Cosimulation
from tb.model.defects import explanation
from tb.model.hardware.parameters import RANGES
from tb.model.hypervisor.platform import run
from tb.model.ledger import SENTENCES, Violation
from tb.model.machine.events import Publisher
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Setup
from tb.model.machine.recorder import Recorder
from tb.model.machine.scenarios import SCENARIOS
from tb.model.shrink import Shrunk, play, shrink
from tb.model.shrink.minimise import NotPlayableError
from tb.model.shrink.play import parameters_of
from tb.model.shrink.reproduction import as_test
from tb.model.shrink.words import Narrator
from tb.model.subjects import name_of
from tb.model.trace import Writer
from tb.paths import SIM_BUILD, shown
from tb.settings import Settings
from tb.shrink import device

DEFAULT_BUDGET: Final = 60
_MOST: Final = 86_400
_SIZES: Final = {  # of a Setup: the least and the most
    **{name.lower(): (1, most) for name, most in MOST.items()},
    "num_lr": RANGES["num_lr"],
    "seed": (0, (1 << 63) - 1),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: those of cosim, or TRACE, INVARIANT and BUDGET come from the environment."""


def main(args: argparse.Namespace) -> int:
    """Shrink the run, or the trace; 0 if it fails, so that there is something to shrink."""
    wishes = settings.load()
    seconds = _budget()
    path = _trace(wishes)
    case = wished(wishes)
    if path:
        left_by = None if wishes.dut else _of_trace(path, case)
        if left_by is None:
            return device.shrink(path, wishes, seconds)
        case = left_by
    matches = _matches(case, os.environ.get("INVARIANT", ""))
    started = perf_counter()
    with progress.bar("shrinking"):
        try:
            result = shrink(*case, matches, seconds=seconds)
        except NotPlayableError as error:
            raise UserError(f"{case}: {error}") from None
    if result is None:
        found = f"{case}: {_found(case)}"
        if not path:
            raise UserError(f"{found}; nothing to shrink")
        print(found)
        return device.shrink(path, wishes, seconds)
    elapsed = perf_counter() - started
    story, files = write(result, SIM_BUILD / "fail" / f"shrink-{case.stem}-{result.violation.id}")
    print(story)
    print("\n".join(f"{what}: {shown(file)}" for what, file in files.items()))
    if not result.done:
        print(f"the time was over, or it was interrupted: BUDGET={2 * seconds} may find a shorter one")
    before, outcome = result.before, result.outcome
    print(
        f"shrink: {case.name} {result.violation.id}: {outcome.records} records, {outcome.entries} entries,"
        f" from {before.records} records, {before.entries} entries, in {elapsed:.0f} s"
    )
    return 0


def write(result: Shrunk, stem: Path) -> tuple[str, dict[str, Path]]:
    """The story, and the files that were written: each has its own suffix behind `stem`."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    files = {
        "trace": Path(f"{stem}.jsonl"),
        "story": Path(f"{stem}.txt"),
        "test": stem.with_name(f"test_{stem.name}.py"),
    }
    script, violation = result.script, result.violation
    narrators: list[Narrator] = []
    with Writer(files["trace"]) as writer:

        def record(publisher: Publisher) -> None:
            narrators.append(Narrator(publisher))
            origin = {"dialect": name_of(script.dialect), "scenario": script.scenario, **asdict(script.setup)}
            Recorder(publisher, writer, parameters_of(script.setup), **origin)

        play(script, lambda other: other == violation, subscribe=[record])
    story = "\n".join((*narrators[0].lines, f"{violation.id}: {violation.detail}"))
    files["story"].write_text(f"{story}\n", encoding="utf-8")
    files["test"].write_text(as_test(script, violation.id, violation.detail), encoding="utf-8")
    return story, files


def _trace(wishes: Settings) -> Path | None:
    """The trace to shrink, if one is named. UserError where there are more, or DUT has none."""
    if len(wishes.traces) > 1:
        raise UserError("TRACE: make shrink takes one trace")
    if wishes.dut and not wishes.traces:
        raise UserError("DUT: make shrink needs the TRACE that the device has left")
    return Path(wishes.traces[0]) if wishes.traces else None


def _of_trace(path: Path, wish: Case) -> Case | None:
    """The co-simulation that left a trace, if one did. UserError where the file is no trace."""
    try:
        meta = next(trace.read(path)).meta
    except trace.TraceError as error:
        raise UserError(str(error)) from None
    if "scenario" not in meta:
        return None
    scenario, name = meta["scenario"], meta.get("dialect")
    sizes: dict[str, Any] = {key: meta.get(key) for key in _SIZES}
    odd = [
        key
        for key, (least, most) in _SIZES.items()
        if type(sizes[key]) is not int or not least <= sizes[key] <= most
    ]
    if scenario not in list(SCENARIOS):
        odd.append("scenario")
    if odd:
        raise UserError(f'{path}: "{odd[0]}" in the "meta" of its reset is not that of a co-simulation')
    if name not in (wish.name, *HYPERVISORS):
        raise UserError(f"{path}: of {name}; DIALECT= has to name its file")
    return Case(wish.dialect if name == wish.name else name, scenario, Setup(**sizes))


def _matches(case: Case, invariant: str) -> Callable[[Violation], bool]:
    """Which violations are meant: of this invariant; else those that no known defect explains."""
    if not invariant:
        return lambda violation: explanation(case.dialect, violation) is None
    if invariant not in SENTENCES:
        raise UserError(f"INVARIANT={invariant}: allowed is {', '.join(SENTENCES)}")
    return lambda violation: violation.id == invariant


def _found(case: Case) -> str:
    """What the run violates, in words."""
    cosim = Cosimulation(*case, ReferenceHardware(parameters_of(case.setup)))
    run(cosim.run())
    numbers = Counter(violation.id for violation in cosim.ledger.violations)
    if not numbers:
        return "no invariant is violated"
    known = ", ".join(f"{number} x {invariant}" for invariant, number in numbers.items())
    return f"violations are {known}, of known defects (INVARIANT= chooses one)"


def _budget() -> int:
    text = os.environ.get("BUDGET") or str(DEFAULT_BUDGET)
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise UserError(f"BUDGET={text}: allowed is an integer from 1 to {_MOST}")
    return int(text)
