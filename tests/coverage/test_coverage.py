# SPDX-License-Identifier: Apache-2.0
"""Collecting, saving, merging and reporting coverage."""

from pathlib import Path

import pytest

from tb.coverage.collector import Collector
from tb.coverage.database import Database, merge, read
from tb.coverage.point import Point, cross
from tb.coverage.report import Report
from tb.model.machine.events import Publisher

COLOURS = cross(
    "colours",
    ("red", "green"),
    ("dark", "light"),
    unreachable=lambda colour, shade: "nobody makes it" if (colour, shade) == ("red", "light") else "",
)


@pytest.fixture
def collector() -> Collector:
    return Collector(Publisher(), "kvm17")


def test_combinations_are_bins_unless_there_is_a_reason() -> None:
    assert list(COLOURS.bins) == ["red dark", "green dark", "green light"]
    assert COLOURS.unreachable == {"red light": "nobody makes it"}


def test_name_that_the_library_would_take_for_a_bin_is_refused() -> None:
    with pytest.raises(ValueError, match="binary"):
        Point("binary", {"1": None}, {})


def test_hits_are_kept_once(collector: Collector) -> None:
    collector.hit(COLOURS, "red", "dark")
    collector.hit(COLOURS, "red", "dark")
    assert collector.hits == {"colours": {"red dark"}}
    assert not collector.errors


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (("red", "light"), "colours: `red light` was hit, which cannot be: nobody makes it"),
        (("blue", "dark"), "colours: `blue dark` was hit, which is not declared"),
    ],
)
def test_bin_that_cannot_be_is_an_error(collector: Collector, values: tuple[str, str], sentence: str) -> None:
    collector.hit(COLOURS, *values)
    assert collector.errors == {sentence}
    assert not collector.hits.get("colours")


def save(path: Path, *runs: set[str]) -> Path:
    database = Database([COLOURS])
    for labels in runs:
        database.sample({"colours": labels})
    database.save(path)
    return path


def test_merging_adds_up(tmp_path: Path) -> None:
    one = save(tmp_path / "one", {"red dark", "green dark"}, {"red dark"})
    other = save(tmp_path / "other", {"red dark", "green light"})
    merge(tmp_path / "all", [one, other])
    assert read(tmp_path / "all") == {"colours": {"red dark": 3, "green dark": 1, "green light": 1}}
    assert "cover_percentage: 100.0" in (tmp_path / "all.yml").read_text()


def test_nothing_is_left_beside_the_files(tmp_path: Path) -> None:
    save(tmp_path / "one", {"red dark"})
    assert {path.name for path in tmp_path.iterdir()} == {"one.xml", "one.yml"}


def test_holes_are_reported(tmp_path: Path) -> None:
    report = Report([COLOURS], read(save(tmp_path / "one", {"red dark", "green dark"})))
    assert str(report) == "functional 66.6%"  # never more than it is
    assert report.bins == "2 of 3 bins, 1 unreachable"
    assert list(report.lines({"green light": ": never"})) == [
        "colours    2 of    3,   1 unreachable",
        "    hole: green light: never",
    ]
