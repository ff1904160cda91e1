# SPDX-License-Identifier: Apache-2.0
"""Prove the properties of formal/, reach their covers, and see each fail on a planted error."""

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tb import formal, progress

WORDS = {"lemma": "lemmas", "prove": "proved", "cover": "covered", "plant": "caught"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whether to keep the tables."""
    parser.add_argument("--write", action="store_true", help=f"write the tables of {formal.PAGE.name} anew")


def main(args: argparse.Namespace) -> int:
    """Run all tasks, one on each core; 1 if something is not as it should be."""
    proofs = formal.load()
    tasks = list(formal.tasks(proofs))
    outcomes = []
    pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)))
    try:
        for outcome in progress.counted(pool.map(formal.run, tasks), len(tasks), "formal"):
            outcomes.append(outcome)
            print(line(outcome), flush=True)
    finally:
        pool.shutdown(cancel_futures=True)
    print(verdict(outcomes))
    failed = any(outcome.problem for outcome in outcomes)
    if args.write and not failed:
        seconds: dict[tuple[str, str], float] = {}
        for outcome in outcomes:
            if outcome.task.kind in ("lemma", "prove"):
                key = (outcome.task.proof.name, outcome.task.values)
                seconds[key] = seconds.get(key, 0.0) + outcome.seconds
        formal.write_page(proofs, seconds)
    return int(failed)


def line(outcome: formal.Outcome) -> str:
    """One task in one line, and what is wrong with it in another."""
    task = outcome.task
    what = f"{task.planted.name} on {task.planted.planted}" if task.planted else task.values
    text = (
        f"{'FAILED' if outcome.problem else WORDS[task.kind]:8}{task.proof.name:15}{what:88} "
        f"{formal.ENGINE}, depth {task.depth:2}{outcome.seconds:7.1f} s"
    )
    return f"{text}\n        {outcome.problem}" if outcome.problem else text


def verdict(outcomes: Sequence[formal.Outcome]) -> str:
    """The last line: properties, those proved for runs of any length, covers reached, tasks gone wrong."""
    properties: set[str] = set()
    open_ones: set[str] = set()
    covers: set[str] = set()
    for outcome in outcomes:
        names = {one.name for one in outcome.task.proof.properties}
        properties |= names
        covers |= outcome.covers
        if outcome.problem and outcome.task.kind in ("lemma", "prove"):
            open_ones |= names
    failed = sum(bool(outcome.problem) for outcome in outcomes)
    counts = (len(properties), len(properties - open_ones), len(covers), failed)
    return "formal: {} properties, {} unbounded, {} covers, {} failed".format(*counts)
