# SPDX-License-Identifier: Apache-2.0
"""Run a hypervisor's VGIC, with guests and devices, on the reference model of the hardware.

The RTL plays no part in it.
"""

import argparse
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter

from tb import settings
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.lock_order import LockError
from tb.model.hypervisor.platform import HypervisorStopped, run
from tb.model.ledger import TRAITS, Ledger, snapshot_of
from tb.model.machine.events import Publisher
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Machine, Setup
from tb.model.machine.recorder import Recorder
from tb.model.machine.scenarios import SCENARIOS
from tb.model.machine.scheduler import Stuck
from tb.model.machine.tally import Tally
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
    tally, ledger, failure = simulate(dialect, scenario, setup, parameters)
    speed = tally.entries / (perf_counter() - started)
    print(f"on the reference model alone, without RTL: {speed:.0f} entries/s")
    if failure:
        path = SIM_BUILD / "fail" / f"cosim-{dialect}-{scenario}-{setup.seed}.jsonl.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        simulate(dialect, scenario, setup, parameters, path)
        print(f"{failure}\naccesses: {path}")
    print(f"cosim: {dialect} {scenario} SEED={setup.seed}: {tally}; {ledger}")
    return 1 if failure else 0


def simulate(
    dialect: str, scenario: str, setup: Setup, parameters: Parameters, record: Path | None = None
) -> tuple[Tally, Ledger, str]:
    """A run: what happened, what held, what went wrong, in words. Its accesses go to the trace `record`."""
    publisher = Publisher()
    tally = Tally(publisher)
    with ExitStack() as stack:
        if record:
            writer = stack.enter_context(Writer(record))
            origin = {"dialect": dialect, "scenario": scenario, **asdict(setup)}
            Recorder(publisher, writer, parameters, **origin)
        hardware = ReferenceHardware(parameters)
        machine = Machine(HYPERVISORS[dialect], SCENARIOS[scenario], setup, hardware, publisher)
        board = machine.board
        ledger = Ledger(
            publisher,
            TRAITS[dialect],
            setup.vcpus,
            setup.num_lr,
            lambda: board.scheduler.now,
            snapshot_of(board.hypervisor.vgic),
        )
        try:
            run(machine.run())
        except (Stuck, LockError, HypervisorStopped) as error:
            return tally, ledger, " ".join((f"{error}.", *getattr(error, "__notes__", ())))
    return tally, ledger, "\n".join(_failures(tally, ledger))


def _failures(tally: Tally, ledger: Ledger) -> Iterator[str]:
    """What went wrong, in sentences; of each invariant the first violation."""
    if not tally.quiet:
        yield "it did not come to rest: vCPUs went on without anything to do"
    if not tally.deliveries:
        yield "nothing was delivered"
    first = {violation.id: violation for violation in reversed(ledger.violations)}
    for invariant, number in Counter(violation.id for violation in ledger.violations).items():
        yield f"{number} x {first[invariant]}"


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
