# SPDX-License-Identifier: Apache-2.0
"""`make cosim` live on the device, and what a failure leaves."""

import re
from pathlib import Path

from tb import cli
from tb.cases import Case
from tb.commands import cosim
from tb.commands.cosim import explain, live
from tb.model.cosim import Outcome
from tb.model.hardware.parameters import Parameters
from tb.model.machine.machine import Setup
from tb.model.replay import replay_on_model
from tb.simulator import Build

BUILD = Build("verilator", Parameters())
SETUP = Setup(vcpus=3, pcpus=2, num_lr=4, seed=3, entries=40)


def test_live_is_the_default(monkeypatch, capsys):
    for name in ("MODE", "DIALECT", "NUM_LR", "VCPUS", "PCPUS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"SCENARIO": "prompt", "SEED": "3", "ENTRIES": "40"}.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["cosim"]) == 0
    speed, line = capsys.readouterr().out.splitlines()
    rates = r"\d+ entries, \d+/s; (\d+) accesses, \d+/s; (\d+) cycles, \d+/s"
    match = re.fullmatch(rf"live on the RTL \(verilator-rtl-lr4-cpu2\): {rates}", speed)
    assert match
    accesses, cycles = map(int, match.groups())
    assert cycles >= 2 * accesses > 200
    assert re.match(r"cosim: kvm17 prompt SEED=3: \d+ entries, ", line)
    assert line.endswith(", 0 mismatches")


def test_a_failure_leaves_its_accesses_and_the_command(monkeypatch, tmp_path):
    monkeypatch.setattr(cosim, "SIM_BUILD", tmp_path)
    outcome = Outcome("cosim: ...", "1 x INV-LR-1", violations={"INV-LR-1": 1})
    failure, accesses, waves, again, smaller = explain(
        Case("xen", "prompt", SETUP), BUILD, outcome
    ).splitlines()
    assert failure == "1 x INV-LR-1"
    assert waves == "waves: make waves DIALECT=xen SCENARIO=prompt SEED=3 ENTRIES=40 VCPUS=3 PCPUS=2"
    assert again == "again: make cosim DIALECT=xen SCENARIO=prompt SEED=3 ENTRIES=40 VCPUS=3 PCPUS=2"
    assert smaller.startswith("smaller: make shrink DIALECT=xen")
    summary = replay_on_model([Path(accesses.removeprefix("accesses: make replay TRACE="))])
    assert summary.mismatches == 0
    assert summary.values > 40


def test_a_case_without_a_verdict_is_a_failure_of_its_own():
    first, unknown, last = live(
        [Case("kvm17", scenario, SETUP) for scenario in ("prompt", "none", "prompt")], BUILD
    )
    assert unknown.line == "cosim: no verdict"
    assert unknown.failure == "'none'"
    assert first.failure == last.failure == ""
    assert first.line == last.line
