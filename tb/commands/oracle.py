# SPDX-License-Identifier: Apache-2.0
"""Record fresh golden traces from QEMU's GICv2 and compare QEMU, the reference model and the RTL.

Needs QEMU (optional otherwise). docs/qemu-differences.md says what of QEMU's answers is not compared.
"""

import argparse
from time import perf_counter

from tb import settings
from tb.model.replay import replay_on_model
from tb.oracle import machine, qtest
from tb.oracle.stimulus import PROFILES, record
from tb.paths import SIM_BUILD


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options beside SEED, which is the first of the seeds."""
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="streams of a profile")
    parser.add_argument("--profile", choices=PROFILES, help="one profile only")


def main(args: argparse.Namespace) -> int:
    """Record, replay on the model and on the RTL; 0 if all agree and something was compared."""
    origin = qtest.version()
    first = settings.load().seed
    directory = SIM_BUILD / "oracle"
    directory.mkdir(parents=True, exist_ok=True)
    paths, accesses = [], 0
    started = perf_counter()
    for profile in [args.profile] if args.profile else PROFILES:
        for seed in range(first, first + args.seeds):
            paths.append(directory / f"{profile}-{seed}.jsonl.gz")
            with machine.start() as device:
                accesses += record(device, profile, seed, origin, paths[-1])
    speed = accesses / (perf_counter() - started)
    print(f"{origin}: {len(paths)} streams, {accesses} accesses, {speed:.0f} a second, in {directory}")
    reference = replay_on_model(paths)
    for sentence in reference.sentences:
        print(sentence)
    print(f"reference: {reference}")
    return 0 if reference.ok else 1
