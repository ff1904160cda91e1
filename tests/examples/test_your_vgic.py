# SPDX-License-Identifier: Apache-2.0
"""A VGIC of one's own: docs/your-vgic.md and its example hold, and bad files are refused in a sentence."""

import re
from pathlib import Path

import pytest

from tb import cases, cli
from tb.commands import cosim, report, shrink
from tb.model.hardware.parameters import Parameters
from tb.model.machine.machine import Setup
from tb.model.machine.scenarios import SCENARIOS
from tb.paths import ROOT
from tests.shrink import reproduced

EXAMPLE = ROOT / "examples" / "tiny_vgic"
TINY = EXAMPLE / "tiny_vgic.py"
GUIDE = (ROOT / "docs" / "your-vgic.md").read_text(encoding="utf-8")
CLEAN = re.findall(r"`([a-z-]+)`", re.search(r"It runs clean in (.*?)\.", GUIDE, re.DOTALL)[1])
MISTAKES = re.findall(r"^\| `(\w+\.py)` \| .* \| `([a-z-]+)` \| (INV-\w+-\d) \|$", GUIDE, re.MULTILINE)


@pytest.fixture(autouse=True)
def _set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variables = {"MODE": "model", "DIALECT": str(TINY), "SCENARIO": "prompt", "ENTRIES": "60", "SEED": "1"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("NUM_LR", "VCPUS", "PCPUS", "INVARIANT", "DUT"):
        monkeypatch.delenv(name, raising=False)
    for command in (cosim, shrink):
        monkeypatch.setattr(command, "SIM_BUILD", tmp_path)
    monkeypatch.setattr(report, "REPORTS", tmp_path)


@pytest.mark.parametrize("scenario", CLEAN)
def test_the_example_runs_clean(scenario: str, seed: int) -> None:
    for num_lr in (1, 4):
        setup = Setup(vcpus=3, pcpus=2, num_lr=num_lr, seed=seed, entries=150)
        outcome = cosim.model(cases.Case(str(TINY), scenario, setup), Parameters(num_lr=num_lr))
        assert not outcome.failure
        assert outcome.counts["deliveries"] > 50
        assert sum(outcome.evaluations.values()) > 2000


def test_the_guide_names_scenarios() -> None:
    assert len(CLEAN) >= 10
    assert set(CLEAN) <= SCENARIOS.keys()
    assert {name for name, *_ in MISTAKES} == {path.name for path in EXAMPLE.glob("*.py")} - {TINY.name}


def test_it_is_the_same_in_each_mode(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = set()
    for mode in cases.MODES:
        monkeypatch.setenv("MODE", mode)
        assert cli.main(["cosim"]) == 0
        lines.add(capsys.readouterr().out.splitlines()[-1])
    (line,) = lines
    assert line.startswith("cosim: tiny_vgic prompt SEED=1: ")


def test_it_runs_on_a_device_of_ones_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DUT", str(ROOT / "examples" / "apb_gic" / "dut.toml"))
    monkeypatch.delenv("MODE")
    assert cli.main(["cosim"]) == 0
    assert "cosim: tiny_vgic prompt SEED=1: " in capsys.readouterr().out


def test_it_has_a_report(tmp_path: Path) -> None:
    assert cli.main(["report"]) == 0
    assert "tiny_vgic, prompt" in (tmp_path / "tiny_vgic-prompt-lr4-1.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("mistake", "scenario", "invariant"), MISTAKES)
def test_each_mistake_is_found_and_shrunk(
    mistake: str,
    scenario: str,
    invariant: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("DIALECT", str(EXAMPLE / mistake))
    monkeypatch.setenv("SCENARIO", scenario)
    monkeypatch.setenv("ENTRIES", "600")
    assert cli.main(["cosim"]) == 1
    output = capsys.readouterr().out
    assert re.search(rf"^\d+ x {invariant} at \d+: ", output, re.MULTILINE)
    assert f"smaller: make shrink DIALECT=examples/tiny_vgic/{mistake} SCENARIO={scenario} " in output

    monkeypatch.setenv("INVARIANT", invariant)
    assert cli.main(["shrink"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    name = mistake.removesuffix(".py")
    records = re.match(rf"shrink: {name} {invariant}: (\d+) records, ", last)
    assert records
    assert int(records[1]) <= 80
    (test,) = (tmp_path / "fail").glob("test_*.py")
    reproduced.fails(test)


GOOD = "from tiny_vgic import *\n"
BAD = {
    "syntax": ("def flush(:\n", "{path}:1: SyntaxError: "),
    "name": ("\nimport sys\nsys.nothing\n", "{path}:3: AttributeError: module 'sys' has no "),
    "module": ("import no_such_module\n", "{path}:1: ModuleNotFoundError: No module named 'no_such_module'"),
    "exit": ("import sys\nsys.exit(0)\n", "{path}:2: SystemExit: 0"),
    "empty": ("", "{path}: it needs HYPERVISOR = Kind(Hypervisor, ...) (docs/your-vgic.md)"),
    "class": (GOOD + "HYPERVISOR = TinyVgic\n", "{path}: it needs HYPERVISOR = Kind("),
    "traits": (GOOD + "TRAITS = {}\n", "{path}: its TRAITS are no Traits(...)"),
    "made": (
        GOOD + "def make(platform, sizes):\n    return 1 // 0\nHYPERVISOR = Kind(Hypervisor, make)\n",
        "{path}:3: ZeroDivisionError: ",
    ),
    "verbs": (
        GOOD + "class V:\n    flush = pending = TinyVgic.flush\n    def sync(self, vcpu): pass\n"
        "HYPERVISOR = Kind(Hypervisor, lambda platform, sizes: V())\n",
        "{path}: its V has no async def inject, mmio_read, mmio_write, load, put, sync",
    ),
}


@pytest.mark.parametrize("command", ["cosim", "shrink", "report"])
@pytest.mark.parametrize("kind", [*BAD, "missing"])
def test_a_bad_file_is_refused_in_a_sentence(
    kind: str,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    path = tmp_path / f"{kind}_{command}.py"
    text, sentence = BAD.get(kind, ("", "{path}: there is no such file"))
    if kind in BAD:
        path.write_text(text)
    monkeypatch.setenv("DIALECT", str(path))
    monkeypatch.setenv("MODE", "live")
    assert cli.main([command]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"error: DIALECT: {sentence.format(path=path)}")
    assert output.err.count("\n") == 1


CRASHES = """\
from tiny_vgic import *
class Crashes(TinyVgic):
    async def flush(self, vcpu):
        assert not self.due(vcpu), "nothing is ever due"
        await super().flush(vcpu)
HYPERVISOR = Kind(Hypervisor, Crashes)
"""


@pytest.mark.parametrize(
    ("access", "sentence"),
    [
        ('read(0, "GICH_NONE")', "there is no register 'GICH_NONE'"),
        ('write(0, "GICH_HCR", "1")', "'1' is no value for GICH_HCR: allowed are 32 bits"),
        ('write(0, "GICH_HCR", 1 << 32)', "4294967296 is no value for GICH_HCR: allowed are 32 bits"),
    ],
)
def test_an_access_that_cannot_be_made_is_told_where_it_stands(
    access: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    path = tmp_path / "errs.py"
    changed = CRASHES.replace(
        'assert not self.due(vcpu), "nothing is ever due"', f"await self.platform.{access}"
    )
    path.write_text(changed)
    monkeypatch.setenv("DIALECT", str(path))
    monkeypatch.setenv("MODE", "model")
    assert cli.main(["cosim"]) == 1
    assert f"{path}:4: ValueError: {sentence}, vCPU " in capsys.readouterr().out


def test_a_vgic_that_raises_says_where_and_is_shrunk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "crashes.py"
    path.write_text(CRASHES)
    monkeypatch.setenv("DIALECT", str(path))
    assert cli.main(["cosim"]) == 1
    output = capsys.readouterr().out
    assert re.search(
        rf"^{path}:4: AssertionError: nothing is ever due, vCPU \d, turn \d+$", output, re.MULTILINE
    )
    assert "Traceback" not in output
    assert cli.main(["shrink"]) == 0
    assert re.search(r"^shrink: crashes AssertionError: \d+ records, ", capsys.readouterr().out, re.MULTILINE)
