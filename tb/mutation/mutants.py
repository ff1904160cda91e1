# SPDX-License-Identifier: Apache-2.0
"""Mutants of the whole device, made by Yosys, all in one netlist.

The device is flattened first, so that an error is in one bank, port or list register only.
"""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tb import tools
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.paths import REGISTERS, ROOT, SIM_BUILD
from tb.synthesis import OBSERVATION_PORT, TOP, YOSYS, sources

DIRECTORY: Final = SIM_BUILD / "mutation"
SELECT: Final = "mutant"
SELECT_WIDTH: Final = 16
MOST: Final = (1 << SELECT_WIDTH) - 1
DEVICE: Final = "device.il"  # without mutants
NETLIST: Final = "mutants.v"


@dataclass(frozen=True)
class Mutant:
    """One error.

    number       its value of the select, from 1 on
    kind         Yosys' mode: inv, const0, const1; cnot0 and cnot1 invert where another bit is 0 or 1
    cell         where it is, and its port and bit
    port, bit
    wire         the signal there, with its bit; empty if it has no name
    module       of the RTL
    line         its file and line
    observation  it is in logic that feeds only the observation port
    command      Yosys' words for it
    """

    number: int
    kind: str
    cell: str
    port: str
    bit: int
    wire: str
    module: str
    line: str
    observation: bool
    command: str


def directory(parameters: Parameters, number: int, seed: int) -> Path:
    """Where everything about so many mutants of a device lies; it is made."""
    values = asdict(parameters).items()
    place = DIRECTORY / "-".join(f"{name}{value}" for name, value in values) / f"n{number}-seed{seed}"
    place.mkdir(parents=True, exist_ok=True)
    return place


def make(parameters: Parameters, number: int, seed: int) -> tuple[Path, list[Mutant]]:
    """So many mutants of a device: the netlist with all of them, and the list.

    Raises:
        UserError: the device has not so many.
    """
    place = directory(parameters, number, seed)
    listed, unobserved = place / "mutants.txt", place / "unobserved.txt"
    values = {name.upper(): value for name, value in asdict(parameters).items()}
    run(
        place / "mutants.ys",
        [
            f"read_verilog -I{relative(REGISTERS)} " + " ".join(map(relative, sources())),
            *(f"chparam -set {name} {value} {TOP}" for name, value in values.items()),
            f"hierarchy -check -top {TOP}",
            "proc",
            "flatten",
            "delete t:$scopeinfo",
            "opt -full",
            "wreduce",
            "opt -full",
            "opt_clean",
            f"write_rtlil {relative(place / DEVICE)}",
            f"mutate -list {number} -seed {seed} -ctrl {SELECT} {SELECT_WIDTH} 1 -o {relative(listed)}",
            "design -save device",
            f"delete -output w:{OBSERVATION_PORT}",
            "opt_clean -purge",
            f"tee -q -o {relative(unobserved)} select -list t:*",
            "design -load device",
            f"script {relative(listed)}",
            "opt_clean",
            f"write_verilog -noattr -noparallelcase {relative(place / NETLIST)}",
        ],
    )
    kept = {line.partition("/")[2] for line in unobserved.read_text().splitlines()}
    mutants = [_mutant(line, kept) for line in listed.read_text().splitlines()]
    if len(mutants) < number:
        raise UserError(f"N={number}: the device has {len(mutants)} mutants")
    return place / NETLIST, mutants


def run(script: Path, commands: Iterable[str]) -> None:
    """Have Yosys run commands. Raises UserError with its reason if it cannot."""
    script.write_text("\n".join(commands) + "\n", encoding="utf-8")
    done = subprocess.run(
        [YOSYS, "-q", relative(script)],
        cwd=ROOT,
        env=tools.yosys_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        reasons = [line for line in lines if "ERROR" in line] or lines[-1:]
        raise UserError(f"Yosys cannot run {relative(script)}: {'; '.join(reasons)}")


def relative(path: Path) -> str:
    """As Yosys from PyPI wants it, which sees only what lies below the working directory."""
    return str(path.relative_to(ROOT))


def _mutant(line: str, kept: set[str]) -> Mutant:
    """What a line of Yosys' list says: the words mutate, -ctrl and its three, then names and values."""
    words = line.split()
    pairs = list(zip(words[5::2], words[6::2], strict=True))
    values = dict(pairs)
    wire = f"{values['-wire']}[{values.get('-wirebit', 0)}]" if "-wire" in values else ""
    file, where = _place([value for name, value in pairs if name == "-src"])
    return Mutant(
        int(words[4]),
        values["-mode"],
        values["-cell"],
        values["-port"],
        int(values.get("-portbit", 0)),
        wire,
        Path(file).stem,
        f"{file}:{where}",
        values["-cell"] not in kept,
        line,
    )


def _place(sources: list[str]) -> tuple[str, str]:
    """File and line of a cell: of the places where it and its wire are said to be, the last in one line."""
    if not sources:
        return "-", "0"
    files = [source.partition(":") for source in sources]
    file = files[-1][0]
    lines = [re.findall(r"(\d+)\.\d+", where) for name, _, where in files if name == file]
    begin, end = next((line for line in reversed(lines) if line[0] == line[1]), lines[-1])
    return file, begin if begin == end else f"{begin}-{end}"
