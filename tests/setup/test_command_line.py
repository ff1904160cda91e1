# SPDX-License-Identifier: Apache-2.0
"""Variables, targets, commands, and the end of `make test`."""

import errno
import os
import re
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from tb import cases, cli, settings
from tb.commands import doctor, mutate, regress, shrink
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.model.json_lines import TraceError
from tb.paths import ROOT, shown

HELP = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_help_has_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    targets = {*phony[1].replace("$(COMMANDS)", "").split(), *cli.COMMANDS} - {"run", "setup"}
    assert set(re.findall(r"^  ([a-z-]+) ", HELP, re.MULTILINE)) == targets


def test_help_has_every_variable_with_its_default() -> None:
    default = settings.Settings()
    defaults = {name.upper(): value for name, value in asdict(default.parameters).items()}
    defaults |= {"SIM": default.sim, "SEED": default.seed, "WAVES": int(default.waves)}
    defaults |= {"TEST": default.test, "TRACE": " ".join(default.traces), "PYTHON": "python3"}
    defaults |= {
        "MODE": cases.LIVE,
        "DIALECT": cases.DEFAULT_DIALECT,
        "SCENARIO": cases.DEFAULT_SCENARIO,
        **cases.DEFAULT_SIZES,
    }
    defaults |= {"SEEDS": regress.DEFAULT_SEEDS, "JOBS": "", "PROFILE": "", "DUT": ""}
    defaults |= {"FARM": "", "RESUME": 0, "COVERAGE": 0}
    defaults |= {
        "WINDOW": "",
        "LOG": "",
        "HYPERVISOR": "xen",
        "INVARIANT": "",
        "BUDGET": shrink.DEFAULT_BUDGET,
    }
    defaults |= {"FULL": 0, "UPDATE": 0, "N": mutate.DEFAULT_N, "WHAT": mutate.RTL, "COMPILED": 0, "V": 0}
    listed = dict(re.findall(r"^  ([A-Z_]+)=(\S*) ", HELP, re.MULTILINE))
    assert {name: str(value) for name, value in defaults.items()} == {
        name: str(int(text, 16)) if text.startswith("0x") else text for name, text in listed.items()
    }


def test_variables_reach_the_settings() -> None:
    environment = {
        "SIM": "icarus",
        "NUM_LR": "16",
        "IIDR": "0x43b",
        "SEED": "7",
        "WAVES": "1",
        "TRACE": " a b ",
    }
    assert settings.load(environment) == settings.Settings(
        sim="icarus",
        parameters=Parameters(num_lr=16, iidr=0x43B),
        seed=7,
        waves=True,
        traces=("a", "b"),
    )


def test_a_single_trace_may_have_blanks_in_its_name(tmp_path: Path) -> None:
    trace = tmp_path / "a b.jsonl"
    trace.touch()
    assert settings.load({"TRACE": str(trace)}).traces == (str(trace),)
    assert settings.load({"TRACE": f"{trace} c"}).traces == (f"{tmp_path}/a", "b.jsonl", "c")


def test_paths_are_shown_as_they_are_typed() -> None:
    assert shown(ROOT / "sim_build" / "a.jsonl") == "sim_build/a.jsonl"
    assert shown("/my gic/dut.toml") == "'/my gic/dut.toml'"


def test_empty_variables_have_their_defaults() -> None:
    assert (
        settings.load(dict.fromkeys(("SIM", "NUM_LR", "SEED", "WAVES", "TRACE"), "")) == settings.Settings()
    )


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("SIM", "foo", "verilator or icarus"),
        ("NUM_LR", "65", "allowed is"),
        ("NUM_LR", "0", "allowed is"),
        ("NUM_CPU", "x", "integer"),
        ("IIDR", "0x100000000", "allowed is"),
        ("GRP_FILTER", "2", "allowed is"),
        ("SEED", "-1", "0 or more"),
        ("WAVES", "yes", "0 or 1"),
        ("TEST", "and and", "allowed are parts of names"),
    ],
)
def test_bad_variable_gives_one_sentence_and_status_2(
    variable: str,
    value: str,
    allowed: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, value)
    assert cli.main(["test"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert variable in error.upper()
    assert allowed in error
    assert error.count("\n") == 1


def test_make_passes_a_bad_variable_on() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    command = ["make", "-s", "test", "NUM_LR=65"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert result.returncode != 0
    assert "NUM_LR" in result.stderr.upper()
    assert result.stdout == ""


def test_user_error_is_one_line_without_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(args: object) -> int:
        raise UserError("no.jsonl: there is no such file")

    monkeypatch.setattr(doctor, "main", refuse)
    assert cli.main(["doctor"]) == 2
    assert capsys.readouterr() == ("", "error: no.jsonl: there is no such file\n")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "sim_build/a"), "sim_build/a: Permission denied"),
        (OSError(errno.ENOSPC, "No space left on device"), "a file: No space left on device"),
        (TraceError(Path("a.jsonl"), None, "Permission denied"), "a.jsonl: Permission denied"),
    ],
)
def test_what_the_machine_refuses_is_one_line(
    error: Exception,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(args: object) -> int:
        raise error

    monkeypatch.setattr(doctor, "main", refuse)
    assert cli.main(["doctor"]) == 2
    assert capsys.readouterr() == ("", f"error: {sentence}\n")


def test_an_error_of_ours_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "main", lambda args: Path("nowhere").read_text())
    with pytest.raises(FileNotFoundError):
        cli.main(["doctor"])


def test_a_command_for_our_device_alone_refuses_another(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DUT", "my.toml")
    assert cli.main(["doctor"]) == 2
    assert capsys.readouterr().err == "error: DUT: allowed with make cosim, replay, regress, shrink, waves\n"


def test_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["tset"])
    assert "'tset'" in capsys.readouterr().err


def run_tests(directory: Path, source: str) -> tuple[int, str]:
    """Run a test file as `make test` does; returns exit status and output."""
    stage = directory / "tests" / "stage"
    stage.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "conftest.py", stage.parent)
    shutil.copy(ROOT / "pyproject.toml", directory)
    (stage / "test_it.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "--numprocesses=1"]
    result = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    return result.returncode, result.stdout


def test_end_of_the_tests_is_a_table_and_a_verdict(tmp_path: Path) -> None:
    status, output = run_tests(tmp_path, "def test_a(): pass\ndef test_b(): pass\n")
    assert status == 0
    assert re.search(r"\nstage +tests +seconds\nstage +2 +\d+\.\d\n2 passed in [^\n]*\n$", output)
    assert (tmp_path / "sim_build" / "test.xml").exists()


@pytest.mark.parametrize(
    "source",
    ["def test_a(): assert 0\n", "import pytest\n@pytest.mark.skip\ndef test_a(): pass\n", ""],
    ids=["fails", "is skipped", "is not there"],
)
def test_status_is_not_0_when_the_only_test(source: str, tmp_path: Path) -> None:
    assert run_tests(tmp_path, source)[0] != 0
