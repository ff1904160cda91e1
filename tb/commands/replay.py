# SPDX-License-Identifier: Apache-2.0
"""Replay the traces in TRACE on the RTL over the bus, with the reference beside it."""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tb import junit, settings, simulator
from tb.errors import UserError
from tb.model import trace
from tb.model.hardware.parameters import Parameters
from tb.model.replay import Summary
from tb.settings import Settings
from tb.simulator import Build, RunResult

SUMMARY = "replay.json"  # what tests/sim/replay.py leaves in the directory of its run
RESULTS = "replays.json"  # what tb/transactor/replay.py does
STATES = "+states"  # plusarg of the transactor: its logs have the states
AFTER = 10  # records after a difference that are replayed in lockstep
AT_ONCE = 250  # traces of one simulation, whose names Linux lets into one environment variable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(args: argparse.Namespace) -> int:
    """Replay the traces in TRACE; 0 if something was compared and nothing differs."""
    wishes = settings.load()
    if not wishes.traces:
        raise UserError(
            'TRACE is empty: name trace files, for example make replay TRACE="a.jsonl.gz b.jsonl"'
        )
    paths = [Path(path) for path in wishes.traces]
    if wishes.dut:
        from tb.dut import commands

        return commands.replay(wishes.dut, paths, wishes)
    summary = replay(paths, wishes)
    failure = "" if summary.ok else "\n".join([str(summary), *summary.sentences])
    junit.add(" ".join(wishes.traces), failure)
    print(summary)
    return 0 if summary.ok else 1


def replay(paths: Sequence[Path], wishes: Settings, records: int | None = None) -> Summary:
    """Replay traces, or the first `records` of each, on the RTL that each is for; prints what differs.

    They are played at speed, in one simulation those for one set of parameters, unless they tell of time, or
    waves or accesses (V) are wanted. UserError for a file that is no trace.
    """
    closely = wishes.waves or settings.switch("V")
    groups: dict[tuple[Parameters, bool], list[Path]] = defaultdict(list)
    for path in paths:
        try:
            parameters, timed = trace.validate(path)
        except trace.TraceError as error:
            raise UserError(str(error)) from None
        groups[parameters, timed or closely].append(path.resolve())
    total = Summary()
    for (parameters, in_lockstep), group in groups.items():
        build = Build(wishes.sim, parameters, waves=wishes.waves)
        for start in range(0, len(group), AT_ONCE):
            part = group[start : start + AT_ONCE]
            total += (simulate if in_lockstep else play)(part, build, wishes.seed, records)
    return total


def simulate(
    paths: Sequence[Path],
    build: Build,
    seed: int,
    records: int | None = None,
    waves_at: Path | None = None,
) -> Summary:
    """Replay in lockstep with the reference, in one simulation of a build that the traces fit."""
    options = {"TRACES": json.dumps([str(path) for path in paths]), "RECORDS": str(records or "")}
    result = simulator.run(
        build, "tests.sim.replay", seed=seed, name="replay", options=options, waves_at=waves_at
    )
    summary = result.directory / SUMMARY
    replayed = Summary(**json.loads(summary.read_text())) if summary.exists() else Summary(mismatches=1)
    if not result.ok:
        replayed.mismatches += not replayed.mismatches
        print(result.failures)
    print(*replayed.sentences, sep="\n", end="\n" * bool(replayed.sentences))
    return replayed


def play(paths: Sequence[Path], build: Build, seed: int, records: int | None = None) -> Summary:
    """Replay at speed, likewise. What led to a difference is then replayed in lockstep, with waves."""
    run = _transact(paths, build, seed, records)
    if not run.ok:
        print(run.failures)
        return Summary(mismatches=1)
    total = Summary()
    for path, result in zip(paths, json.loads((run.directory / RESULTS).read_text()), strict=True):
        count, values, lines, mismatches, first, _ = result
        total += Summary(1, count, values, lines, mismatches)
        if mismatches:
            print(f"{path}:{first}: the first of {mismatches} differences, again in lockstep:")
            simulate([path], build.with_waves(), seed, first + AFTER)
    return total


def first_unlike(path: Path, build: Build, seed: int) -> int:
    """The number of the first record at which a device is not as the reference; 0: there is none."""
    run = _transact([path], build, seed)
    if not run.ok:
        raise UserError(run.failures)
    ((*_, unlike),) = json.loads((run.directory / RESULTS).read_text())
    return int(unlike)


def _transact(paths: Sequence[Path], build: Build, seed: int, records: int | None = None) -> RunResult:
    return simulator.run(
        build.with_transactor(),
        "tb.transactor.replay",
        seed=seed,
        name="play",
        options={"TRACES": json.dumps([str(path) for path in paths]), "RECORDS": str(records or "")},
        plusargs=[STATES],
    )
