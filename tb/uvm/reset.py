# SPDX-License-Identifier: Apache-2.0
"""Agent of aclk and aresetn."""

from typing import Any

from cocotb.clock import Clock
from pyuvm import uvm_agent, uvm_driver, uvm_sequence_item, uvm_sequencer

CLOCK_PERIOD_NS = 10


class ResetItem(uvm_sequence_item):
    """Reset the device for a number of rising edges, from the next one on; done when aresetn is high again."""

    def __init__(self, cycles: int = 2) -> None:
        super().__init__("reset")
        self.cycles = cycles


class ResetDriver(uvm_driver):
    """Runs the clock and drives aresetn (V2-RST-3)."""

    def __init__(self, name: str, parent: Any, dut: Any) -> None:
        super().__init__(name, parent)
        self._dut = dut
        dut.aresetn.value = 1
        dut.aclk.value = 0

    async def run_phase(self) -> None:
        dut = self._dut
        Clock(dut.aclk, CLOCK_PERIOD_NS, unit="ns", impl="gpi").start(start_high=False)
        while True:
            item = await self.seq_item_port.get_next_item()
            dut.aresetn.value = 0
            for _ in range(item.cycles):
                await dut.aclk.rising_edge
            dut.aresetn.value = 1
            self.seq_item_port.item_done()


class ResetAgent(uvm_agent):
    """Sequencer and driver of the clock and the reset."""

    def __init__(self, name: str, parent: Any, dut: Any) -> None:
        super().__init__(name, parent)
        self._dut = dut

    def build_phase(self) -> None:
        super().build_phase()
        self.sequencer = uvm_sequencer("sequencer", self)
        self.driver = ResetDriver("driver", self, self._dut)

    def connect_phase(self) -> None:
        self.driver.seq_item_port.connect(self.sequencer.seq_item_export)
