# SPDX-License-Identifier: Apache-2.0
"""Each bug of the museum is found by the general scenarios, by an invariant that it breaks."""

from statistics import median

import pytest

from tb.model.machine.scenarios import SCENARIOS
from tb.paths import ROOT
from tests.museum.catalogue import EXHIBITS
from tests.museum.exhibit import Exhibit
from tests.museum.hunt import BUDGET, Detection, hunt

SEEDS = 10  # of a regression, each for itself


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=str)
def test_found(exhibit: Exhibit, seed: int, regress: bool, record_property) -> None:
    found = hunt(exhibit, range(seed, seed + BUDGET))
    assert found, f"not in {BUDGET * len(SCENARIOS)} runs"
    print(row(exhibit, found))  # pytest -s tests/museum shows the table of the document
    record_property("museum", {"mutants found": 1, "runs": found.runs, "entries": found.total})
    if regress:
        each = [hunt(exhibit, range(one, one + 1)) for one in range(seed, seed + SEEDS)]
        totals = [one.total for one in each if one]
        print(f"{exhibit}: {len(totals)} of {SEEDS} seeds, median of {median(totals):.0f} entries")
        assert len(totals) > SEEDS // 2


def row(exhibit: Exhibit, found: Detection) -> str:
    """Of the document's table."""
    machine = f"{exhibit.dialect}, {exhibit.num_lr}, {exhibit.vcpus}, {exhibit.entries}"
    cells = (
        exhibit.bug,
        exhibit.name,
        machine,
        f"`{found.scenario}` {found.seed}",
        found.runs,
        found.entries,
        found.total,
        found.violation.id,
    )
    return f"| {' | '.join(map(str, cells))} |"


def test_every_bug_has_a_mutant() -> None:
    assert {exhibit.bug for exhibit in EXHIBITS} == {f"BM-{number:02}" for number in range(1, 16)}


def test_document_has_them_all() -> None:
    lines = (ROOT / "docs" / "bug-museum.md").read_text().splitlines()
    cells = [tuple(line.strip("| ").split(" | ")) for line in lines if line.startswith("| BM-")]
    said = {row[:2]: row[-1] for row in cells if len(row) == 8}
    assert list(said) == [(exhibit.bug, exhibit.name) for exhibit in EXHIBITS]
    assert all(said[exhibit.bug, exhibit.name] in exhibit.invariants for exhibit in EXHIBITS)
    about = {row[0]: row for row in cells if len(row) == 6}
    for exhibit in EXHIBITS:
        assert exhibit.source in about[exhibit.bug][1]
        assert set(exhibit.rules) <= set(about[exhibit.bug][4].split(", "))
