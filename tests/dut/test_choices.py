# SPDX-License-Identifier: Apache-2.0
"""A device that chooses otherwise than the reference: clean under hypervisors if its choice is open."""

import pytest

from tb.cases import Case
from tb.dut import commands
from tb.dut.description import load
from tb.model.machine.machine import Setup
from tb.settings import Settings

SETUP = Setup(vcpus=3, pcpus=1, num_lr=4, seed=1, entries=200)


@pytest.mark.parametrize("tie", ["lowest", "open"])
def test_the_last_of_equally_urgent_list_registers_is_taken(tie, example, tmp_path):
    source = (example.parent / "apb_gic.v").read_text()
    assert "w_priority < best_priority)" in source
    changed = source.replace("w_priority < best_priority)", "w_priority <= best_priority)")
    (tmp_path / "apb_gic.v").write_text(changed)
    file = tmp_path / "dut.toml"
    file.write_text(f'{example.read_text()}\n[choices]\ntie = "{tie}"\n')
    (outcome,) = commands.simulate(load(file), [Case("kvm17", "mixed", SETUP)], Settings())
    assert (outcome.failure == "") == (tie == "open"), outcome.failure
