# SPDX-License-Identifier: Apache-2.0
"""Shrinks a trace on which a device differs from its reference, and writes down what is left."""

from pathlib import Path
from time import perf_counter
from typing import Final

from tb import progress, simulator
from tb.commands import replay
from tb.errors import UserError
from tb.model import trace
from tb.model.replay import replay_on_model
from tb.paths import SIM_BUILD, shown
from tb.settings import Settings
from tb.shrink.reproduction import as_test
from tb.shrink.search import DIFFERENCE, DONE
from tb.shrink.story import words
from tb.simulator import Build, RunResult

SIMULATION: Final = "tests.sim.shrink"


def shrink(path: Path, wishes: Settings, seconds: int) -> int:
    """Shrink a trace on the RTL, or on the device of DUT; 0. UserError where they do as their reference does.

    seconds  of processor time. An interrupt (Ctrl-C) ends it, too: the best so far is taken
    """
    short = SIM_BUILD / "fail" / f"shrink-{path.name.partition('.jsonl')[0]}.jsonl"
    short.parent.mkdir(parents=True, exist_ok=True)
    short.unlink(missing_ok=True)
    options = {"TRACE": str(path.resolve()), "BEST": str(short), "SECONDS": str(seconds)}
    started = perf_counter()
    with progress.bar("shrinking"):
        try:
            result = (_on_foreign if wishes.dut else _on_rtl)(path, wishes, options)
        except KeyboardInterrupt:
            if not short.exists():
                raise UserError(f"{path}: interrupted before the difference showed") from None
    if not short.exists():
        raise UserError(_nothing(path, result))
    records = list(trace.read(short))
    difference, done = records[0].meta[DIFFERENCE], records[0].meta[DONE]
    story = "\n".join((*words(records), difference))
    files = {
        "trace": short,
        "story": short.with_suffix(".txt"),
        "test": short.with_name(f"test_{short.stem}.py"),
    }
    files["story"].write_text(f"{story}\n", encoding="utf-8")
    files["test"].write_text(
        as_test(shown(files["test"]), short.read_text("utf-8"), difference, wishes.dut), "utf-8"
    )
    print(story)
    print("\n".join(f"{what}: {shown(file)}" for what, file in files.items()))
    if not done:
        print(f"the time was over, or it was interrupted: BUDGET={2 * seconds} may find a shorter one")
    before = sum(1 for _ in trace.read(path))
    elapsed = perf_counter() - started
    print(f"shrink: {path.name}: {len(records)} records, from {before} records, in {elapsed:.0f} s")
    return 0


def _on_rtl(path: Path, wishes: Settings, options: dict[str, str]) -> RunResult | None:
    """None if a transactor shows that nothing differs. It finds fast where to begin, but knows no time."""
    try:
        parameters, timed = trace.validate(path)
    except trace.TraceError as error:
        raise UserError(str(error)) from None
    build = Build(wishes.sim, parameters)
    if not timed:
        first = replay.first_unlike(path.resolve(), build, wishes.seed)
        if not first:
            return None
        options["RECORDS"] = str(first)
    noassert = "+verilator+noassert"  # an assertion that fails would end the simulation
    return simulator.run(
        build, SIMULATION, seed=wishes.seed, name="shrink", options=options, plusargs=[noassert]
    )


def _on_foreign(path: Path, wishes: Settings, options: dict[str, str]) -> RunResult:
    from tb.dut import commands

    assert wishes.dut
    return commands.shrink(wishes.dut, path, wishes, options)


def _nothing(path: Path, result: RunResult | None) -> str:
    """Why there is no shorter trace."""
    if result and not result.ok:
        *_, failure = result.failures.split("\n\n")
        return f"{path}: it cannot be shrunk: {failure}"
    if sentences := replay_on_model([path]).sentences:
        agree = "The device does what its reference does: the trace is wrong, or of another device"
        return f"{sentences[0]}. {agree}"
    return f"{path}: the device does what its reference does; nothing to shrink"
