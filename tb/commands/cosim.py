# SPDX-License-Identifier: Apache-2.0
"""Run a hypervisor's VGIC, with guests and devices, on the reference model of the hardware.

The RTL plays no part in it.
"""

import argparse
import os
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter

from tb import settings
from tb.errors import UserError
from tb.model.cosim import Cosimulation
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import run
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Setup
from tb.model.machine.recorder import Recorder
from tb.model.machine.scenarios import SCENARIOS
from tb.model.trace import Writer
from tb.paths import SIM_BUILD

DEFAULT_DIALECT = "kvm17"
DEFAULT_SCENARIO = "mixed"
DEFAULT_SIZES = {"ENTRIES": 2000, "VCPUS": 3, "PCPUS": 2}
_MOST = {"ENTRIES": 10**9, "VCPUS": 8, "PCPUS": 8}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: DIALECT, SCENARIO, ENTRIES, VCPUS, PCPUS, SEED and NUM_LR come from the environment."""


def main(args: argparse.Namespace) -> int:
    """One run; 0 if it came to rest, something was delivered, and each invariant held.

    Else its accesses are left as a trace.
    """
    wishes = settings.load()
    dialect = _choice("DIALECT", DEFAULT_DIALECT, HYPERVISORS)
    scenario = _choice("SCENARIO", DEFAULT_SCENARIO, SCENARIOS)
    entries, vcpus, pcpus = map(_size, DEFAULT_SIZES)
    parameters = replace(wishes.parameters, num_cpu=pcpus)
    setup = Setup(vcpus, pcpus, parameters.num_lr, wishes.seed, entries)
    started = perf_counter()
    cosim = simulate(dialect, scenario, setup, parameters)
    speed = cosim.tally.entries / (perf_counter() - started)
    print(f"on the reference model alone, without RTL: {speed:.0f} entries/s")
    if cosim.failure:
        path = SIM_BUILD / "fail" / f"cosim-{dialect}-{scenario}-{setup.seed}.jsonl.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        simulate(dialect, scenario, setup, parameters, path)
        print(f"{cosim.failure}\naccesses: {path}")
    print(f"cosim: {dialect} {scenario} SEED={setup.seed}: {cosim.tally}; {cosim.ledger}")
    return 1 if cosim.failure else 0


def simulate(
    dialect: str, scenario: str, setup: Setup, parameters: Parameters, record: Path | None = None
) -> Cosimulation:
    """A run on the reference model, done. Its accesses go to the trace `record`."""
    cosim = Cosimulation(dialect, scenario, setup, ReferenceHardware(parameters))
    with ExitStack() as stack:
        if record:
            writer = stack.enter_context(Writer(record))
            origin = {"dialect": dialect, "scenario": scenario, **asdict(setup)}
            Recorder(cosim.publisher, writer, parameters, **origin)
        run(cosim.run())
    return cosim


def _choice(name: str, default: str, allowed: Iterable[str]) -> str:
    value = os.environ.get(name) or default
    if value not in allowed:
        raise UserError(f"{name}={value}: allowed is {', '.join(allowed)}")
    return value


def _size(name: str) -> int:
    text = os.environ.get(name) or str(DEFAULT_SIZES[name])
    if not text.isdecimal() or not 1 <= int(text) <= _MOST[name]:
        raise UserError(f"{name}={text}: allowed is an integer from 1 to {_MOST[name]}")
    return int(text)
