# SPDX-License-Identifier: Apache-2.0
"""The report shows what happened: numbers, colours, places, and nothing from elsewhere."""

import gzip
import json
import re
from base64 import b64decode
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import gicv2_registers as regs
from tb import cli
from tb.cases import Case
from tb.commands import report
from tb.model.hardware.parameters import Parameters
from tb.model.ledger import Violation
from tb.model.machine import gicd
from tb.model.machine.events import Publisher
from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess, VirtualAccess, Wait
from tb.model.machine.recorder import Recorder
from tb.model.shrink import Script, play
from tb.model.shrink.play import parameters_of
from tb.model.shrink.script import Pulse, Step
from tb.model.trace import Writer
from tb.report.lanes import Window, rows
from tb.report.page import Summary, page
from tb.report.picture import picture
from tb.report.timeline import CAUSES, Mark, Span, Timeline, What, of_trace

SVG = "{http://www.w3.org/2000/svg}"
PENDING, ACTIVE = 1 << 28, 2 << 28
VOID = {"meta", "input", "link", "br"}
SUMMARY = Summary("a run", "it went well", "", {"seed": "1"}, {"entries": 1}, {"INV-LR-1": 5}, [])


class Page(HTMLParser):
    """Fails where tags are not closed in order; keeps what refers to other places."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def data_of(text: str) -> dict[str, Any]:
    """What the page's script unpacks."""
    packed = re.search(r'id="data">([^<]+)<', text)
    assert packed
    unpacked: dict[str, Any] = json.loads(gzip.decompress(b64decode(packed[1])))
    return unpacked


def planted() -> Timeline:
    """Two list registers: 40 from pending to active to none, and 41 pending; an entry; a violation."""
    timeline = Timeline(1, 2, 1)
    timeline.mark(What.INJECTION, -1, 40)  # step 1
    bank = timeline.banks[0]
    bank.lrs[0].set(2, PENDING | 40)
    bank.lrs[1].set(3, PENDING | 41)
    bank.lrs[0].set(6, ACTIVE | 40)
    bank.lrs[0].set(9, 0)
    bank.lines.set(2, 0b010)
    bank.lines.set(9, 0b011)
    bank.loads.append(Span(1, 12, 0))
    bank.runs.append(Span(4, 10, 0, CAUSES.index(next(c for c in CAUSES if c and c.value == "maintenance"))))
    timeline.steps = 6
    timeline.marks.append(Mark(6, What.DELIVERY, 0, 40))
    timeline.depths[0].set(2, 2)
    timeline.depths[0].set(9, 1)
    timeline.findings.append((8, Violation("INV-LR-1", "a <planted> one", None, 99)))
    timeline.steps = 12
    return timeline


def bars(timeline: Timeline, label: str, window: Window | None = None) -> dict[str, str]:
    """The paths of a row, by class."""
    (row,) = (row for row in rows(timeline, window) if row.label == label)
    found = (re.search(r'class="([^"]+)".* d="([^"]+)"', path) for path in row.paths)
    return {match[1]: match[2] for match in found if match}


def test_rows_show_values_from_step_to_step() -> None:
    timeline = planted()
    assert bars(timeline, "LR0") == {"pending": "M0 5.5m2 0h4", "active": "M0 5.5m6 0h3"}
    assert bars(timeline, "LR1") == {"pending": "M0 5.5m3 0h10"}
    assert bars(timeline, "virq") == {"line": "M0 5.5m2 0h11"}
    assert bars(timeline, "maint") == {"maint": "M0 5.5m9 0h4"}
    assert bars(timeline, "vfiq") == {}
    assert bars(timeline, "guest runs") == {"vcpu0": "M0 12m1 0h11", "run": "M0 17m4 0h6"}
    assert bars(timeline, "violations") == {"tick finding": "M0 1m8 0v12"}
    assert bars(timeline, "deliveries") == {"tick delivery": "M0 1m6 0v10"}
    assert bars(timeline, "injections") == {"tick injection": "M0 1m1 0v10"}


