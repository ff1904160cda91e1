# SPDX-License-Identifier: Apache-2.0
"""tests/sim/shrink.py on the device with a planted error: option `planted`, its number."""

import cocotb

from tb.uvm import config
from tests.sim.shrink import MOST, play


@cocotb.test()
@cocotb.parametrize(number=range(MOST))
async def candidate(dut, number):
    dut.planted.value = int(config.option("planted", "0"))
    await play()
