# SPDX-License-Identifier: Apache-2.0
"""Known defects are seen by themselves, mended by their fix, and those of the real code."""

import pytest

from tb.model.conformance import conform
from tb.model.defects import DEFECTS, FAITHFUL, FIXED, Defect, explanation, fixed, known_in
from tb.model.ledger import SENTENCES, Violation
from tb.model.machine.hypervisors import kind
from tb.paths import ROOT
from tests.defects.harness import subjects, violations, with_only
from tests.defects.page import PATH, page
from tests.defects.seen import SEEN
from tests.defects.traces import broken, dialect_of, replay, script_of

UNTRACED = {"KD-08", "KD-24", "KD-25"}  # docs/known-defects.md says why
GOLDEN = ROOT / "tests" / "data" / "software"
RULES = (ROOT / "docs" / "spec" / "software-vgic.md").read_text(encoding="utf-8")
EACH = pytest.mark.parametrize(
    ("dialect", "defect"),
    [
        pytest.param(dialect, defect, id=f"{defect.id}-{dialect}")
        for defect in DEFECTS.values()
        for dialect in defect.dialects
    ],
)


def test_all_are_seen() -> None:
    everywhere = {(defect.id, dialect) for defect in DEFECTS.values() for dialect in defect.dialects}
    assert everywhere == {(name, dialect) for name, places in SEEN.items() for dialect in places}


@EACH
def test_it_is_seen_until_it_is_mended(dialect: str, defect: Defect) -> None:
    """In a run that `python -m tests.defects.seen` has found, and finds anew when runs have changed."""
    place = SEEN[defect.id][dialect]
    assert violations(dialect, with_only(dialect, defect), defect, place)
    assert not violations(dialect, fixed(dialect), defect, place)


@EACH
def test_the_real_code_does_it(dialect: str, defect: Defect) -> None:
    evidence = defect.evidence[dialect]
    if evidence.startswith(("NV-", "CL-", "K19-")):
        rule = next(line for line in RULES.splitlines() if f"**{evidence}**" in line)
        assert "(D)" in rule
        return
    name, _, line = evidence.partition(":")
    path = GOLDEN / dialect / name
    sentences = conform([path], subjects(dialect, fixed(dialect, [defect]))).sentences
    assert sentences[0].startswith(f"{path}:{line}: ")
    assert not conform([path]).mismatches


def test_all_others_have_traces() -> None:
    assert {defect.id for defect in DEFECTS.values() if script_of(defect) is None} == UNTRACED


@pytest.mark.parametrize("name", sorted(DEFECTS.keys() - UNTRACED))
def test_its_trace_shows_it_until_it_is_mended(name: str) -> None:
    defect = DEFECTS[name]
    script = script_of(defect)
    assert script
    dialect = dialect_of(script)
    assert replay(defect, script, broken(dialect, defect)).violation
    assert not replay(defect, script, kind(dialect, fixed(dialect))).violation


def test_the_page_shows_them() -> None:
    assert PATH.read_text(encoding="utf-8") == page() + "\n", "python -m tests.defects.page makes it anew"


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_it_speaks_of_what_there_is(defect: Defect) -> None:
    assert set(defect.dialects) <= set(FAITHFUL)
    assert set(defect.breaks) <= set(SENTENCES)
    assert all(f"**{rule}**" in RULES for rule in defect.rules)


def test_ids_are_in_order() -> None:
    assert list(DEFECTS) == [f"KD-{number:02}" for number in range(1, len(DEFECTS) + 1)]


def test_fixed_dialects_have_none() -> None:
    assert not any(known_in(dialect + FIXED) for dialect in FAITHFUL)


@pytest.mark.parametrize("dialect", FAITHFUL)
def test_a_deactivation_that_is_missing_is_nobodys_defect(dialect: str) -> None:
    """That is an error of the hardware."""
    detail = "vCPU 1 completed 27, but nobody deactivated the physical one"
    assert explanation(dialect, Violation("INV-HW-1", detail, None, 0)) is None