def test_a_window_cuts_and_scales() -> None:
    window = Window(4, 8, 10)
    assert bars(planted(), "LR0", window) == {"pending": "M0 5.5m0 0h20", "active": "M0 5.5m20 0h20"}
    assert bars(planted(), "injections", window) == {}


def test_the_page_has_the_numbers() -> None:
    text = page(planted(), SUMMARY._replace(defects=[""]))
    data = data_of(text)
    assert data["steps"] == 12
    assert data["words"] == [PENDING | 40, PENDING | 41, ACTIVE | 40, 0]
    (bank,) = data["banks"]
    assert bank["lrs"] == [2, 0, 0, 1, 1, 1, 3, 0, 2, 3, 0, 3]
    assert bank["lines"] == [2, 2, 7, 3]
    assert bank["runs"] == [4, 6, 0, data["causes"].index("maintenance")]
    assert data["depths"] == [[2, 2, 7, 1]]
    assert data["marks"] == [1, What.INJECTION, -1, 40, 5, What.DELIVERY, 0, 40]
    ElementTree.fromstring(f"<g>{data['drawing']}</g>")


def test_the_page_is_well_formed_and_alone() -> None:
    text = page(planted(), SUMMARY._replace(defects=[""]))
    found = Page(text)
    assert set(found.references) == {"#"}
    assert not re.search(r"url\(|@import|https?://", text)
    words = " ".join(found.words)
    assert "a <planted> one" in words
    assert "no two list registers in use share an interrupt" in words
    assert "it went well" in words
    assert "@media (prefers-color-scheme: dark)" in text


def test_a_failure_is_in_words() -> None:
    words = "1 x INV-LR-1 <at> 8"
    text = page(planted(), SUMMARY._replace(failure=words, defects=[""]))
    assert {words, "failed"} <= {*Page(text).words}
    assert "passed" in Page(page(planted(), SUMMARY._replace(defects=[""]))).words


def test_known_defects_are_named_and_others_stand_out() -> None:
    timeline = planted()
    assert '<tr class="bad">' in page(timeline, SUMMARY._replace(defects=[""]))
    known = page(timeline, SUMMARY._replace(defects=["KD-01"]))
    assert "KD-01" in known
    assert '<tr class="bad">' not in known


def test_coverage_says_what_was_hit_and_what_not() -> None:
    _, summary = report.of_run(Case("kvm17", "groups", Setup(2, 2, 2, 1, 60)))
    points = {point.name: point for point in summary.coverage}
    assert {"kvm17.sync", "device.list_registers"} <= points.keys()
    assert not any(name.startswith("xen.") for name in points)
    assert all(point.hit for point in summary.coverage)
    sync = points["kvm17.sync"]
    text = page(planted(), SUMMARY._replace(defects=[""], coverage=[sync]))
    assert f"{sync.hit} of {sync.hit + len(sync.missing)}" in text
    assert all(label.replace(">", "&gt;") in text for label in sync.missing)
    Page(text)


def test_the_picture_is_an_svg_with_the_intids() -> None:
    root = ElementTree.fromstring(picture(planted(), 0, 12, "a < b"))
    assert root.tag == f"{SVG}svg"
    assert root.findtext(f"{SVG}title") == "a < b"
    words = Counter(element.text for element in root.iter(f"{SVG}text"))
    assert words["40"] == 2
    assert words["41"] == 1
    assert words["maintenance"] == 3  # a row, the cause of an exit, the legend


def test_a_run_of_2000_entries_stays_below_500_kb() -> None:
    timeline, summary = report.of_run(Case("kvm17", "mixed", Setup(3, 2, 4, 1, 2000)))
    assert sum(len(bank.runs) for bank in timeline.banks) >= 2000
    assert len(page(timeline, summary).encode()) < 500_000


def test_a_run_shows_what_its_verdict_counts() -> None:
    timeline, summary = report.of_run(Case("xen", "bursts", Setup(2, 2, 2, 3, 150)))
    runs = [run for bank in timeline.banks for run in bank.runs]
    assert sum(CAUSES[run.cause] is not None for run in runs) == summary.counts["entries"]
    for cause in CAUSES[:-1]:
        assert cause
        number = sum(CAUSES[run.cause] is cause for run in runs)
        assert number == summary.counts[f"exits: {cause.value}"]
    marks = Counter(mark.what for mark in timeline.marks)
    assert marks[What.DELIVERY] == summary.counts["deliveries"] > 0
    assert marks[What.MAINTENANCE] == summary.counts["maintenance interrupts"] > 0
    assert max(track.highest for track in timeline.depths) > 2
    assert len(timeline.findings) == len(summary.defects)


