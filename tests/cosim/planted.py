# SPDX-License-Identifier: Apache-2.0
"""A co-simulation on the device with each of some planted errors: option `planted`, their numbers in JSON.

Here a test that passes is an error that nobody noticed: tests/cosim/test_live_caught.py reads the outcome.
"""

import json

import cocotb

from tb.uvm import config
from tests.sim.cosim import CosimTest, simulate


@cocotb.test()
@cocotb.parametrize(number=json.loads(config.option("planted", "[0]")))
async def planted(dut, number):
    """Number 0 is the device without an error: it must pass."""
    dut.planted.value = number
    await simulate(CosimTest)
