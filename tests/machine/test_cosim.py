# SPDX-License-Identifier: Apache-2.0
"""The command that runs a scenario."""

import re
from pathlib import Path

import pytest
from tiny_vgic import Irq, TinyVgic

from tb import cli
from tb.commands import cosim
from tb.model.machine import hypervisors, machine
from tb.model.machine.hypervisors import Hypervisor, Kind
from tb.model.machine.scenarios import SCENARIOS
from tb.paths import ROOT
from tests.machine.harness import tiny

LINE = re.compile(
    r"cosim: kvm17 mixed SEED=7: (\d+) entries, "
    r"exits (\d+) maintenance, (\d+) kick, (\d+) physical, (\d+) tick, (\d+) signal, (\d+) trap, (\d+) wait; "
    r"(\d+) injections, (\d+) deliveries, (\d+) maintenance interrupts; "
    r"(\d+) switch checks, 0 switch mismatches; (\d+) invariant evaluations, "
    r"\d+ violations of known defects(?: \(KD-\d\d(?:, KD-\d\d)*\))?, 0 unexpected, 0 mismatches"
)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DIALECT", "SCENARIO", "SEED", "ENTRIES", "NUM_LR", "VCPUS", "PCPUS", "NUM_CPU"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MODE", "model")
    monkeypatch.setattr(cosim, "SIM_BUILD", tmp_path)


def test_the_last_line_adds_up(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SEED", "7")
    monkeypatch.setenv("ENTRIES", "200")
    assert cli.main(["cosim"]) == 0
    output = capsys.readouterr().out.splitlines()
    match = LINE.fullmatch(output[-1])
    assert match, output
    entries, *exits = map(int, match.groups()[:8])
    assert entries == sum(exits) > 200
    assert all(map(int, match.groups()[8:]))
    assert "without RTL" in output[0]


def test_the_page_has_each_scenario() -> None:
    page = (ROOT / "docs" / "scenarios.md").read_text()
    table = page.partition("| scenario | stresses |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(.*)` \| (.*) \|$", table, re.MULTILINE)
    assert rows == [(name, scenario.stresses) for name, scenario in SCENARIOS.items()]


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("MODE", "rtl", "allowed is live, ahead, model"),
        ("DIALECT", "hyperv", "allowed is xen, kvm17, kvm19, classic"),
        ("SCENARIO", "none", f"allowed is {', '.join(SCENARIOS)}"),
        ("ENTRIES", "0", "allowed is an integer from 1 to"),
        ("ENTRIES", "many", "allowed is an integer from 1 to"),
        ("VCPUS", "9", "from 1 to 8"),
        ("NUM_CPU", "4", "as many as PCPUS=2 says"),
        ("PCPUS", "-1", "from 1 to 8"),
        ("NUM_LR", "65", "1 to 64"),
    ],
)
def test_bad_variables(
    variable: str,
    value: str,
    allowed: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, value)
    assert cli.main(["cosim"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"error: {variable}={value}: ")
    assert allowed in output.err
    assert output.err.count("\n") == 1


class KeepsItsLock(TinyVgic):
    async def put(self, vcpu: int) -> None:
        await super().put(vcpu)
        await self.platform.lock(self.lock)


class LoadsNothing(TinyVgic):
    def due(self, vcpu: int) -> list[Irq]:
        return []


class NeverSleeps(TinyVgic):
    async def pending(self, vcpu: int) -> bool:
        return True


class FlushesForEver(TinyVgic):
    async def flush(self, vcpu: int) -> None:
        while True:
            await self.platform.window("nobody changes anything")


class NeverWakes(TinyVgic):
    async def pending(self, vcpu: int) -> bool:
        return False

    async def inject(self, vcpu: int | None, intid: int, level: int) -> int:
        return 0


@pytest.mark.parametrize(
    ("vgic", "sentence"),
    [
        (KeepsItsLock, "VGIC"),
        (LoadsNothing, "nothing was delivered"),
        (NeverSleeps, "it did not come to rest"),
        (FlushesForEver, "there is no end after"),
        (NeverWakes, "nothing was delivered"),
    ],
)
def test_a_failure_is_told_and_leaves_its_accesses(
    vgic: type[TinyVgic],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(machine, "PATIENCE", 20_000)
    kind: Kind = tiny(vgic)
    assert kind.hypervisor is Hypervisor
    monkeypatch.setitem(hypervisors.HYPERVISORS, "kvm17", kind)
    monkeypatch.setenv("ENTRIES", "100")
    monkeypatch.setenv("SCENARIO", "prompt")
    assert cli.main(["cosim"]) == 1
    output = capsys.readouterr().out
    assert sentence in output
    assert output.splitlines()[-1].startswith("cosim: kvm17 prompt SEED=1: ")
    assert (tmp_path / "fail/cosim-kvm17-prompt-lr4-1.jsonl.gz").exists()


def test_a_violation_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A defect of xen: an active SGI goes back into a list register with another source (NV-FLUSH-4)."""
    monkeypatch.setitem(hypervisors.HYPERVISORS, "xen-fixed", hypervisors.HYPERVISORS["xen"])
    for name, value in {"DIALECT": "xen-fixed", "SCENARIO": "sgi-storm", "ENTRIES": "100"}.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["cosim"]) == 1
    output = capsys.readouterr().out
    assert re.search(r"^\d+ x INV-SGI-2 at \d+: SGI ", output, re.MULTILINE)
    assert re.search(r", 0 violations of known defects, [1-9]\d* unexpected, 0 mismatches$", output)
    assert (
        "again: make cosim DIALECT=xen-fixed SCENARIO=sgi-storm SEED=1 ENTRIES=100 VCPUS=3 PCPUS=2 MODE=model"
        in output
    )
