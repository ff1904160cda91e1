# SPDX-License-Identifier: Apache-2.0
"""The testplan: every rule has tests, checks and cover points; what tests/testplan.toml names exists."""

import ast
import copy
import re
import tomllib

import pytest

from tb import formal, planting
from tb.coverage import POINTS, testplan
from tb.coverage.cited import CITED
from tb.model.ledger import SENTENCES
from tb.paths import ROOT

RULE = re.compile(r"V2-[A-Z]+-\d+")
_REPLAYED = "golden traces read these registers; the code that does it cites no rule"
UNCHECKED = {  # no statement of a run: rule -> why
    "NV-LOCK-4": "models have no interrupts to mask: an injection comes at any turn",
    "NV-SYNC-9": "it says what nothing depends on; all invariants hold where the interrupt comes late",
    "NV-PRUNE-4": "it allows, and INV-SPUR-1 leaves room for it",
    "K19-4": "the machine has DIR trapped, not the VGIC",
    "CL-MMIO-1": _REPLAYED,
    "CL-MMIO-2": _REPLAYED,
    "CL-MMIO-4": _REPLAYED,
}
OTHERS = "V2-QEMU-"  # how QEMU differs: no rules for the device
PLAN = tomllib.loads((ROOT / "tests" / "testplan.toml").read_text())
WITHOUT = PLAN.pop("without")


class Facts:
    """What a plan is held to.

    rules       of the specification
    tests       name -> source of the tests in tests/sim and tests/model
    claims      name of a test in tests/sim -> rules in its docstring
    planted     name of a planted error -> its rule
    properties  rules that the always-on properties report
    proved      rule -> names of the properties that are proved of it
    """

    def __init__(self):
        spec = (ROOT / "docs" / "spec" / "gicv2-virtual-interface.md").read_text()
        self.rules = {rule for rule in RULE.findall(spec) if not rule.startswith(OTHERS)}
        self.tests, self.claims = {}, {}
        for path in (*(ROOT / "tests" / "sim").glob("*.py"), *(ROOT / "tests" / "model").glob("test_*.py")):
            text = path.read_text()
            for node in ast.parse(text).body:
                if isinstance(node, ast.ClassDef) and node.decorator_list:
                    self.claims[node.name] = RULE.findall(ast.get_docstring(node) or "")
                elif not (isinstance(node, ast.FunctionDef) and node.name.startswith("test_")):
                    continue
                self.tests[node.name] = ast.get_source_segment(text, node)
        self.planted = {error.name: error.rule for error in planting.load()}
        self.properties = set(
            re.findall(rf'\$error\("({RULE.pattern})', (ROOT / "tb" / "gicv2_properties.sv").read_text())
        )
        self.proved = {}
        for one in (one for proof in formal.load() for one in proof.properties):
            for rule in one.rules:
                self.proved.setdefault(rule, []).append(one.name)


@pytest.fixture(scope="module")
def facts():
    return Facts()


def complaints(plan, facts):
    """What is wrong with a plan, in sentences."""
    found = [f"{rule}: no entry" for rule in facts.rules - plan.keys()]
    for rule, entry in plan.items():
        found += [f"{rule}: {sentence}" for sentence in about_entry(rule, entry, facts)]
    for name, rule in facts.planted.items():
        if name not in plan.get(rule, {}).get("planted", ()):
            found.append(f"{rule}: planted error {name} is missing")
    for name, rules in facts.claims.items():
        found += [
            f"{rule}: test {name} is missing"
            for rule in rules
            if name not in plan.get(rule, {}).get("tests", ())
        ]
    return found


def about_entry(rule, entry, facts):
    if rule not in facts.rules:
        yield "no such rule"
    if unknown := entry.keys() - {"tests", "property", "proved", "planted", "reason"}:
        yield f"unknown key {', '.join(sorted(unknown))}"
    if "reason" in entry:
        if entry.keys() != {"reason"} or not entry["reason"]:
            yield "an entry has either a reason or tests and planted errors"
        return
    for name in entry.get("tests", ()):
        if name not in facts.tests:
            yield f"no such test {name}"
        elif not re.search(rf"{rule}\b", facts.tests[name]):
            yield f"test {name} does not cite it"
    for name in entry.get("planted", ()):
        if facts.planted.get(name, rule) != rule:
            yield f"planted error {name} breaks {facts.planted[name]}"
        elif name not in facts.planted:
            yield f"no such planted error {name}"
    for kind in ("tests", "planted"):
        if not entry.get(kind):
            yield f"no {kind}"
        elif len(set(entry[kind])) != len(entry[kind]):
            yield f"{kind} named twice"
    if sorted(entry.get("proved", ())) != sorted(facts.proved.get(rule, ())):
        yield "the plan and formal/proofs.toml do not agree on what is proved"
    if entry.get("property", False) != (rule in facts.properties):
        yield "the plan and tb/gicv2_properties.sv do not agree on a property"


def test_plan_covers_the_specification(facts):
    assert len(facts.rules) > 80
    assert complaints(PLAN, facts) == []


