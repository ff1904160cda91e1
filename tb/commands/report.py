# SPDX-License-Identifier: Apache-2.0
"""Show what happened in a co-simulation on the reference model, or in the traces of TRACE, as HTML pages.

WINDOW=first-last also draws these steps as an SVG picture.
"""

import argparse
import os
import re
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tb import coverage, progress, settings, watch
from tb.cases import Case, wished
from tb.coverage.point import DIALECTS, Point
from tb.errors import UserError
from tb.model import trace
from tb.model.cosim import Cosimulation
from tb.model.defects import explanation
from tb.model.hypervisor.platform import run
from tb.model.ledger import snapshot_of
from tb.model.machine.events import Cause
from tb.model.machine.hardware import ReferenceHardware
from tb.model.shrink.play import parameters_of
from tb.paths import SIM_BUILD, shown
from tb.report.page import Covered, Summary, page
from tb.report.picture import picture
from tb.report.timeline import Timeline, Watcher, of_trace

REPORTS: Final = SIM_BUILD / "report"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: those of cosim, TRACE and WINDOW come from the environment."""


def main(args: argparse.Namespace) -> int:
    """Write the pages; 0 even if a run has failed, for its page is there all the same."""
    wishes = settings.load()
    window = _window(os.environ.get("WINDOW", ""))
    if not wishes.traces:
        case = wished(wishes)
        _write(case.stem, *of_run(case), window)
        return 0
    for path in map(Path, wishes.traces):
        try:
            trace.validate(path)
        except trace.TraceError as error:
            raise UserError(str(error)) from None
        _write(path.name.removesuffix(".gz").removesuffix(".jsonl"), *of_file(path), window)
    return 0


def of_run(case: Case) -> tuple[Timeline, Summary]:
    """A case, run on the reference model."""
    setup = case.setup
    hardware = ReferenceHardware(parameters_of(setup))
    cosim = Cosimulation(*case, hardware)
    timeline = Timeline(setup.pcpus, setup.num_lr, setup.vcpus)
    watcher = Watcher(cosim.publisher, timeline, hardware.words, snapshot_of(cosim.vgic))
    watcher.follow(cosim.ledger, cosim.publisher)
    hits = coverage.attach(cosim.publisher, case.dialect, cosim.vgic).hits if case.dialect in DIALECTS else {}
    with progress.bar("report") as done:
        watch.follow(cosim.publisher, setup.entries, done, print)
        run(cosim.run())
    outcome, tally = cosim.outcome, cosim.tally
    explained = (explanation(case.dialect, violation) for _, violation in timeline.findings)
    summary = Summary(
        title=f"{case.name}, {case.scenario}",
        verdict=outcome.line,
        failure=outcome.failure,
        facts={name: str(value) for name, value in asdict(setup).items()},
        coverage=[_covered(point, hits[point.name]) for point in coverage.POINTS if point.name in hits],
        counts=outcome.counts | {f"exits: {cause.value}": tally.exits[cause] for cause in Cause},
        evaluations=outcome.evaluations,
        defects=[defect.id if defect else "" for defect in explained],
    )
    return timeline, summary


def _covered(point: Point, hits: Collection[str]) -> Covered:
    missing = [label for label in point.bins if label not in hits]
    return Covered(point.name, len(point.bins) - len(missing), missing)


def of_file(path: Path) -> tuple[Timeline, Summary]:
    """A trace."""
    timeline = of_trace(path)
    parameters = trace.device(path)
    summary = Summary(
        title=path.name,
        verdict=f"{timeline.steps - len(timeline.marks)} accesses, as the reference model answers them",
        failure="",
        facts={"list registers": str(parameters.num_lr), "CPUs": str(parameters.num_cpu)},
        counts={},
        evaluations={},
        defects=[],
    )
    return timeline, summary


def _write(name: str, timeline: Timeline, summary: Summary, window: tuple[int, int] | None) -> None:
    if not timeline.steps:
        raise UserError(f"{name}: there is nothing to show")
    if window and window[1] > timeline.steps:
        raise UserError(f"WINDOW={window[0]}-{window[1]}: {name} has {timeline.steps} steps")
    REPORTS.mkdir(parents=True, exist_ok=True)
    html = REPORTS / f"{name}.html"
    html.write_text(page(timeline, summary), encoding="utf-8")
    if window:
        svg = html.with_suffix(".svg")
        title = f"{summary.title}, steps {window[0]} to {window[1]}"
        svg.write_text(picture(timeline, *window, title), encoding="utf-8")
        print(f"picture: {shown(svg)}")
    print(f"report: {shown(html)}: {timeline.steps} steps, {html.stat().st_size // 1000} kB")


def _window(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    steps = re.fullmatch(r"(\d{1,9})-(\d{1,9})", text)
    if not steps or int(steps[1]) >= int(steps[2]):
        raise UserError(f"WINDOW={text}: allowed are two steps, the first below the last, such as 100-400")
    return int(steps[1]), int(steps[2])
