# SPDX-License-Identifier: Apache-2.0
"""Plays a recording on mutants, one after the other in one simulation."""

import json
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge

from tb.mutation.campaign import RESULTS
from tb.uvm import config


@cocotb.test()
async def play(dut: Any) -> None:
    """Options: `recording`, the file; `mutants`, their numbers. Leaves of each `edges` and `differs`."""
    Path("recording").symlink_to(config.option("recording", ""))
    dut.go.value = 0
    Clock(dut.aclk, 2, "ns", impl="gpi").start()
    results = []
    for mutant in json.loads(config.option("mutants", "[]")):
        dut.mutant.value = mutant
        dut.go.value = 1
        await RisingEdge(dut.done)
        results.append((int(dut.edges.value), int(dut.differs.value)))
        dut.go.value = 0
        await FallingEdge(dut.done)
    Path(RESULTS).write_text(json.dumps(results))