def test_a_trace_shows_the_list_registers_of_its_run(tmp_path: Path) -> None:
    """One edge, delivered and completed: seen in the run's trace."""
    steps = (
        Step("vCPU 0", VirtualAccess("GICV_CTLR", True, 1)),
        Step("vCPU 0", VirtualAccess("GICV_PMR", True, 0xF0)),
        Step("vCPU 0", DistributorAccess(True, gicd.CTLR, 4, 1)),
        Step("vCPU 0", DistributorAccess(True, gicd.ITARGETSR + 32, 1, 1)),
        Step("vCPU 0", DistributorAccess(True, gicd.ICFGR + 8, 4, 2)),
        Step("vCPU 0", DistributorAccess(True, gicd.ISENABLER + 4, 4, 1)),
        Step("device 32", Pulse(32)),
        Step("vCPU 0", Wait(False)),
        Step("vCPU 0", VirtualAccess("GICV_IAR", False, 0)),
        Step("vCPU 0", VirtualAccess("GICV_EOIR", True, 32)),
        Step("vCPU 0", Wait(False)),
    )
    script = Script("kvm17", "prompt", Setup(1, 1, 4, 1, 10), steps)
    trace = tmp_path / "one.jsonl"
    with Writer(trace) as writer:

        def record(publisher: Publisher) -> None:
            Recorder(publisher, writer, parameters_of(script.setup))

        play(script, lambda _: False, subscribe=[record])
    timeline = of_trace(trace)
    states = [word >> regs.GICH_LR_STATE_LSB & 3 for _, word in timeline.banks[0].lrs[0].changes]
    assert states == [1, 2, 0, 0]  # the last: emptied
    assert [(mark.what, mark.value) for mark in timeline.marks] == [
        (What.DELIVERY, 32),
        (What.COMPLETION, 32),
    ]
    assert timeline.banks[0].lines.highest == 0b010
    words = {*Page(page(*report.of_file(trace))).words}
    assert not words & {"Violations", "violations", "passed"}  # nothing was evaluated


def test_the_command_writes_page_and_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "REPORTS", tmp_path)
    for name, value in {"SCENARIO": "bursts", "ENTRIES": "40", "WINDOW": "100-300"}.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["report"]) == 0
    assert re.search(r"report: .*kvm17-bursts-lr4-1\.html: \d+ steps, \d+ kB", capsys.readouterr().out)
    Page((tmp_path / "kvm17-bursts-lr4-1.html").read_text())
    ElementTree.parse(tmp_path / "kvm17-bursts-lr4-1.svg")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("WINDOW", "100", "WINDOW=100: allowed are two steps"),
        ("WINDOW", "9-3", "WINDOW=9-3: allowed are two steps"),
        ("WINDOW", "5-999999999", "WINDOW=5-999999999: kvm17-mixed-lr4-1 has "),
        ("TRACE", "no.jsonl", "no.jsonl: "),
        ("DIALECT", "hyper-v", "DIALECT=hyper-v: allowed is xen"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(
    name: str,
    value: str,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(report, "REPORTS", tmp_path)
    monkeypatch.setenv("ENTRIES", "5")
    monkeypatch.setenv(name, value)
    assert cli.main(["report"]) == 2
    assert capsys.readouterr().err.startswith(f"error: {sentence}")
    assert not list(tmp_path.iterdir())


def test_an_empty_trace_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "REPORTS", tmp_path / "report")
    trace = tmp_path / "empty.jsonl"
    with Writer(trace) as writer:
        Recorder(Publisher(), writer, Parameters())
    monkeypatch.setenv("TRACE", str(trace))
    assert cli.main(["report"]) == 2
    assert capsys.readouterr().err == "error: empty: there is nothing to show\n"
