# SPDX-License-Identifier: Apache-2.0
"""Measure functional coverage: every dialect, scenario and number of list registers, without the RTL."""

import argparse
import os

from tb import settings
from tb.coverage import POINTS
from tb.coverage.cited import CITED
from tb.coverage.database import read
from tb.coverage.report import Report
from tb.coverage.runs import collect, jobs
from tb.paths import SIM_BUILD

ENTRIES = 100  # of each co-simulation
EDGES = 20_000  # of each device on a bus


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: SEED comes from the environment."""


def main(args: argparse.Namespace) -> int:
    """Run, save, and print points and holes; 0 if no bin was hit that should not be."""
    path = SIM_BUILD / "coverage" / "functional"
    outcome = collect(path, jobs(settings.load().seed, ENTRIES, EDGES), os.cpu_count() or 1)
    report = Report(POINTS, read(path))
    notes = {
        label: f" (not run: {', '.join(map(str, lines))})"
        for cited in CITED
        for label, lines in outcome.lines.missing(cited).items()
    }
    print(*report.lines(notes), *sorted(outcome.errors), sep="\n")
    print(f"{outcome.entries} entries; {path}.xml, {path}.yml")
    print(f"coverage: {report}")
    return 1 if outcome.errors else 0
