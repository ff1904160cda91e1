# SPDX-License-Identifier: Apache-2.0
"""Bugs of the museum in the RTL: the ledger finds them live, even where nothing else checks the device."""

import json
from dataclasses import asdict

import pytest

from tb import planting, simulator
from tb.commands.cosim import OUTCOMES
from tb.model.cosim import Outcome
from tb.model.defects import FIXED
from tb.model.hardware.parameters import Parameters
from tb.model.machine.machine import Setup
from tb.paths import ROOT, SIM_BUILD
from tb.synthesis import sources

ERRORS = planting.load(ROOT / "tests" / "museum" / "errors.toml")
NUMBERS = {error.name: error.number for error in ERRORS}
STICKY, NARROW = "maintenance_line_never_falls", "empty_list_registers_masked_by_32_bits"


def look(num_lr: int, planted: int, seed: int, *, lockstep: bool) -> Outcome:
    """What a co-simulation of the mended kvm17 comes to, up to its first violation."""
    files = planting.plant_all(ERRORS, sources(), SIM_BUILD / "museum")
    device = Parameters(num_lr=num_lr)
    build = simulator.Build("verilator", device, variant="museum", sources=files, defines=("PLANTED",))
    case = ("kvm17" + FIXED, "mixed", asdict(Setup(3, device.num_cpu, num_lr, seed, 100)))
    options = {"PLANTED": str(planted), "LOCKSTEP": str(int(lockstep)), "CASES": json.dumps([case])}
    result = simulator.run(
        build,
        "tests.museum.live",
        seed=seed,
        name="museum",
        options=options,
        plusargs=["+verilator+noassert"],
    )
    return Outcome(**json.loads((result.directory / OUTCOMES).read_text()))


@pytest.mark.parametrize(
    ("error", "num_lr", "invariant", "pin"),
    [(STICKY, 4, "INV-MI-1", "maint_irq"), (NARROW, 33, "INV-LR-3", "ELRSR1")],
)
def test_found(error: str, num_lr: int, invariant: str, pin: str, seed: int, record_property) -> None:
    """By the ledger, and in lockstep by the scoreboard, which is sooner."""
    alone = look(num_lr, NUMBERS[error], seed, lockstep=False)
    assert alone.violations.keys() == {invariant}
    both = look(num_lr, NUMBERS[error], seed, lockstep=True)
    assert pin in both.failure
    assert not both.violations
    right = look(num_lr, 0, seed, lockstep=True)
    assert right.failure == ""
    record_property("museum", {"mutants of the RTL found": 1})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each device takes its time to build."""
    if "size" in metafunc.fixturenames:
        metafunc.parametrize("size", [31, 32, 64] if metafunc.config.getoption("regress") else [33])


def test_narrow_mask_shows_with_more_than_32(size: int, seed: int) -> None:
    found = look(size, NUMBERS[NARROW], seed, lockstep=False)
    assert found.violations.keys() == ({"INV-LR-3"} if size > 32 else set())
