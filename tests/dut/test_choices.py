# SPDX-License-Identifier: Apache-2.0
"""A device that chooses otherwise than the reference: clean under hypervisors if its choice is open."""

import pytest

from tb.cases import Case
from tb.dut import commands
from tb.dut.description import load
from tb.model.machine.machine import Setup
from tb.settings import Settings

SETUP = Setup(vcpus=3, pcpus=1, num_lr=4, seed=1, entries=200)
OTHERWISE = {
    ("tie", "lowest", "mixed"): ("w_priority < best_priority)", "w_priority <= best_priority)"),
    ("eoi_no_match", "counts", "mistakes"): ("eoicount <= eoicount + 5'd1", "eoicount <= eoicount"),
}


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("choice", OTHERWISE, ids=lambda choice: choice[0])
def test_a_device_that_chooses_otherwise(choice, is_open, example, tmp_path):
    key, value, scenario = choice
    source = (example.parent / "apb_gic.v").read_text()
    assert OTHERWISE[choice][0] in source
    (tmp_path / "apb_gic.v").write_text(source.replace(*OTHERWISE[choice]))
    file = tmp_path / "dut.toml"
    file.write_text(f'{example.read_text()}\n[choices]\n{key} = "{"open" if is_open else value}"\n')
    (outcome,) = commands.simulate(load(file), [Case("kvm17", scenario, SETUP)], Settings())
    assert (outcome.failure == "") == is_open, outcome.failure
