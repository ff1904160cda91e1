# SPDX-License-Identifier: Apache-2.0
"""cocotb tests that tests/setup/test_simulator.py runs on the toy device."""

import json
import os
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles

RDATA = 64  # its first bit in `sample`


async def run_clock(dut: Any) -> None:
    dut.aresetn.value = 0
    Clock(dut.aclk, 10, unit="ns").start()
    await ClockCycles(dut.aclk, 2)
    dut.aresetn.value = 1
    await ClockCycles(dut.aclk, 10)


@cocotb.test()
async def passes(dut: Any) -> None:
    await run_clock(dut)
    assert dut.s0_axi_rdata.value.to_unsigned() == 9
    assert json.loads(os.environ["VGIC_PARAMETERS"])["num_cpu"] == 1
    assert os.environ["VGIC_OPTION"] == "given"


@cocotb.test()
async def fails(dut: Any) -> None:
    await run_clock(dut)
    raise AssertionError("planted")


@cocotb.test()
async def fails_not(dut: Any) -> None:
    """Its name begins with another's."""
    await run_clock(dut)


@cocotb.test()
async def dies(dut: Any) -> None:
    os.abort()


@cocotb.test()
async def tells_power_up(dut: Any) -> None:
    dut._log.info("power-up value %s", dut.s0_axi_rdata.value)


@cocotb.test()
async def shows_iidr(dut: Any) -> None:
    await run_clock(dut)
    assert dut.s0_axi_rresp.value.to_unsigned() == 0b10  # the toy's sign that it got this IIDR


@cocotb.test()
async def sees_the_wrapper_alone(dut: Any) -> None:
    assert hasattr(dut, "aclk")
    device = getattr(dut, "u_dut", None)
    assert not [name for name in ("edges_q", "elrsr", "aclk") if hasattr(device, name)]
