# SPDX-License-Identifier: Apache-2.0
"""Each always-on property of tb/gicv2_properties.sv fires on a planted error that breaks it."""

import re

import pytest

from tb import planting, simulator
from tb.commands.run import properties
from tb.model.hardware.parameters import Parameters
from tb.paths import ROOT, SIM_BUILD
from tb.synthesis import sources

BROKEN_BY = {
    "V2-MI-4": "owed_eoi_counts_as_empty",
    "V2-LR-1": "missing_list_registers_owe_an_eoi",
    "V2-SIG-2": "both_lines_rise",
    "V2-IAR-1": "nested_acknowledge_sets_the_least_urgent_level",
    "V2-BPR-1": "binary_point_has_no_minimum",
    "V2-LR-3": "acknowledge_clears_the_eoi_bit",
    "V2-CYC-13": "interrupt_acknowledges_itself",
}


def run(number, seed):
    files = planting.plant_all(planting.load(), sources(), SIM_BUILD / "planted")
    build = simulator.Build("verilator", Parameters(), variant="planted", sources=files, defines=("PLANTED",))
    return simulator.run(
        build, "tests.planted.lockstep", f"planted/number={number}", seed=seed, name="property"
    )


def test_every_property_is_broken_by_one():
    asserted = re.findall(r'\$error\("(V2-[A-Z]+-\d+):', (ROOT / "tb" / "gicv2_properties.sv").read_text())
    assert sorted(asserted) == sorted(BROKEN_BY)


def test_every_property_has_something_to_check(seed):
    result = run(0, seed)
    assert result.ok, result.failures
    held = properties(result.log)
    assert held.keys() == BROKEN_BY.keys()
    assert all(held.values()), held


@pytest.mark.parametrize("rule", BROKEN_BY)
def test_property_fires(rule, seed):
    (number,) = (error.number for error in planting.load() if error.name == BROKEN_BY[rule])
    result = run(number, seed)
    assert not result.ok
    assert re.search(rf"Error.*{rule}: bank \d", result.log.read_text())
