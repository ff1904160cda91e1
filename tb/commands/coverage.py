# SPDX-License-Identifier: Apache-2.0
"""Measure coverage: functional of co-simulations, code of the RTL, code of the models."""

import argparse
import os
from pathlib import Path

from tb import progress, settings
from tb.coverage import POINTS, models, rtl, rtl_runs, testplan
from tb.coverage.cited import CITED
from tb.coverage.database import read
from tb.coverage.report import Report
from tb.coverage.runs import collect, jobs
from tb.paths import SIM_BUILD

ENTRIES = 100  # of each co-simulation
EDGES = 20_000  # of each device on a bus
DIRECTORY = SIM_BUILD / "coverage"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: SEED comes from the environment."""


def main(args: argparse.Namespace) -> int:
    """Run, save, print what is missing; 0 if nothing was hit that should not be and the RTL has no hole."""
    seed = settings.load().seed
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    functional, errors = _functional(DIRECTORY / "functional", seed)
    code, holes = _rtl(DIRECTORY / "rtl", seed)
    with progress.bar("tests of the models"):
        python = models.measure(DIRECTORY)
    print(f"coverage: {code}, {functional}, {python}")
    return 1 if errors or holes else 0


def _functional(path: Path, seed: int) -> tuple[Report, int]:
    """The report, and how many errors there were."""
    with progress.bar("co-simulations"):
        outcome = collect(path, jobs(seed, ENTRIES, EDGES), os.cpu_count() or 1)
    hits = read(path)
    report = Report(POINTS, hits)
    page = path.with_name("testplan.html")
    golden = [label for labels in outcome.golden.hits().values() for label in labels]
    testplan.write_html(testplan.plan(POINTS, hits, golden), POINTS, hits, page)
    notes = {
        label: f" (not run: {', '.join(map(str, lines))})"
        for cited in CITED
        for label, lines in outcome.lines.missing(cited).items()
    }
    print(*report.lines(notes), *sorted(outcome.errors), sep="\n")
    print(f"{report.bins}, {outcome.entries} entries; {path}.xml, {path}.yml, {page}")
    return report, len(outcome.errors)


def _rtl(path: Path, seed: int) -> tuple[rtl.CodeCoverage, int]:
    """What was counted, and how many holes and needless exclusions there are."""
    counted = rtl.read(rtl_runs.simulate(seed))
    code = rtl.CodeCoverage(counted, rtl.exclusions())
    rtl.write_lcov(code, path.with_suffix(".info"))
    rtl.write_html(code, path.with_suffix(".html"))
    for kind in rtl.KINDS:
        covered, total, excluded = code.covered(kind)
        print(f"RTL {kind}: {covered} of {total}, {excluded} excluded")
    for one in code.holes:
        print(f"    hole: {one.file}:{one.line} {one.kind} {one.what}")
    for exclusion in code.stale:
        print(f"not needed in {rtl.EXCLUDED.name}: {exclusion}")
    print(f"{path}.info, {path}.html")
    return code, len(code.holes) + len(code.stale)
