# SPDX-License-Identifier: Apache-2.0
"""A bus master that is not ours drives the device."""

import pytest

from tb.model.hardware.parameters import Parameters
from tb.simulator import Build, run


@pytest.mark.parametrize("num_cpu", [2, 8])
def test_the_masters_of_cocotb_bus(num_cpu, seed):
    build = Build("verilator", Parameters(num_cpu=num_cpu))
    result = run(build, "tests.sim.interoperability", seed=seed, name="interoperability")
    assert result.ok, result.failures
