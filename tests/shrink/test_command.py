# SPDX-License-Identifier: Apache-2.0
"""`make shrink`: its last line, its files and its refusals."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tb import cases, cli
from tb.commands import cosim, shrink
from tb.model import shrink as modelled
from tb.model.replay import replay_on_model
from tb.model.trace import Record, Writer, read
from tb.simulator import Build
from tests.shrink import reproduced

RUN = {"DIALECT": "xen", "SCENARIO": "sgi-storm", "ENTRIES": "150", "INVARIANT": "INV-SGI-2"}


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shrink, "SIM_BUILD", tmp_path)
    return tmp_path / "fail"


def set_variables(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in (RUN | variables).items():
        monkeypatch.setenv(name, value)


def test_it_leaves_trace_story_and_test(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_variables(monkeypatch)
    assert cli.main(["shrink"]) == 0
    *story, last = capsys.readouterr().out.splitlines()
    figures = re.fullmatch(
        r"shrink: xen INV-SGI-2: (\d+) records, (\d+) entries, from (\d+) records, (\d+) entries, in \d+ s",
        last,
    )
    assert figures
    records, entries, records_before, entries_before = map(int, figures.groups())
    assert records <= 30 < records_before
    assert entries < entries_before

    (trace,) = output.glob("*.jsonl")
    assert len(list(read(trace))) == records
    summary = replay_on_model([trace])
    assert summary.mismatches == 0
    assert summary.values > 0

    (text,) = output.glob("*.txt")
    told = text.read_text().splitlines()
    assert told == story[: len(told)]
    assert told[-1].startswith("INV-SGI-2: ")
    assert sum(" enters: " in line for line in told) == entries

    (test,) = output.glob("test_*.py")
    reproduced.fails(test)


def test_the_trace_of_a_run_names_it(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_variables(monkeypatch)
    case = cases.wished(cosim.settings.load())
    run = tmp_path / "run.jsonl.gz"
    cosim.model(case, cosim.Parameters(), run)
    for name in RUN:
        monkeypatch.delenv(name)
    set_variables(monkeypatch, DIALECT="", SCENARIO="", ENTRIES="", TRACE=str(run))
    assert cli.main(["shrink"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("shrink: xen INV-SGI-2: ")
    assert [path.name for path in output.glob("*.jsonl")] == ["shrink-xen-sgi-storm-lr4-1-INV-SGI-2.jsonl"]


def test_known_defects_are_shrunk_only_by_name(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_variables(monkeypatch, INVARIANT="")
    assert cli.main(["shrink"]) == 2
    assert re.search(r"INV-SGI-2,.* of known defects \(INVARIANT= chooses one\)", capsys.readouterr().err)
    assert not output.exists()


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("INVARIANT", "INV-SGI-3", "INVARIANT=INV-SGI-3: allowed is INV-EDGE-1, "),
        ("INVARIANT", "INV-LR-1", "xen sgi-storm SEED=1: "),
        ("TRACE", "no.jsonl", "no.jsonl: "),
        ("TRACE", "a.jsonl b.jsonl", "TRACE: make shrink takes one trace"),
        ("DUT", "dut.toml", "DUT: make shrink needs the TRACE that the device has left"),
        ("BUDGET", "0", "BUDGET=0: allowed is an integer from 1 to "),
        ("BUDGET", "soon", "BUDGET=soon: allowed is an integer from 1 to "),
        ("SCENARIO", "storm", "SCENARIO=storm: allowed is "),
    ],
)
def test_bad_input_is_refused_in_a_sentence(
    name: str,
    value: str,
    allowed: str,
    output: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_variables(monkeypatch, **{name: value})
    assert cli.main(["shrink"]) == 2
    assert capsys.readouterr().err.startswith(f"error: {allowed}")
    assert not output.exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("scenario", "nowhere"),
        ("scenario", ["mixed"]),
        ("vcpus", "two"),
        ("vcpus", True),
        ("pcpus", -2),
        ("num_lr", 400),
        ("entries", None),
    ],
)
def test_a_trace_that_no_co_simulation_can_have_left_is_refused(
    key: str,
    value: object,
    output: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sizes = {"vcpus": 3, "pcpus": 2, "num_lr": 4, "seed": 1, "entries": 9}
    path = tmp_path / "odd.jsonl"
    with Writer(path) as writer:
        writer.write(Record("reset", meta={"scenario": "mixed", "dialect": "xen", **sizes, key: value}))
    set_variables(monkeypatch, TRACE=str(path))
    assert cli.main(["shrink"]) == 2
    refused = f'error: {path}: "{key}" in the "meta" of its reset is not that of a co-simulation\n'
    assert capsys.readouterr().err == refused


def test_a_run_whose_script_fails_otherwise_is_refused(
    output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script of a run that it was not made of."""
    set_variables(monkeypatch)
    whole = modelled.play
    monkeypatch.setattr(modelled, "play", lambda script, *others: whole(replace(script, steps=()), *others))
    assert cli.main(["shrink"]) == 2
    assert capsys.readouterr().err.startswith("error: xen sgi-storm SEED=1: its script comes to another end ")
    assert not output.exists()


def test_a_cosim_that_violates_an_invariant_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch)
    case = cases.wished(cosim.settings.load())
    outcome = cosim.Outcome("line", "1 x INV-SGI-2", violations={"INV-SGI-2": 1})
    monkeypatch.setattr(cosim, "model", lambda *_: outcome)
    *_, last = cosim.explain(case, Build("verilator", cosim.Parameters()), outcome, cases.MODEL).splitlines()
    assert last == "smaller: make shrink DIALECT=xen SCENARIO=sgi-storm SEED=1 ENTRIES=150 VCPUS=3 PCPUS=2"
