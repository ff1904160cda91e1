# SPDX-License-Identifier: Apache-2.0
"""Record fresh golden traces from QEMU's GICv2; compare QEMU, the reference model and the RTL.

Needs QEMU. docs/qemu-differences.md says what of QEMU's answers is not compared, and why.
"""

import argparse
import os
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from time import perf_counter

from tb import progress, settings
from tb.commands.replay import replay
from tb.errors import UserError
from tb.model.replay import replay_on_model
from tb.oracle import differences, machine, qtest
from tb.oracle.stimulus import PROFILES, record
from tb.paths import SIM_BUILD

DEFAULT_SEEDS = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: SEED, SEEDS and PROFILE come from the environment, as everywhere."""


def main(args: argparse.Namespace) -> int:
    """Record, replay on the reference and on the RTL; 0 if all agree and something was compared."""
    wishes = settings.load()
    paths = _record(wishes.seed, settings.count("SEEDS", DEFAULT_SEEDS), _profiles())
    reference = replay_on_model(paths)
    print(*reference.sentences, f"reference: {reference}", sep="\n")
    rtl = replay(paths, wishes)
    print(f"RTL: {rtl}")
    _report_differences()
    both = reference + rtl
    print(
        f"oracle: {len(paths)} streams of QEMU, on reference and RTL {both.values} values and "
        f"{both.lines} lines compared, {both.mismatches} mismatches"
    )
    return 0 if reference.ok and rtl.ok else 1


def _record(first: int, count: int, profiles: Sequence[str]) -> list[Path]:
    """Record a stream of each profile and of each seed, from the first on, in sim_build/oracle/."""
    origin = qtest.version()
    directory = SIM_BUILD / "oracle"
    directory.mkdir(parents=True, exist_ok=True)
    paths, accesses, started = [], 0, perf_counter()
    streams = list(product(profiles, range(first, first + count)))
    for profile, seed in progress.counted(streams, len(streams), "recording"):
        path = directory / f"{profile}-{seed}.jsonl.gz"
        with machine.start() as device:
            accesses += record(device, profile, seed, origin, path)
        paths.append(path)
    speed = accesses / (perf_counter() - started)
    print(f"{origin}: {len(paths)} streams, {accesses} accesses ({speed:.0f}/s) in {directory}")
    return paths


def _report_differences() -> None:
    """Say which of the known differences this QEMU shows."""
    found = differences.seen(SIM_BUILD / "oracle")
    print(*(f"{name}: {sentences[0]}" for name, sentences in found.items() if sentences), sep="\n")
    gone = [name for name, sentences in found.items() if not sentences]
    seen = len(found) - len(gone)
    print(f"differences: {len(found)} examined, {seen} seen; gone: {', '.join(gone) or 'none'}")


def _profiles() -> list[str]:
    profile = os.environ.get("PROFILE")
    if profile and profile not in PROFILES:
        raise UserError(f"PROFILE={profile}: allowed is {', '.join(PROFILES)}")
    return [profile] if profile else list(PROFILES)
