# SPDX-License-Identifier: Apache-2.0
"""Simulations that the environment ends by itself."""

import cocotb
import pyuvm
from cocotb.types import LogicArray

from tb.uvm.base_test import LockstepTest


@pyuvm.test()
class UnknownInput(LockstepTest):
    """An X on a pin (a simulator with four values)."""

    async def stimulate(self) -> None:
        cocotb.top.s0_axi_araddr.value = LogicArray("X" * 16)
        await self.reset(edges=0, after=3)


@pyuvm.test()
class NoStimulus(LockstepTest):
    """Nothing happens."""

    required = ("read data",)

    async def stimulate(self) -> None:
        pass
