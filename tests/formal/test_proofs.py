# SPDX-License-Identifier: Apache-2.0
"""The list of proofs is sound; those that are quick are run."""

import re

import pytest

from tb import formal, planting
from tb.paths import ROOT

PROOFS = formal.load()
QUICK = [task for task in formal.tasks(PROOFS) if task.parameters == task.proof.parameters[0]]
RULE = re.compile(r"V2-[A-Z]+-\d+")


@pytest.mark.parametrize("task", QUICK, ids=lambda task: task.name)
def test_outcome(task):
    outcome = formal.run(task)
    assert not outcome.problem
    assert outcome.covers or task.kind != "cover"


def test_every_assertion_is_listed_once():
    asserted = []
    for path in (*formal.DIRECTORY.glob("*.sv"), ROOT / "tb" / "gicv2_properties.sv"):
        text = re.sub(r"^`define.*$", "", path.read_text(), flags=re.M)
        named = [label or held for label, held in re.findall(r"(\w+): assert \(|`HOLDS\((\w+),\n", text)]
        assert len(named) == text.count("assert (") + text.count("`HOLDS("), path
        asserted += named
    listed = [one.name for proof in PROOFS for one in proof.properties]
    lemmas = [label for proof in PROOFS for label in proof.lemmas]
    assert sorted(asserted) == sorted(listed + lemmas)


def test_rules_and_planted_errors_exist():
    rules = set(RULE.findall((ROOT / "docs" / "spec" / "gicv2-virtual-interface.md").read_text()))
    errors = {error.name for error in planting.load()}
    for proof in PROOFS:
        for one in proof.properties:
            assert one.rules
            assert set(one.rules) <= rules, one
            assert one.planted in errors, one
