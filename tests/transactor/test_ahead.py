# SPDX-License-Identifier: Apache-2.0
"""Co-simulations ahead of the device: as live ones, and a wrong device is found and run live."""

import json
import re
from dataclasses import replace
from pathlib import Path

from tb import planting, simulator
from tb.cases import Case
from tb.commands import cosim
from tb.commands.replay import STATES
from tb.model.hardware.parameters import Parameters
from tb.model.machine.machine import Setup
from tb.paths import SIM_BUILD
from tb.simulator import Build
from tb.synthesis import sources
from tests.cosim.test_live_caught import PLANTED

CASES = [
    Case(dialect, scenario, Setup(vcpus=3, pcpus=2, num_lr=4, seed=1, entries=100))
    for dialect, scenario in (("kvm17-fixed", "mixed"), ("xen-fixed", "sgi-storm"), ("classic-fixed", "late"))
]
BUILD = Build("verilator", Parameters())


def test_ahead_ends_as_live() -> None:
    ahead, live = cosim.ahead(CASES, BUILD), cosim.live(CASES, BUILD)
    for one, other in zip(ahead, live, strict=True):
        assert not other.failure
        assert one.counts["accesses"] == other.counts["accesses"] > 1000
        assert one.line == other.line
        assert one.evaluations == other.evaluations


def test_wrong_device_is_run_live(tmp_path: Path) -> None:
    copies = []
    for source in sources():
        text = source.read_text()
        if source.name == "gicv2_status.v":
            text, count = re.subn(r"(misr\[`GICH_MISR_U_LSB\] *=) .*;", r"\1 1'b0;", text)
            assert count == 1
        copies.append(tmp_path / source.name)
        copies[-1].write_text(text)
    build = replace(BUILD, variant="wrong", sources=tuple(copies))
    (outcome,) = cosim.ahead(CASES[:1], build)
    assert "V2-MI-" in outcome.failure
    assert "make replay TRACE=" in outcome.failure


def test_planted_errors_of_the_device_are_caught(seed: int) -> None:
    """Those that the same co-simulation meets live."""
    planted = planting.load()
    files = planting.plant_all(planted, sources(), SIM_BUILD / "planted-transactor", top="transactor_top")
    build = replace(
        BUILD, variant="planted-transactor", sources=files, defines=("PLANTED",), top="transactor_top"
    )
    numbers = [0, *(error.number for error in planted if error.name in PLANTED)]
    options = {"PLANTED": json.dumps(numbers)}
    module = "tests.transactor.planted_ahead"
    result = simulator.run(build, module, seed=seed, name="ahead", options=options, plusargs=[STATES])
    left = (result.directory / cosim.OUTCOMES).read_text().splitlines()
    assert [json.loads(line)["counts"]["mismatches"] > 0 for line in left] == [
        False,
        *(True for _ in PLANTED),
    ]
