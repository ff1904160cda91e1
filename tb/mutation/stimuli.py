# SPDX-License-Identifier: Apache-2.0
"""The share of the regression that each mutant meets, recorded. Nothing here is written for mutants."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from tb import simulator
from tb.errors import UserError
from tb.model import trace
from tb.model.hardware.parameters import Parameters
from tb.model.machine.machine import Setup
from tb.paths import ROOT
from tb.simulator import Build
from tb.uvm.sample import PINS, PORT_WORDS, Layout, flag

MODULE: Final = "tests.mutation.record"
RECORDING: Final = "recording"  # what the tests of MODULE leave in the directory of their run
TRACES: Final = ROOT / "tests" / "data" / "traces"


@dataclass(frozen=True)
class Volume:
    """How much of it: random accesses, records of each trace, co-simulations and the entries of each.

    directed: whether the directed tests belong to it
    """

    accesses: int
    records: int
    cases: Sequence[tuple[str, str]]
    entries: int
    directed: bool = True


WHOLE: Final = Volume(
    accesses=100_000,
    records=5_000,
    cases=(
        ("kvm17", "mixed"),
        ("kvm19", "nesting"),
        ("xen", "split"),
        ("classic", "sgi-storm"),
        ("xen", "groups"),
        ("kvm17", "mapped"),
    ),
    entries=100,
)


@dataclass(frozen=True)
class Stimulus:
    """A part of the recording. accesses: how many were answered before each of its clock edges."""

    name: str
    accesses: npt.NDArray[np.int64]


def record(parameters: Parameters, seed: int, path: Path, volume: Volume = WHOLE) -> list[Stimulus]:
    """Run tests in lockstep with the reference and write what they saw to a file, one part after the other.

    Raises:
        UserError: one fails.
    """
    traces = [str(file) for file in sorted(TRACES.glob("*/*")) if trace.device(file) == parameters]
    setup = asdict(Setup(3, parameters.num_cpu, parameters.num_lr, seed, volume.entries))
    cases = [(dialect, scenario, setup) for dialect, scenario in volume.cases]
    runs: dict[str, tuple[str, dict[str, str]]] = {
        "random traffic": ("random", {"ACCESSES": str(volume.accesses)}),
        "traces": ("traces", {"TRACES": json.dumps(traces), "RECORDS": str(volume.records)}),
        "co-simulations": ("machine", {"CASES": json.dumps(cases)}),
        "directed tests": ("directed", {}),
    }
    if not traces:
        del runs["traces"]
    if not volume.directed:
        del runs["directed tests"]
    path.parent.mkdir(parents=True, exist_ok=True)
    stimuli = []
    with path.open("wb") as whole:
        for name, (test, options) in runs.items():
            run = simulator.run(
                Build("verilator", parameters), MODULE, test, seed=seed, name="record", options=options
            )
            if not run.ok:
                raise UserError(f"{name}: the device as it is fails: {run.failures}")
            part = run.directory / RECORDING
            stimuli.append(Stimulus(name, _accesses(part, parameters)))
            with part.open("rb") as file:
                shutil.copyfileobj(file, whole)
            part.unlink()
    return stimuli


def _accesses(file: Path, parameters: Parameters) -> npt.NDArray[np.int64]:
    samples = np.memmap(file, ">u4", "r").reshape(-1, Layout(parameters).size // 4)[:, ::-1]
    pins = np.array(samples[:, PINS : PORT_WORDS * parameters.num_cpu : PORT_WORDS], np.uint32)
    both = [flag("bvalid") | flag("bready"), flag("rvalid") | flag("rready")]
    return np.cumsum(sum((pins & mask == mask).sum(axis=1) for mask in both))
