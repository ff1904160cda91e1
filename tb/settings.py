# SPDX-License-Identifier: Apache-2.0
"""What the user sets: the variables of the Makefile, which are environment variables of the same names."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.paths import ROOT

SIMULATORS = ("verilator", "icarus")


@dataclass(frozen=True)
class Settings:
    """One user's wishes, checked.

    sim         SIM, a name of SIMULATORS
    parameters  NUM_LR, NUM_CPU, IIDR, GRP_FILTER, HPPIR_PMR, IRQ_REG: the device's parameters
    seed        SEED, which all randomness derives from; not negative
    waves       WAVES, 1: write an FST file
    test        TEST, a pytest expression that selects tests by name; empty: all
    traces      TRACE, paths separated by blanks
    dut         DUT, the description of a foreign device
    """

    sim: str = "verilator"
    parameters: Parameters = field(default_factory=Parameters)
    seed: int = 1
    waves: bool = False
    test: str = ""
    traces: tuple[str, ...] = ()
    dut: Path | None = None


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in *environment*; a variable that is not set or empty has its default.

    Raises UserError, naming the variable and what is allowed.
    """
    default = Settings()
    sim = environment.get("SIM") or default.sim
    if sim not in SIMULATORS:
        raise UserError(f"SIM={sim}: allowed is {' or '.join(SIMULATORS)}")
    seed = _integer(environment, "SEED", default.seed)
    if seed < 0:
        raise UserError(f"SEED={seed}: allowed is an integer, 0 or more")
    return Settings(
        sim=sim,
        parameters=_parameters(environment, default.parameters),
        seed=seed,
        waves=switch("WAVES", environment),
        test=environment.get("TEST", default.test),
        traces=_paths(environment.get("TRACE", "")),
        dut=Path(environment["DUT"]) if environment.get("DUT") else None,
    )


def names() -> list[str]:
    """All variables, as `make help` lists them."""
    return re.findall(r"^##   ([A-Z_]+)=", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def count(name: str, default: int, environment: Mapping[str, str] = os.environ) -> int:
    """The variable *name* of a command, 1 or more. Raises UserError."""
    text = environment.get(name) or str(default)
    if not text.isdecimal() or int(text) == 0:
        raise UserError(f"{name}={text}: allowed is an integer, 1 or more")
    return int(text)


def _parameters(environment: Mapping[str, str], default: Parameters) -> Parameters:
    values = {
        member.name: _integer(environment, member.name.upper(), getattr(default, member.name))
        for member in fields(Parameters)
    }
    try:
        return Parameters(**values)
    except ValueError as error:
        raise UserError(str(error)) from None


def _paths(text: str) -> tuple[str, ...]:
    """One alone may have blanks in its name."""
    return (text,) if os.path.isfile(text) else tuple(text.split())


def _integer(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name)
    if not text:
        return default
    try:
        return int(text, 0)
    except ValueError:
        raise UserError(f"{name}={text}: allowed is an integer") from None


def switch(name: str, environment: Mapping[str, str] = os.environ) -> bool:
    """The variable *name*, 0 or 1. Raises UserError."""
    text = environment.get(name) or "0"
    if text not in ("0", "1"):
        raise UserError(f"{name}={text}: allowed is 0 or 1")
    return text == "1"
