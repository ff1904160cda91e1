# SPDX-License-Identifier: Apache-2.0
"""The benchmark measures every way and says truly what reached its goal; the figures are for `make bench`."""

import json
from types import SimpleNamespace

import pytest

from tb import cli
from tb.bench import growth, live
from tb.bench.row import Row
from tb.commands import bench
from tb.model.hardware.parameters import Parameters
from tb.simulator import Build

FIGURES = [
    Row("fast", 3.0, goal=2.5),
    Row("slow", 1.0, goal=2.5, note="why"),
    Row("soon", 2.0, "s", goal=3, at_most=True),
    Row("late", 5.0, "s", goal=3, at_most=True),
    Row("limit", 7_823_477.0, "accesses/s"),
    Row("absent", None, "accesses/s"),
]


@pytest.fixture
def figures(monkeypatch, tmp_path):
    """Nothing is measured, everything printed and kept."""
    monkeypatch.setattr(bench, "GROUPS", [SimpleNamespace(rows=lambda wishes: iter(FIGURES))])
    monkeypatch.setattr(bench, "SLOW_GROUPS", [SimpleNamespace(slow_rows=lambda wishes: iter([]))])
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    monkeypatch.setattr(bench, "RESULT", tmp_path / "bench.json")
    monkeypatch.setattr(bench, "DOCUMENT", tmp_path / "speed.md")
    bench.DOCUMENT.write_text(f"# Speed\n\n{bench.BEGIN}old\n{bench.END}\nAnd why.\n")


def test_the_table_says_what_was_reached(figures, capsys):
    assert cli.main(["bench"]) == 0
    table = capsys.readouterr().out
    for line in (
        "fast 3.00 >= 2.50 reached",
        "slow 1.00 >= 2.50 missed why",
        "soon 2.00 s <= 3.00 s reached",
        "late 5.00 s <= 3.00 s missed",
        "limit 7,823,477 accesses/s",
        "absent -",
        "6 figures, 2 missed their goals",
    ):
        assert line in " ".join(table.split())
    kept = json.loads(bench.RESULT.read_text())["rows"]
    assert [row["verdict"] for row in kept] == ["reached", "missed", "reached", "missed", "", ""]
    assert "old" in bench.DOCUMENT.read_text()


def test_the_document_gets_the_table_and_keeps_the_rest(figures, monkeypatch):
    monkeypatch.setenv("FULL", "1")
    monkeypatch.setenv("UPDATE", "1")
    for _ in range(2):
        assert cli.main(["bench"]) == 0
    text = bench.DOCUMENT.read_text()
    assert text.startswith("# Speed\n")
    assert text.endswith("\nAnd why.\n")
    assert "old" not in text
    assert text.count("| slow | 1.00 | >= 2.50 | missed | why |\n") == 1


def test_a_part_of_the_table_is_not_for_the_document(figures, monkeypatch, capsys):
    monkeypatch.setenv("UPDATE", "1")
    assert cli.main(["bench"]) == 2
    assert "UPDATE=1 needs FULL=1" in capsys.readouterr().err


def test_all_live_ways_are_measured(seed):
    rounds = live.measure(Build("verilator", Parameters(num_cpu=1)), seed, 250, rounds="1")
    assert all(len(runs) == 1 for runs in rounds.values())
    runs = {way: runs[0] for way, runs in rounds.items()}
    for way, run in runs.items():
        assert run["accesses"] > 100
        assert run["seconds"] > 0
        assert (run["cycles"] > 0) == (way != "model")
    same = {runs[way]["accesses"] for way in runs if way not in ("lockstep", "replay")}
    assert len(same) == 1
    assert runs["one by one"]["objects"] == 0
    assert runs["back to back"]["objects"] < 0.05 * runs["back to back"]["accesses"]
    assert runs["sequenced"]["objects"] == runs["sequenced"]["accesses"]


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_the_growth_law_is_found(power):
    sizes = (4, 12, 40, 120, 400)
    assert growth.exponent(sizes, [3e-6 * size**power for size in sizes]) == pytest.approx(power)