def change(rule, **values):
    """A plan with another value, or without a key where the value is None."""

    def changed(plan):
        for key, value in values.items():
            plan[rule][key] = value
        plan[rule] = {key: value for key, value in plan[rule].items() if value is not None}

    return changed


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda plan: plan.pop("V2-EOI-3"), "V2-EOI-3: no entry"),
        (lambda plan: plan.update({"V2-EOI-99": plan["V2-EOI-3"]}), "V2-EOI-99: no such rule"),
        (change("V2-EOI-3", tests=[]), "V2-EOI-3: no tests"),
        (change("V2-EOI-3", planted=None), "V2-EOI-3: no planted"),
        (change("V2-EOI-3", colour="red"), "V2-EOI-3: unknown key colour"),
        (
            change("V2-EOI-3", tests=["WaitingSgiSourceIsOvertaken"]),
            "V2-EOI-3: no such test WaitingSgiSourceIsOvertaken",
        ),
        (change("V2-EOI-3", tests=["MaskIsStrict"]), "V2-EOI-3: test MaskIsStrict does not cite it"),
        (
            change("V2-EOI-1", tests=["Group1IsCompletedWithoutAckCtl"]),
            "V2-EOI-1: test Group1IsCompletedWithoutAckCtl",
        ),
        (change("V2-EOI-3", tests=[]), "V2-EOI-3: test SgiKeyIncludesItsSource is missing"),
        (change("V2-EOI-3", tests=["SgiKeyIncludesItsSource"] * 2), "V2-EOI-3: tests named twice"),
        (change("V2-EOI-3", planted=["an_error"]), "V2-EOI-3: no such planted error an_error"),
        (
            change("V2-EOI-3", planted=["equal_to_the_mask_passes"]),
            "V2-EOI-3: planted error equal_to_the_mask_passes breaks V2-PRI-1",
        ),
        (change("V2-EOI-3", planted=[]), "V2-EOI-3: planted error source_of_an_sgi_is_ignored is missing"),
        (change("V2-EOI-3", property=True), "V2-EOI-3: the plan and tb/gicv2_properties.sv do not agree"),
        (change("V2-LR-3", proved=None), "V2-LR-3: the plan and formal/proofs.toml do not agree"),
        (
            change("V2-EOI-3", proved=["gaps_read_zero"]),
            "V2-EOI-3: the plan and formal/proofs.toml do not agree",
        ),
        (change("V2-LR-3", property=None), "V2-LR-3: the plan and tb/gicv2_properties.sv do not agree"),
        (change("V2-EOI-3", reason="hard"), "V2-EOI-3: an entry has either a reason or"),
        (change("V2-CYC-15", reason=""), "V2-CYC-15: an entry has either a reason or"),
        (change("V2-CYC-15", reason=None), "V2-CYC-15: no tests"),
    ],
)
def test_spoilt_plan_is_seen(spoil, sentence, facts):
    plan = copy.deepcopy(PLAN)
    spoil(plan)
    assert any(complaint.startswith(sentence) for complaint in complaints(plan, facts)), complaints(
        plan, facts
    )


@pytest.fixture(scope="module")
def evidence():
    software = CITED[0].point
    return testplan.plan(POINTS, {software.name: dict.fromkeys(software.bins, 3)}, software.bins)


def test_no_rule_is_without_evidence(evidence):
    lacks = {
        f"{rule}: no {what}"
        for rule, found in evidence.items()
        if not found.reason
        for what, those in (
            ("test", found.tests + found.planted),
            ("check in runs", found.assertions or rule in UNCHECKED),
            ("cover point", found.cover or rule in SENTENCES),  # their evaluations are counted in every run
        )
        if not those
    }
    assert not lacks
    assert not any(evidence[rule].assertions for rule in UNCHECKED)


def test_all_rules_of_the_specifications_are_there(evidence):
    for spec in testplan.SPECS:
        rules = set(testplan.RULE.findall((ROOT / "docs" / "spec" / spec).read_text()))
        assert len(rules) > 20
        assert rules <= evidence.keys()
    assert set(SENTENCES) == {rule for rule in evidence if rule.startswith("INV-")}


def test_evidence_is_what_cites_a_rule(evidence):
    queue = evidence["NV-QUEUE-2"]
    assert queue.sentence.startswith("If already on a list, or v None: unlock")
    where = "tests/hypervisor/test_new_vgic_queue.py::test_a_fall_of_what_nobody_needs_kicks_nobody"
    assert where in queue.tests
    assert "tests/hypervisor/test_new_vgic_mutants.py::SilentQueue" in queue.planted
    assert set(queue.cover.values()) == {3}
    inside_section = "tests/hypervisor/test_classic_rules.py::"
    assert any(place.startswith(inside_section) for place in evidence["CL-PEND-1"].tests)
    assert evidence["V2-EOI-3"].planted == PLAN["V2-EOI-3"]["planted"]


def test_reasons_are_of_rules_without_evidence(evidence):
    reasons = {rule for rule, found in evidence.items() if found.reason}
    for pattern in WITHOUT:
        assert any(re.fullmatch(pattern, rule) for rule in reasons)
    for rule in reasons:
        found = evidence[rule]
        assert not [*found.tests, *found.assertions, *found.planted, *found.cover], rule


def test_page_has_each_rule(evidence, tmp_path):
    testplan.write_html(evidence, POINTS, {"device.nesting": {"1": 7}}, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.count("<tr id=") == len(evidence)
    assert "GICv5" in page
    assert "<li>1: 7</li>" in page
    assert '<li class="hole">2: 0</li>' in page
    assert "a group is either enabled or not" in page
