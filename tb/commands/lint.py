# SPDX-License-Identifier: Apache-2.0
"""Check all Verilog with Verilator and Icarus, and all Python with ruff and mypy."""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tb import tools
from tb.model.hardware.parameters import Parameters
from tb.paths import REGISTERS, ROOT, RTL
from tb.runners import TOPS, WAVES_MACRO

PARAMETER_SETS = (
    Parameters(),
    Parameters(num_lr=1, num_cpu=1),
    Parameters(num_lr=33, grp_filter=0, hppir_pmr=1),
    Parameters(num_lr=64, num_cpu=1, irq_reg=1),
    Parameters(num_cpu=8),
)


@dataclass(frozen=True)
class Check:
    """A command that says nothing on stderr and exits with status 0 if all is well."""

    name: str
    command: Sequence[str | Path]

    def complaints(self) -> str:
        """What the command has to say; empty if all is well."""
        result = subprocess.run(self.command, cwd=ROOT, capture_output=True, text=True)
        if result.returncode == 0 and not result.stderr:
            return ""
        return (result.stdout + result.stderr).strip() or f"exit status {result.returncode}"


def verilator(top: str, files: Iterable[Path | str], parameters: Parameters, *more: str) -> Check:
    """Every warning that Verilator has, with more options if any; files *.v hold to Verilog-2005."""
    settings = [f"-G{name}={value}" for name, value in _values(parameters)]
    options = ["--lint-only", "-Wall", "+1364-2005ext+v", f"-I{REGISTERS}", "--top-module", top, *more]
    return Check(_name("verilator", top, parameters), [tools.verilator(), *options, *settings, *files])


def icarus(top: str, files: Iterable[Path | str], parameters: Parameters, language: str = "2005") -> Check:
    """Every warning that Icarus has."""
    settings = [f"-P{top}.{name}={value}" for name, value in _values(parameters)]
    options = ["-Wall", f"-g{language}", "-tnull", f"-I{REGISTERS}", "-s", top]
    return Check(_name("icarus", top, parameters), [tools.iverilog(), *options, *settings, *files])


def checks() -> Iterator[Check]:
    """All there are on this machine: Icarus's where it is installed."""
    device = sorted(RTL.rglob("*.v"))
    bench = [*device, *TOPS["tb_top"]]
    for parameters in PARAMETER_SETS:
        yield verilator("gicv2_vif_top", device, parameters)
    yield verilator("tb_top", [*bench, f"+define+{WAVES_MACRO}"], Parameters())
    transactor = ROOT / "tb" / "transactor" / "transactor_top.sv"
    yield verilator("transactor_top", [*device, transactor], Parameters(), "--timing")
    mutation = ROOT / "tb" / "mutation" / "mutation_top.sv"
    yield verilator("mutation_top", [*device, mutation], Parameters(), "-DWITHOUT_MUTANTS")
    if shutil.which("iverilog"):
        for parameters in PARAMETER_SETS:
            yield icarus("gicv2_vif_top", device, parameters)
        yield icarus("tb_top", [*bench, f"-D{WAVES_MACRO}"], Parameters(), "2012")
    yield Check("ruff check", [sys.executable, "-m", "ruff", "check", "--quiet"])
    yield Check("ruff format", [sys.executable, "-m", "ruff", "format", "--check", "--quiet"])
    yield Check("mypy", [sys.executable, "-m", "mypy", "--no-error-summary"])


def _values(parameters: Parameters) -> Iterator[tuple[str, int]]:
    return ((name.upper(), value) for name, value in asdict(parameters).items())


def _name(tool: str, top: str, parameters: Parameters) -> str:
    defaults = set(_values(Parameters()))
    changed = [f"{name}={value}" for name, value in _values(parameters) if (name, value) not in defaults]
    return " ".join([tool, top, *changed])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(args: argparse.Namespace) -> int:
    """Run all checks; 1 if one complains."""
    number = failed = 0
    for check in checks():
        complaints = check.complaints()
        print(f"{'FAILED' if complaints else 'ok':8} {check.name}")
        if complaints:
            print(complaints)
        number += 1
        failed += bool(complaints)
    if not shutil.which("iverilog"):
        print("without  Icarus: sudo apt install iverilog")
    print(f"lint: {number} checks, {failed} failed")
    return int(failed > 0)
