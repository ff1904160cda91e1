# SPDX-License-Identifier: Apache-2.0
"""The quick part of `make formal`, its list, its page, and what it says of what is wrong."""

import argparse
import re
from collections import Counter

import pytest

from tb import formal
from tb.commands import formal as command
from tb.errors import UserError
from tb.paths import ROOT

PROOFS = formal.load()
TASKS = list(formal.tasks(PROOFS))
WITH_ERRORS = "always_on"  # the proof whose covers and planted errors are among the quick tasks
QUICK = [
    task
    for task in TASKS
    if task.parameters == task.proof.parameters[0]
    and (task.kind in ("lemma", "prove") or task.proof.name == WITH_ERRORS)
]


@pytest.mark.parametrize("task", QUICK, ids=lambda task: task.name)
def test_quick_task(task):
    outcome = formal.run(task)
    assert not outcome.problem
    assert bool(outcome.covers) == (task.kind == "cover")


def test_every_assertion_has_a_label_and_is_listed_once():
    asserted = []
    for path in (*formal.DIRECTORY.glob("*.sv"), ROOT / "tb" / "gicv2_properties.sv"):
        text = re.sub(r"^`define.*$|//.*$", "", path.read_text(), flags=re.M)
        named = [label or held for label, held in re.findall(r"(\w+): assert \(|`HOLDS\((\w+),\n", text)]
        assert len(named) == len(re.findall(r"\bassert\b", text)) + text.count("`HOLDS("), path
        asserted += named
    listed = [label for proof in PROOFS for label in (*proof.lemmas, *(one.name for one in proof.properties))]
    assert sorted(asserted) == sorted(listed)


def test_rules_and_planted_errors_exist():
    spec = (ROOT / "docs" / "spec" / "gicv2-virtual-interface.md").read_text()
    rules = set(re.findall(r"V2-[A-Z]+-\d+", spec))
    errors = Counter(error.name for error in formal.errors())
    for proof in PROOFS:
        for one in proof.properties:
            assert one.rules, one.name
            assert rules.issuperset(one.rules), one.name
            assert errors[one.planted] == 1, one.name


def test_selection_is_proved_for_small_and_large_devices():
    (select,) = (proof for proof in PROOFS if proof.name == "select")
    assert {4, 16, 33, 64} <= {parameters["NUM_LR"] for parameters in select.parameters}


def test_page_shows_the_list():
    page = formal.PAGE.read_text()
    assert "\n".join(formal.property_rows(PROOFS)) in page
    rows = formal.proof_rows(PROOFS, {(task.proof.name, task.values): 0.0 for task in TASKS})
    for row in rows:
        assert re.search(re.escape(row).replace(re.escape("0.0"), r"[\d.]+"), page), row


TOY = """
module {name} (input wire aclk, input wire aresetn, input wire push, input wire ready);
  wire full, valid;
  gicv2_deact_queue u_dut (
      .aclk(aclk), .aresetn(aresetn), .push(push), .push_id(10'd20), .full(full),
      .deact_valid(valid), .deact_ready(ready), .deact_id()
  );
  reg was_reset = 1'b0;
  always @(posedge aclk) was_reset <= was_reset || !aresetn;
  always @* if (!was_reset) assume (!aresetn);
  always @* assume (!(push && full));
  (* hierconn *) wire [2:0] \\u_dut.count_q ;
  {body}
endmodule
"""


def run_toy(monkeypatch, name, body, kind="prove", planted=None):
    """What comes of a task of another module, line 14 of which is the body."""
    directory = formal.RESULTS / "toys" / name
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.sv").write_text(TOY.format(name=name, body=body))
    monkeypatch.setattr(formal, "DIRECTORY", directory)
    one = formal.Property("holds", ("V2-CYC-8",), "queue_is_full_one_entry_early")
    proof = formal.Proof(name, (one,), ({},), 3, covers=4)
    return formal.run(formal.Task(proof, kind, {}, one if planted else None))


COUNTS = "always @* if (was_reset) holds: assert (\\u_dut.count_q <= {});"


def test_toy_is_proved(monkeypatch):
    assert run_toy(monkeypatch, "toy_proved", COUNTS.format(4)).problem == ""


def test_violation_is_named_with_its_waveform(monkeypatch):
    problem = run_toy(monkeypatch, "toy_violated", COUNTS.format(0)).problem
    place = "sim_build/formal/toys/toy_violated/toy_violated.sv:13"
    assert problem.startswith(f"holds (V2-CYC-8) at {place} is violated; waveform: ")
    assert (ROOT / problem.partition("waveform: ")[2]).is_file()


def test_what_does_not_follow_is_named(monkeypatch):
    body = "always @* if (was_reset && ready) holds: assert (\\u_dut.count_q <= 4);"
    problem = run_toy(monkeypatch, "toy_open", body).problem
    assert re.match(
        r"holds \(V2-CYC-8\) at \S+:13 does not follow from the edges before it; waveform", problem
    )


@pytest.mark.parametrize(
    ("name", "body", "place"),
    [
        ("toy_vacuous", "always @* if (full && !valid) holds: assert (ready);", "toy_vacuous.sv:13"),
        ("toy_unreached", COUNTS.format(4) + " always @* never: cover (full && !valid);", "never"),
    ],
)
def test_what_is_not_reached_is_named(name, body, place, monkeypatch):
    problem = run_toy(monkeypatch, name, body, "cover").problem
    assert re.match(rf"not reached within 4 edges: {place}", problem)


def test_planted_error_that_goes_unseen_is_named(monkeypatch):
    outcome = run_toy(monkeypatch, "toy_blind", COUNTS.format(4), "plant", planted=True)
    assert outcome.problem == "holds does not notice the planted error queue_is_full_one_entry_early"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("toy_hierconn", COUNTS.format(4) + " (* hierconn *) wire \\u_dut.no_such_signal ;"),
        ("toy_undeclared", "always @* holds: assert (u_dut.count_d <= 4);"),
    ],
)
def test_unknown_signal_is_refused(name, body, monkeypatch):
    assert run_toy(monkeypatch, name, body).problem.startswith("ERROR: ERROR:")


ENTRY = """[match]
parameters = [{}]
depth = 1
[match.properties]
holds = { rules = ["V2-CYC-8"], planted = "queue_is_full_one_entry_early" }
"""


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("depth = 1", "", r"\[match\] lacks depth"),
        ("depth = 1", "depth = 1\ncolour = 2", r"\[match\] has colour"),
        (", planted", ", colour", r"\[match\] holds: `rules` and `planted` are needed"),
    ],
)
def test_bad_list_is_refused(old, new, sentence, tmp_path):
    path = tmp_path / "proofs.toml"
    path.write_text(ENTRY)
    assert formal.load(path)[0].properties[0].name == "holds"
    path.write_text(ENTRY.replace(old, new))
    with pytest.raises(UserError, match=sentence):
        formal.load(path)


def test_verdict_counts(monkeypatch, capsys):
    proof = PROOFS[0]
    problems = {"prove": "is violated", "cover": "", "plant": "", "lemma": ""}
    monkeypatch.setattr(formal, "load", lambda: (proof,))
    monkeypatch.setattr(
        formal, "run", lambda task: formal.Outcome(task, 1.0, problems[task.kind], frozenset({"a", "b"}))
    )
    arguments = argparse.Namespace(write=False)
    number = len(proof.properties)
    assert command.main(arguments) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"formal: {number} properties, 0 unbounded, 2 covers, {len(proof.parameters)} failed"
    problems["prove"] = ""
    assert command.main(arguments) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"formal: {number} properties, {number} unbounded, 2 covers, 0 failed"
