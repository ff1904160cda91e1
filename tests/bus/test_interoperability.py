# SPDX-License-Identifier: Apache-2.0
"""A bus master that is not ours drives the device."""

import pytest

from tb.model.hardware.parameters import Parameters
from tb.simulator import Build, run
from tests.icarus import needs_icarus


@pytest.mark.parametrize(
    ("sim", "num_cpu"), [("verilator", 2), ("verilator", 8), pytest.param("icarus", 2, marks=needs_icarus)]
)
def test_the_masters_of_cocotb_bus(sim, num_cpu, seed):
    build = Build(sim, Parameters(num_cpu=num_cpu))
    result = run(build, "tests.sim.interoperability", seed=seed, name="interoperability")
    assert result.ok, result.failures
