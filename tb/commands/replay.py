# SPDX-License-Identifier: Apache-2.0
"""Replay the traces in TRACE on the RTL over the bus, with the reference in lockstep beside it."""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tb import settings, simulator
from tb.errors import UserError
from tb.model import trace
from tb.model.hardware.parameters import Parameters
from tb.model.replay import Summary
from tb.settings import Settings

SUMMARY = "replay.json"  # what tests/sim/replay.py leaves in the directory of its run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(args: argparse.Namespace) -> int:
    """Replay the traces in TRACE; 0 if something was compared and nothing differs."""
    wishes = settings.load()
    if not wishes.traces:
        raise UserError(
            'TRACE is empty: name trace files, for example make replay TRACE="a.jsonl.gz b.jsonl"'
        )
    summary = replay([Path(path) for path in wishes.traces], wishes)
    print(summary)
    return 0 if summary.ok else 1


def replay(paths: Sequence[Path], wishes: Settings, records: int | None = None) -> Summary:
    """Replay traces, or the first `records` of each, on the RTL that each is for; prints what differs.

    All traces for one set of parameters share a simulation. UserError for a file that is no trace.
    """
    by_parameters: dict[Parameters, list[Path]] = defaultdict(list)
    for path in paths:
        try:
            by_parameters[trace.validate(path)].append(path.resolve())
        except trace.TraceError as error:
            raise UserError(str(error)) from None
    total = Summary()
    for parameters, group in by_parameters.items():
        build = simulator.Build(wishes.sim, parameters, waves=wishes.waves)
        total += simulate(group, build, wishes.seed, records)
    return total


def simulate(paths: Sequence[Path], build: simulator.Build, seed: int, records: int | None = None) -> Summary:
    """Replay traces, or the first `records` records of each, in one simulation of a build that they fit."""
    options = {"TRACES": json.dumps([str(path) for path in paths]), "RECORDS": str(records or "")}
    result = simulator.run(
        build,
        "tests.sim.replay",
        seed=seed,
        name="replay",
        options=options,
    )
    summary = result.directory / SUMMARY
    replayed = Summary(**json.loads(summary.read_text())) if summary.exists() else Summary(mismatches=1)
    if not result.ok:
        replayed.mismatches += not replayed.mismatches
        print(result.failures)
    print(*replayed.sentences, sep="\n", end="\n" * bool(replayed.sentences))
    return replayed
