# SPDX-License-Identifier: Apache-2.0
"""Prove the properties of formal/, reach their covers, and see each fail on a planted error."""

import argparse
import os
from concurrent.futures import ThreadPoolExecutor

from tb import formal

WORDS = {"lemma": "proved", "prove": "proved", "cover": "covered", "plant": "caught"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(args: argparse.Namespace) -> int:
    """Run all tasks, one on each core; 1 if something is not as it should be."""
    proofs = formal.load()
    outcomes = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for outcome in pool.map(formal.run, formal.tasks(proofs)):
            outcomes.append(outcome)
            print(line(outcome), flush=True)
    print(verdict(proofs, outcomes))
    return int(any(outcome.problem for outcome in outcomes))


def line(outcome: formal.Outcome) -> str:
    """One task in one line, and what is wrong with it."""
    task = outcome.task
    word = "FAILED" if outcome.problem else WORDS[task.kind]
    text = f"{word:8} {task.title:95} {formal.ENGINE}, depth {task.depth:2} {outcome.seconds:6.1f} s"
    return f"{text}\n         {outcome.problem}" if outcome.problem else text


def verdict(proofs: tuple[formal.Proof, ...], outcomes: list[formal.Outcome]) -> str:
    """The last line."""
    properties = {one.name for proof in proofs for one in proof.properties}
    unbounded = {one.name for proof in proofs if not proof.bounded for one in proof.properties}
    covers = set().union(*(outcome.covers for outcome in outcomes))
    failed = sum(bool(outcome.problem) for outcome in outcomes)
    counts = (len(properties), len(unbounded), len(covers), failed)
    return "formal: {} properties, {} unbounded, {} covers, {} failed".format(*counts)
