# SPDX-License-Identifier: Apache-2.0
"""examples/apb_gic is right, as far as the bench can tell, and with each of its seeded bugs it is not."""

import pytest

from tb import tools
from tb.cases import Case
from tb.commands.lint import Check
from tb.dut import commands
from tb.dut.description import load
from tb.model.machine.machine import Setup
from tb.model.machine.scenarios import SCENARIOS
from tb.paths import ROOT
from tb.settings import Settings
from tests.icarus import needs_icarus

DIALECTS = ("xen", "kvm17", "kvm19", "classic", "classic-v310")
TRACES = ROOT / "tests" / "data" / "traces"
PROFILES = ("basic", "maint", "groups", "eoimode", "preempt", "hw", "sgi")
REAL = [
    TRACES / "real" / f"{name}.jsonl.gz" for name in ("xen-4.17-linux-1p1v", "kvm-6.1-bm-1p3v")
]  # one CPU
DIRECTED = [TRACES / "directed" / f"{name}.jsonl" for name in ("selection", "group1_aliases", "deactivation")]
COMPARED = ("accesses", "value", "response", "lines", "deactivations", "states")


def case(dialect, scenario, seed=1, entries=20):
    return Case(dialect, scenario, Setup(vcpus=3, pcpus=1, num_lr=4, seed=seed, entries=entries))


LINT = (
    [tools.verilator(), "--lint-only", "-Wall", "+1364-2005ext+v"],
    ["iverilog", "-g2005", "-Wall", "-tnull"],
)


@pytest.mark.parametrize(
    "command", [LINT[0], pytest.param(LINT[1], marks=needs_icarus)], ids=["verilator", "icarus"]
)
def test_its_source_is_clean(command, example):
    check = Check("example", [*command, example.parent / "apb_gic.v"])
    assert check.complaints() == ""


def test_it_is_clean_under_hypervisors(example, seed, regress):
    """Each VGIC in one scenario; the full volume: each in each."""
    scenarios = list(SCENARIOS)
    if regress:
        groups = [[case(dialect, scenario, seed, 200) for scenario in scenarios] for dialect in DIALECTS]
    else:
        groups = [[case(DIALECTS[n % 5], scenario, seed) for n, scenario in enumerate(scenarios[::5])]]
    for cases in groups:
        for outcome in commands.simulate(load(example), cases, Settings()):
            assert outcome.failure == "", outcome.line
            assert all(outcome.counts[kind] for kind in COMPARED if kind != "deactivations")


def test_it_does_what_traces_of_other_hardware_say(example, regress, capsys):
    """Whole traces at full volume."""
    if regress:
        traces, records = [*sorted((TRACES / "qemu").glob("*.gz")), *REAL, *DIRECTED], None
    else:
        traces = [TRACES / "qemu" / f"{profile}-1.jsonl.gz" for profile in PROFILES] + REAL + DIRECTED
        records = 200
    assert commands.replay(example, traces, Settings(), records) == 0
    summary, compared, unchecked = capsys.readouterr().out.splitlines()
    assert summary.startswith(f"replay: {len(traces)} files, ")
    assert summary.endswith(", 0 mismatches")
    assert " 0 " not in compared
    assert unchecked.startswith("not checked: V2-CYC-1 to V2-CYC-16 (")


BUGS = {  # where it shows, and the message
    "LOST_PENDING": ("kvm17", "mixed", "GICH_LR", "the reference has 0x1"),
    "STALE_GROUPS": ("kvm17", "groups", "virq of CPU 0 is ", " after the write of "),
    "SGI_SOURCE": ("classic", "sgi-storm", "GICH_", "(V2-"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_seeded_bug_is_found_and_its_accesses_show_it_again(bug, described, example, capsys):
    dialect, scenario, *words = BUGS[bug]
    file = described(('top = "apb_gic"', f'top = "apb_gic"\ndefines = ["BUG_{bug}"]'))
    (outcome,) = commands.simulate(load(file), [case(dialect, scenario, entries=100)], Settings())
    for word in words:
        assert word in outcome.failure
    assert outcome.line.endswith(", 1 mismatches")
    trace = ROOT / outcome.failure.rpartition(" TRACE=")[2]
    assert commands.replay(file, [trace], Settings()) == 1
    difference, summary, *_ = capsys.readouterr().out.splitlines()
    assert difference.startswith(f"{trace.resolve()}:")
    assert summary.endswith(", 1 mismatches")
    assert commands.replay(example, [trace], Settings()) == 0
