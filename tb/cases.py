# SPDX-License-Identifier: Apache-2.0
"""Co-simulations: which one the environment names, how it is run again, and how fast some were."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from tb import simulator
from tb.errors import UserError
from tb.model.cosim import Outcome
from tb.model.hardware.parameters import Parameters
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Setup
from tb.model.machine.scenarios import SCENARIOS
from tb.model.subjects import SubjectError, check, is_file, name_of
from tb.paths import shown
from tb.settings import Settings
from tb.simulator import Build

LIVE, AHEAD, MODEL = MODES = ("live", "ahead", "model")
DEFAULT_DIALECT: Final = "kvm17"
DEFAULT_SCENARIO: Final = "mixed"
DEFAULT_SIZES: Final = {"ENTRIES": 2000, "VCPUS": 3, "PCPUS": 2}
MOST: Final = {"ENTRIES": 10**9, "VCPUS": 8, "PCPUS": 8}


class Case(NamedTuple):
    """One co-simulation. `dialect`: a name of HYPERVISORS, or the absolute path of a file."""

    dialect: str
    scenario: str
    setup: Setup

    def __str__(self) -> str:
        return f"{self.name} {self.scenario} SEED={self.setup.seed}"

    @property
    def name(self) -> str:
        """Of its hypervisor."""
        return name_of(self.dialect)

    @property
    def stem(self) -> str:
        """For names of files."""
        return f"{self.name}-{self.scenario}-lr{self.setup.num_lr}-{self.setup.seed}"

    @property
    def choice(self) -> str:
        """What DIALECT says."""
        return shown(self.dialect)

    def command(self, build: Build, mode: str = LIVE, target: str = "cosim") -> str:
        """The make command that runs it again, or does something else with it."""
        sizes = {name: getattr(self.setup, name.lower()) for name in DEFAULT_SIZES}
        variables = {"DIALECT": self.choice, "SCENARIO": self.scenario, "SEED": self.setup.seed, **sizes}
        if mode != LIVE and target == "cosim":
            variables["MODE"] = mode
        parameters = replace(build.parameters, num_cpu=Parameters().num_cpu)  # PCPUS says it
        return simulator.make(target, replace(build, parameters=parameters), **variables)


def wished(wishes: Settings) -> Case:
    """The case that the environment names. UserError where it has a value that is not allowed."""
    dialect = _dialect()
    scenario = choice("SCENARIO", DEFAULT_SCENARIO, SCENARIOS)
    entries, vcpus, pcpus = map(_size, DEFAULT_SIZES)
    if not wishes.dut and (cpus := os.environ.get("NUM_CPU")) and wishes.parameters.num_cpu != pcpus:
        raise UserError(f"NUM_CPU={cpus}: a co-simulation has as many as PCPUS={pcpus} says")
    case = Case(dialect, scenario, Setup(vcpus, pcpus, wishes.parameters.num_lr, wishes.seed, entries))
    if is_file(dialect):
        try:
            check(*case)
        except SubjectError as error:
            raise UserError(f"DIALECT: {error}") from None
    return case


def speed(*outcomes: Outcome) -> str:
    """How fast runs were, on the whole."""
    counts = sum((Counter(outcome.counts) for outcome in outcomes), Counter[str]())
    seconds = sum(outcome.seconds for outcome in outcomes)
    rates = [
        f"{counts[name]} {name}, {counts[name] / seconds:.0f}/s"
        for name in ("entries", "accesses", "cycles")
        if name in counts
    ]
    return "; ".join(rates)


def _dialect() -> str:
    value = os.environ.get("DIALECT") or DEFAULT_DIALECT
    if is_file(value):
        return str(Path(value).resolve())
    if value not in HYPERVISORS:
        allowed = ", ".join(HYPERVISORS)
        raise UserError(f"DIALECT={value}: allowed is {allowed}, or a Python file (docs/your-vgic.md)")
    return value


def choice(name: str, default: str, allowed: Iterable[str]) -> str:
    """The variable *name*, one of those allowed. Raises UserError."""
    value = os.environ.get(name) or default
    if value not in allowed:
        raise UserError(f"{name}={value}: allowed is {', '.join(allowed)}")
    return value


def _size(name: str) -> int:
    text = os.environ.get(name) or str(DEFAULT_SIZES[name])
    if not text.isdecimal() or not 1 <= int(text) <= MOST[name]:
        raise UserError(f"{name}={text}: allowed is an integer from 1 to {MOST[name]}")
    return int(text)
