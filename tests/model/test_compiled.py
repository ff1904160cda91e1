# SPDX-License-Identifier: Apache-2.0
"""Compiled models do what the sources do: same traces and outcomes, byte for byte, and the same errors."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tb import compiled
from tb.errors import UserError
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.scenarios import SCENARIOS
from tb.paths import ROOT

XEN = ROOT / "tests" / "data" / "traces" / "real" / "xen-4.17-linux-1p1v.jsonl.gz"
COSIMULATIONS = """
import json, sys
from pathlib import Path
import tb.model.hardware.gic, tb.model.ledger, tb.model.world_switch
from tb.cases import Case
from tb.commands.cosim import model
from tb.model.hardware.parameters import Parameters
from tb.model.machine.machine import Setup
from tb.model.replay import replay_on_model
directory, seed, cases, trace = json.loads(sys.argv[1])
modules = tb.model.hardware.gic, tb.model.ledger, tb.model.world_switch
print(*{Path(module.__file__).suffix for module in modules})
for number, (dialect, scenario, num_lr) in enumerate(cases):
    case = Case(dialect, scenario, Setup(vcpus=3, pcpus=2, num_lr=num_lr, seed=seed, entries=100))
    outcome = model(case, Parameters(num_lr=num_lr), Path(directory) / f"{number}.jsonl")
    print(json.dumps({**vars(outcome), "seconds": 0}))
print(replay_on_model([trace], 5000))
"""


def run(compiled: int, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env={**os.environ, "COMPILED": str(compiled)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "tests", ["tests/planted", "tests/museum", "tests/transactor", "tests/cosim/test_live_caught.py"]
)
def test_no_check_is_lost(tests: str, tmp_path: Path, regress: bool) -> None:
    """Compiled models find what is planted, too."""
    if not regress:
        pytest.skip("compiling takes a minute: make regress")
    script = "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
    result = run(1, script, tests, "--numprocesses=0", f"--junitxml={tmp_path / 'junit.xml'}")
    assert result.returncode == 0, result.stdout


def test_compiled_models_are_the_same(tmp_path: Path, seed: int, regress: bool) -> None:
    if not regress:
        pytest.skip("compiling takes a minute: make regress")
    scenarios = sorted(SCENARIOS)
    cases = [
        (dialect, scenarios[number % len(scenarios)], (4, 1, 16, 2)[number % 4])
        for number, dialect in enumerate(dialect for dialect in HYPERVISORS for _ in range(3))
    ]
    altered = tmp_path / "altered.jsonl"
    with gzip.open(XEN, "rt") as lines:
        text = "".join(next(lines) for _ in range(5000))
    altered.write_text(text.replace('"value":"0x000003ff"', '"value":"0x000003fe"', 1))
    outputs = []
    for way in (0, 1):
        directory = tmp_path / str(way)
        directory.mkdir()
        result = run(way, COSIMULATIONS, json.dumps([str(directory), seed, cases, str(altered)]))
        assert result.returncode == 0, result.stderr
        outputs.append(result.stdout.splitlines())
    pure, fast = outputs
    assert (pure[0], fast[0]) == (".py", ".so")
    assert pure[1:] == fast[1:]
    assert "1 mismatches" in fast[-1], "the planted error"
    assert len(pure) == len(cases) + 2
    for number in range(len(cases)):
        traces = [(tmp_path / str(way) / f"{number}.jsonl").read_bytes() for way in (0, 1)]
        assert traces[0] == traces[1]


def test_missing_headers_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compiled, "DIRECTORY", tmp_path)
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    with pytest.raises(UserError, match=r"sudo apt install libpython3\.\d+-dev"):
        compiled.build()


def test_failure_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "Python.h").touch()
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(compiled, "DIRECTORY", tmp_path / "compiled")
    monkeypatch.setattr(compiled, "_SETUP", "raise SystemExit('not today')")
    with pytest.raises(UserError, match="cannot be compiled:\nnot today"):
        compiled.build()
    assert not [path for path in compiled.DIRECTORY.iterdir() if path.suffix != ".lock"]


def test_compiled_is_yes_or_no() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "import tb"],
        env={**os.environ, "COMPILED": "maybe"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr == "error: COMPILED=maybe: allowed is 0 or 1\n"
