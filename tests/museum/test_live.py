# SPDX-License-Identifier: Apache-2.0
"""Bugs of the museum in the RTL: each way to co-simulate finds them, and the ledger does so by itself."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from tb import planting, simulator
from tb.commands.cosim import OUTCOMES
from tb.commands.replay import STATES
from tb.model.cosim import Outcome
from tb.model.defects import FIXED
from tb.model.hardware.parameters import Parameters
from tb.model.machine.machine import Setup
from tb.paths import ROOT, SIM_BUILD
from tb.simulator import Build
from tb.synthesis import sources

ERRORS = {error.name: error for error in planting.load(ROOT / "tests" / "museum" / "errors.toml")}
STICKY, NARROW = "maintenance_line_never_falls", "empty_list_registers_masked_by_32_bits"


def device(num_lr: int, error: str = "") -> Build:
    """With a bug, if one is named."""
    parameters = Parameters(num_lr=num_lr)
    if not error:
        return Build("verilator", parameters)
    directory = SIM_BUILD / "museum" / error
    directory.mkdir(parents=True, exist_ok=True)
    return Build("verilator", parameters, variant="museum", sources=tuple(_plant(error, directory)))


def _plant(error: str, directory: Path) -> list[Path]:
    wrong = ERRORS[error]
    files = []
    for source in sources():
        text = source.read_text()
        if source == ROOT / wrong.file:
            text = planting.plant_one(text, wrong)
        files.append(directory / source.name)
        files[-1].write_text(text)
    return files


def look(build: Build, module: str, seed: int, plusargs: Sequence[str], **options: int) -> Outcome:
    """What a small co-simulation of the mended kvm17 comes to."""
    size = build.parameters
    case = ("kvm17" + FIXED, "mixed", asdict(Setup(3, size.num_cpu, size.num_lr, seed, 100)))
    wishes = {"CASES": json.dumps([case])} | {name.upper(): str(value) for name, value in options.items()}
    result = simulator.run(build, module, seed=seed, name="museum", options=wishes, plusargs=plusargs)
    return Outcome(**json.loads((result.directory / OUTCOMES).read_text()))


def live(build: Build, seed: int, *, lockstep: bool) -> Outcome:
    """Up to the first violation."""
    return look(build, "tests.museum.live", seed, ["+verilator+noassert"], lockstep=int(lockstep))


def ahead(build: Build, seed: int) -> Outcome:
    """The transactor's word, without the live run that would follow."""
    return look(build.with_transactor(), "tb.transactor.cosim", seed, [STATES])


@pytest.mark.parametrize(
    ("error", "num_lr", "invariant", "pin"),
    [(STICKY, 4, "INV-MI-1", "maint_irq"), (NARROW, 33, "INV-LR-3", "ELRSR1")],
)
def test_found(error: str, num_lr: int, invariant: str, pin: str, seed: int, record_property) -> None:
    """By the ledger, in lockstep by the scoreboard, which is sooner, and by the transactor."""
    wrong, right = device(num_lr, error), device(num_lr)
    assert live(wrong, seed, lockstep=False).violations.keys() == {invariant}
    both = live(wrong, seed, lockstep=True)
    assert pin in both.failure
    assert not both.violations
    assert ahead(wrong, seed).counts["mismatches"] > 0
    for outcome in (live(right, seed, lockstep=True), ahead(right, seed)):
        assert outcome.failure == ""
    record_property("museum", {"mutants of the RTL found": 1})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each device takes its time to build."""
    if "size" in metafunc.fixturenames:
        metafunc.parametrize("size", [31, 32, 64] if metafunc.config.getoption("regress") else [33])


def test_narrow_mask_shows_with_more_than_32(size: int, seed: int) -> None:
    outcome = ahead(device(size, NARROW), seed)
    assert bool(outcome.counts["mismatches"]) == (size > 32)
