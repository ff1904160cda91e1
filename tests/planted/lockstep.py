# SPDX-License-Identifier: Apache-2.0
"""The random lockstep run, once for each planted error of this build, in one simulation.

Here a test that passes is an error that nobody noticed: tests/planted/test_caught.py reads the outcome.
"""

import cocotb
from pyuvm import uvm_root

from tb import planting
from tb.uvm import config
from tests.sim.random_lockstep import RandomLockstep

NUMBERS = [error.number for error in planting.load() if error.parameters == config.parameters()]


@cocotb.test()
@cocotb.parametrize(number=[0, *NUMBERS])
async def planted(dut, number):
    """Number 0 is the device without an error: it must pass."""
    dut.planted.value = number
    await uvm_root().run_test(RandomLockstep)
