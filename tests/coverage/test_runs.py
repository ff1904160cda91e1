# SPDX-License-Identifier: Apache-2.0
"""A share of the runs that `make coverage` makes."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tb import cli
from tb.commands import coverage as command
from tb.coverage import POINTS, models, rtl, rtl_runs
from tb.coverage.collector import Hits
from tb.coverage.database import read
from tb.coverage.exits import POINTS as EXITS
from tb.coverage.point import DIALECTS
from tb.coverage.report import Report
from tb.coverage.runs import MORE, CosimJob, Job, collect, jobs
from tb.errors import UserError
from tb.model.hardware.distributor import PhysicalDistributor
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Setup

COVERED = rtl.Counted("rtl/bus/ring_arbiter.v", 1, 1, "line", "block")
LAST = re.compile(r"coverage: line 50.0%, functional \d+\.\d%, python 99.0%")


@dataclass(frozen=True)
class Told(Job):
    """Hits what it is told."""

    label: str

    def run(self) -> tuple[Hits, int]:
        hits = Hits()
        hits.hit(EXITS[0], self.label)
        return hits, 1


def test_jobs_are_each_dialect_with_each_scenario() -> None:
    cosims = [job for job in jobs(1, 10, 10) if isinstance(job, CosimJob)]
    assert len(cosims) == len(set(cosims))
    assert {job.dialect for job in cosims} == set(HYPERVISORS)
    assert {job.setup.num_lr for job in cosims} == {1, 2, 4, 16, 33}


@pytest.mark.parametrize("processes", [1, 3, 9])
def test_processes_lose_nothing(tmp_path: Path, processes: int) -> None:
    labels = list(EXITS[0].bins)[:5] * 2
    outcome = collect(tmp_path / "all", [Told(label) for label in labels], processes)
    assert outcome.entries == len(labels)
    hits = read(tmp_path / "all")[EXITS[0].name]
    assert {label: number for label, number in hits.items() if number} == dict.fromkeys(labels, 2)


def test_rare_things_have_more_entries_and_no_lines_unless_mended() -> None:
    cosims = [job for job in jobs(1, 10, 10) if isinstance(job, CosimJob)]
    assert {job.setup.entries for job in cosims if job.setup.seed == 1} == {10}
    assert all(job.traced for job in cosims if job.setup.seed == 1)
    more = [job for job in cosims if job.setup.seed == 2]
    assert {job.scenario: job.setup.entries // 10 for job in more} == MORE
    assert {job.dialect for job in more if not job.traced} == set(DIALECTS)
    assert {job.dialect for job in more if job.traced} == set(HYPERVISORS) - set(DIALECTS)


@dataclass(frozen=True)
class Deactivates(Job):
    """Runs a line that stands for V2-EOI-9."""

    traced: bool = True
    golden: bool = False

    def run(self) -> tuple[Hits, int]:
        PhysicalDistributor().deactivate(40, cpu=0)
        return Hits(), 1


def hit(job: Job, path: Path) -> tuple[bool, bool]:
    """Whether its line counts, and whether as one of a golden trace's replay."""
    outcome = collect(path, [job], 1)
    lines, golden = (one.hits()["hardware.cited"] for one in (outcome.lines, outcome.golden))
    return bool(lines), bool(golden)


def test_lines_of_golden_traces_are_apart(tmp_path: Path) -> None:
    assert hit(Deactivates(), tmp_path / "plain") == (True, False)
    assert hit(Deactivates(golden=True), tmp_path / "golden") == (True, True)
    assert hit(Deactivates(traced=False), tmp_path / "untraced") == (False, False)


def test_run_that_fails_to_be_right_is_named(tmp_path: Path) -> None:
    outcome = collect(tmp_path / "all", [Told("nonsense")], 1)
    assert outcome.errors == {"Told(label='nonsense'): xen.exits: `nonsense` was hit, which is not declared"}


def test_share_of_the_runs_meets_most(tmp_path: Path) -> None:
    few = [
        job
        for job in jobs(1, 100, 6000, (4,))
        if not isinstance(job, CosimJob) or job.scenario in ("mixed", "bursts", "migration")
    ]
    outcome = collect(tmp_path / "share", few, 1)
    assert not outcome.errors
    report = Report(POINTS, read(tmp_path / "share"))
    covered = 1 - sum(map(len, report.holes.values())) / sum(len(point.bins) for point in POINTS)
    assert covered > 0.5
    assert len(report.holes["hardware.seen"]) < 5


def test_command_ends_with_the_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "DIRECTORY", tmp_path / "coverage")
    monkeypatch.setattr(rtl_runs, "simulate", lambda seed: [])
    monkeypatch.setattr(rtl, "read", lambda directories: Counter({COVERED: 1, COVERED._replace(line=2): 0}))
    monkeypatch.setattr(rtl, "exclusions", list)
    monkeypatch.setattr(models, "measure", lambda directory: "python 99.0%")
    setup = Setup(vcpus=2, pcpus=1, num_lr=4, seed=1, entries=20)
    work: list[Job] = [CosimJob("kvm17", "prompt", setup)]
    monkeypatch.setattr(command, "jobs", lambda seed, entries, edges: work)
    assert cli.main(["coverage"]) == 1
    output = capsys.readouterr().out
    assert "    hole: wait " in output
    assert re.search(r"^\d+ of \d+ bins, \d+ unreachable, \d+ entries", output, re.MULTILINE)
    assert "    hole: rtl/bus/ring_arbiter.v:2 line block" in output
    assert LAST.fullmatch(output.splitlines()[-1])
    monkeypatch.setattr(rtl, "read", lambda directories: Counter({COVERED: 1}))
    assert cli.main(["coverage"]) == 0
    work.append(Told("nonsense"))
    assert cli.main(["coverage"]) == 1
    assert "nonsense" in capsys.readouterr().out


def test_tests_that_fail_cover_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_TESTS", ("nowhere",))
    with pytest.raises(UserError, match="tests fail, so they cover nothing: make test TEST='nowhere'"):
        models.measure(tmp_path)
