# SPDX-License-Identifier: Apache-2.0
"""Co-simulations ahead of the device: as live ones, and a wrong device is found and run live."""

import re
from dataclasses import replace
from pathlib import Path

from tb.commands import cosim
from tb.commands.cosim import Case
from tb.model.hardware.parameters import Parameters
from tb.model.machine.machine import Setup
from tb.simulator import Build
from tb.synthesis import sources

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
