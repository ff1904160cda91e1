# SPDX-License-Identifier: Apache-2.0
"""Failures of planted errors, and replays of the traces that they leave, on the device with the same error.

Option `failures`, in JSON: number of the error -> the trace to replay; empty to run the random lockstep.
"""

import json
import os

import cocotb
from pyuvm import uvm_root

from tb.uvm import config
from tests.sim.random_lockstep import RandomLockstep
from tests.sim.replay import Replay

FAILURES = json.loads(config.option("failures", "{}"))


@cocotb.test()
@cocotb.parametrize(number=[int(number) for number in FAILURES])
async def failure(dut, number):
    trace = FAILURES[str(number)]
    dut.planted.value = number
    os.environ["VGIC_TRACES"] = json.dumps([trace])
    await uvm_root().run_test(Replay if trace else RandomLockstep)
