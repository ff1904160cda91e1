# SPDX-License-Identifier: Apache-2.0
"""A simulation with unknown values, or without anything to check, fails and says why."""

from tb.model.hardware.parameters import Parameters
from tb.simulator import Build, run
from tests.icarus import needs_icarus


@needs_icarus
def test_an_unknown_value_is_named(seed):
    result = run(
        Build("icarus", Parameters(num_cpu=1)), "tests.uvm.refusals", "UnknownInput", seed=seed, name="x"
    )
    assert not result.ok
    assert "unknown value at cycle" in result.failures
    assert "port 0 addresses=xxxxxxxxxxxxxxxx0000000000000000 (V2-RST-1)" in result.failures.replace("X", "x")


def test_a_simulation_without_stimulus_fails(seed):
    result = run(
        Build("verilator", Parameters()), "tests.uvm.refusals", "NoStimulus", seed=seed, name="nothing"
    )
    assert not result.ok
    assert "nothing was checked: state changes, read data" in result.failures
