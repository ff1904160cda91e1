# SPDX-License-Identifier: Apache-2.0
"""Each bug of the museum is found by the general scenarios, by an invariant that it is known to break."""

import re
from dataclasses import replace

import pytest

from tb.model.machine.scenarios import SCENARIOS
from tests.museum.catalogue import EXHIBITS
from tests.museum.exhibit import Exhibit, unchanged
from tests.museum.hunt import BUDGET, failure_without_bug, hunt
from tests.museum.table import BEGIN, PATH

INVARIANT = r"INV-[A-Z]+(?:-\d)?"


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=str)
def test_found(exhibit: Exhibit, seed: int, record_property) -> None:
    """And in the same runs without the bug there is nothing to be found."""
    found = hunt(exhibit, range(seed, seed + BUDGET))
    assert found.named, f"not in {len(found.cases)} runs; the first sign: {found.first}"
    for case in found.cases:
        assert not failure_without_bug(case), case
    counts = {"mutants found": 1, "runs with a bug": len(found.cases), "runs without": len(found.cases)}
    record_property("museum", counts)


def test_each_bug_is_there() -> None:
    assert {exhibit.bug for exhibit in EXHIBITS} == {f"BM-{number:02}" for number in range(1, 16)}


def test_nothing_is_found_where_nothing_is_wrong(seed: int) -> None:
    exhibit = replace(EXHIBITS[0], kind=unchanged(EXHIBITS[0].dialect), entries=50)
    found = hunt(exhibit, [seed])
    assert (found.first, found.named) == (None, None)
    assert {case.scenario for case in found.cases} == SCENARIOS.keys()


# ---- the document


def rows(text: str) -> list[list[str]]:
    """Of its tables, those of bugs."""
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| BM-")]


ABOUT, _, MEASURED = PATH.read_text(encoding="utf-8").partition(BEGIN)


def test_document_is_about_each_bug() -> None:
    """Its rules and invariants are those that the mutants are held to."""
    about = {row[0]: row for row in rows(ABOUT)}
    assert list(about) == [f"BM-{number:02}" for number in range(1, 16)]
    for bug, (_, where, _, _, rules, invariants) in about.items():
        mutants = [exhibit for exhibit in EXHIBITS if exhibit.bug == bug]
        assert all(exhibit.source in where for exhibit in mutants)
        assert set(rules.split(", ")) == {rule for exhibit in mutants for rule in exhibit.rules}
        named = {invariant for exhibit in mutants for invariant in exhibit.invariants}
        assert set(invariants.split(", ")) == named


def test_document_has_what_was_measured() -> None:
    """Each mutant that is found, by which of its invariants, and all runs green without it."""
    measured = rows(MEASURED)
    assert [tuple(row[:2]) for row in measured] == [(exhibit.bug, exhibit.name) for exhibit in EXHIBITS]
    assert len({row[3].partition(" of ")[2] for row in measured}) == 1
    for exhibit, row in zip(EXHIBITS, measured, strict=True):
        machine, found, scenarios, _, _, invariants, _, green = row[2:]
        sizes = exhibit.dialect, exhibit.num_lr, exhibit.vcpus, exhibit.entries
        assert machine == ", ".join(map(str, sizes))
        number, seeds = map(int, found.split(" of "))
        assert 1 <= number <= seeds
        assert set(re.findall(r"`(.*?)`", scenarios)) <= SCENARIOS.keys()
        assert set(re.findall(INVARIANT, invariants)) <= exhibit.invariants
        assert len(set(green.split(" of "))) == 1
