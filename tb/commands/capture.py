# SPDX-License-Identifier: Apache-2.0
"""Make a trace of what a real hypervisor does: of LOG, a log of QEMU's trace events, or else of HYPERVISOR,
xen or kvm, which is downloaded from Debian and booted on QEMU.

docs/capture.md says how to take other logs.
"""

import argparse
import os
from pathlib import Path
from typing import Final

from tb.capture.boot import capture
from tb.capture.hypervisors import HYPERVISORS
from tb.capture.log import convert
from tb.errors import UserError
from tb.model.replay import replay_on_model
from tb.paths import ROOT, SIM_BUILD

CAPTURES: Final = SIM_BUILD / "capture"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: LOG and HYPERVISOR come from the environment."""


def main(args: argparse.Namespace) -> int:
    """Write the trace and replay it on the reference; 0 if something was compared and nothing differs."""
    name = os.environ.get("HYPERVISOR") or "xen"
    if name not in HYPERVISORS:
        raise UserError(f"HYPERVISOR={name}: allowed is {' or '.join(HYPERVISORS)}")
    log = Path(os.environ["LOG"]) if os.environ.get("LOG") else capture(name, CAPTURES)
    CAPTURES.mkdir(parents=True, exist_ok=True)
    trace = CAPTURES / f"{log.name.removesuffix('.gz').removesuffix('.log')}.jsonl.gz"
    accesses = convert(log, trace)
    summary = replay_on_model([trace])
    print(*summary.sentences, f"reference: {summary}", sep="\n")
    shown = trace.relative_to(ROOT) if trace.is_relative_to(ROOT) else trace
    print(f"capture: {accesses} accesses of {log}\non the device: make replay TRACE={shown}")
    return 0 if summary.ok else 1
