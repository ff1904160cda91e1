# SPDX-License-Identifier: Apache-2.0
"""Functional coverage of a regression: live as on the model, packed, and put together again."""

import pytest

from tb.commands.cosim import live
from tb.coverage.packed import LIVE, packed, unpacked
from tb.coverage.runs import CosimJob
from tb.farm.results import COVERAGE
from tb.farm.summary import Summary
from tests.cosim.cross import build, case


def line(number, hits):
    properties = [[COVERAGE, packed([hits])], ["toy", {"runs": 1}]]
    test = f"tests/toy/test_{number}.py::test"
    return {"test": test, "outcome": "passed", "seconds": 1, "properties": properties}


def test_live_runs_hit_what_those_on_the_model_hit(seed, monkeypatch):
    cases = [case("kvm17", scenario, 4, seed, 40) for scenario in ("mixed", "overflow")]
    monkeypatch.setenv("COVERAGE", "1")
    outcomes = live(cases, build(4))
    for one, outcome in zip(cases, outcomes, strict=True):
        hits, _ = CosimJob(*one).run()
        assert outcome.hits == {name: sorted(labels) for name, labels in hits.hits.items()}
        assert outcome.hits.keys() <= {point.name for point in LIVE}
        assert sum(map(len, outcome.hits.values())) > 50
        assert not outcome.failure
    monkeypatch.delenv("COVERAGE")
    (outcome,) = live(cases[:1], build(4))
    assert not outcome.hits


def test_packed_and_unpacked_is_the_union():
    (one, a), (other, b) = [(point.name, sorted(point.bins)) for point in (LIVE[0], LIVE[-1])]
    everything = unpacked(packed([{one: set(a[:3])}, {one: set(a[2:4]), other: {b[-1]}}]))
    assert everything.pop(one) == a[:4]
    assert everything.pop(other) == b[-1:]
    assert not any(everything.values())


def test_regression_has_hit_what_one_of_its_tests_has():
    point, total = LIVE[0], sum(len(point.bins) for point in LIVE)
    bins = list(point.bins)
    everything = {one.name: one.bins for one in LIVE if one is not point}
    summary = Summary([line(0, everything), line(1, {point.name: bins[1:]})])
    assert f", {total - 1} of {total} bins" in summary.coverage[0]
    (hole,) = [text for text in summary.coverage if "hole: " in text]
    assert hole.endswith(f"hole: {bins[0]}")
    page = summary.page(pytest.ExitCode.OK, ())
    assert "<h2>Coverage</h2>" in page
    assert page.count("hole: ") == 1
    assert '<td>runs</td><td class="number">2</td>' in page
