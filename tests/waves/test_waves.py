# SPDX-License-Identifier: Apache-2.0
"""Waves: each signal of the save file is in the file of waves, and a failure is at its marker."""

import re
import subprocess
from pathlib import Path

import pytest

from tb import cli, planting, simulator, waves
from tb.commands import waves as command
from tb.model.hardware.parameters import Parameters
from tb.paths import REGISTERS, ROOT, SIM_BUILD
from tb.runners import WAVES_FILE
from tb.simulator import Build, RunResult
from tb.synthesis import sources
from tb.uvm.reset import CLOCK_PERIOD_NS
from tests.fst import needs_fst
from tests.icarus import needs_icarus
from tests.waves import fst

TRACE = ROOT / "tests" / "data" / "traces" / "qemu" / "basic-1.jsonl.gz"


def run(name: str, sim: str = "verilator") -> RunResult:
    """Random traffic on a device with a planted error, with waves."""
    planted = {error.name: error.number for error in planting.load()}
    files = planting.plant_all(planting.load(), sources(), SIM_BUILD / "planted")
    build = Build(sim, Parameters(), waves=True, variant="planted", sources=files, defines=("PLANTED",))
    test = f"planted/number={planted[name]}"
    return simulator.run(build, "tests.planted.lockstep", test, seed=1, name="waves")


def shown(save: Path) -> list[str]:
    """Names of signals in a save file."""
    return re.findall(r"^(?:\+\{[^}]*\} )?(tb_top\.\S+)$", save.read_text(), re.MULTILINE)


def marked(save: Path) -> tuple[int, int]:
    """The marker, and the time where the window begins."""
    text = save.read_text()
    marker = re.search(r"^\*\S+ (-?\d+)", text, re.MULTILINE)
    start = re.search(r"^\[timestart\] (\d+)", text, re.MULTILINE)
    assert marker
    assert start
    return int(marker[1]), int(start[1])


@pytest.mark.parametrize(
    "sim", [pytest.param("verilator", marks=needs_fst), pytest.param("icarus", marks=needs_icarus)]
)
def test_waves_open_at_the_cycle_of_the_first_difference(
    sim: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run("completion_drops_every_priority", sim)
    file, save = result.directory / WAVES_FILE, result.directory / "waves.gtkw"
    assert f"waves: gtkwave {file.relative_to(ROOT)} {save.relative_to(ROOT)}\n" in capsys.readouterr().out
    names = shown(save)
    assert len(names) == 190
    assert not set(names) - fst.signals(file)
    assert save.read_text().count("LR3 VirtualID") == 2

    cycle = re.search(r"at cycle (\d+) ", result.failures)
    assert cycle
    marker, start = marked(save)
    half = CLOCK_PERIOD_NS * 1000 // 2
    assert marker == half + int(cycle[1]) * CLOCK_PERIOD_NS * 1000
    assert start == max(0, marker - 220_000)
    first, last = fst.times(file)
    assert first == 0
    assert last > marker + 400_000


@needs_fst
def test_an_assertion_is_marked() -> None:
    result = run("nested_acknowledge_sets_the_least_urgent_level")
    stopped = re.search(r"\[(\d+)\] %Error: ", result.failures)
    assert stopped
    marker, _ = marked(result.directory / "waves.gtkw")
    assert 0 <= int(stopped[1]) - marker <= 10_000


@pytest.mark.parametrize("parameters", [Parameters(), Parameters(num_lr=1, num_cpu=1), Parameters(num_lr=64)])
def test_groups_are_closed_in_order(parameters: Parameters) -> None:
    stack: list[str] = []
    for flags, name in re.findall(r"^@(\w+)\n-(.*)$", waves.save_file(parameters, None), re.MULTILINE):
        if int(flags, 16) & 0x800000:
            stack.append(name)
        else:
            assert stack.pop() == name
    assert not stack


@needs_fst
def test_without_failure_there_is_no_marker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "WAVES", tmp_path)
    monkeypatch.setenv("TRACE", str(TRACE))
    assert cli.main(["waves"]) == 0
    assert ", 0 mismatches" in capsys.readouterr().out
    assert marked(tmp_path / "basic-1.gtkw") == (-1, 0)
    assert not set(shown(tmp_path / "basic-1.gtkw")) - fst.signals(tmp_path / "basic-1.fst")


@needs_icarus
def test_the_view_decodes_the_observation_port(tmp_path: Path) -> None:
    program = tmp_path / "view"
    files = [ROOT / "tests" / "waves" / "view.v", ROOT / "tb" / "gicv2_view.v"]
    subprocess.run(["iverilog", "-g2005", f"-I{REGISTERS}", "-o", program, *files], check=True)
    told = subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()
    assert told == [
        "-",
        "GICH_HCR W",
        "GICH_LR1 W",
        "GICH_LR63 R",
        "GICH_LR12 R",
        "GICV_IAR R",
        "GICV_DIR W",
        "GICV ? W",
        "HCR a8000005 EN 1 UIE 0 LRENPIE 1 EOICount 21",
        "pending 34 20 36 1 0",
        "pending+active 1019 0 1",
    ]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"TRACE": "no.jsonl"}, "no.jsonl: "),
        ({"TRACE": "a.jsonl b.jsonl"}, "TRACE: make waves takes one trace"),
        ({"TEST": "replay"}, "TEST=replay: allowed is one of acknowledge, "),
        ({"TEST": "nothing"}, "TEST=nothing: allowed is one of acknowledge, "),
        ({"DUT": "dut.toml"}, "make waves shows the blocks of our device"),
        ({"SCENARIO": "storm"}, "SCENARIO=storm: allowed is "),
    ],
)
def test_bad_input_is_refused_in_a_sentence(
    variables: dict[str, str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["waves"]) == 2
    assert capsys.readouterr().err.startswith(f"error: {sentence}")
