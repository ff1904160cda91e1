# SPDX-License-Identifier: Apache-2.0
"""Agent of aclk and aresetn."""

from typing import Any, Final

from cocotb.clock import Clock
from pyuvm import uvm_agent, uvm_driver, uvm_sequence_item, uvm_sequencer

from tb.errors import UserError

CLOCK_PERIOD_NS: Final = 10
RESET_EDGES: Final = 2


class ResetItem(uvm_sequence_item):
    """Hold aresetn low at a number of rising edges; done, at the last of them, when it is high again.

    edges  rising edges with aresetn low; 0 for none
    after  rising edges to let pass before
    """

    def __init__(self, edges: int = RESET_EDGES, after: int = 0) -> None:
        super().__init__("reset")
        self.edges = edges
        self.after = after


class ResetDriver(uvm_driver):
    """Runs the clock and drives aresetn (V2-RST-3)."""

    def __init__(self, name: str, parent: Any, dut: Any) -> None:
        super().__init__(name, parent)
        for signal in ("aclk", "aresetn"):
            if not hasattr(dut, signal):
                raise UserError(f"{dut._name} lacks the signal {signal}")
        self._dut = dut
        dut.aresetn.value = 1
        dut.aclk.value = 0

    async def run_phase(self) -> None:
        dut = self._dut
        edge = dut.aclk.rising_edge
        Clock(dut.aclk, CLOCK_PERIOD_NS, unit="ns", impl="gpi").start(start_high=False)
        while True:
            item = await self.seq_item_port.get_next_item()
            for _ in range(item.after):
                await edge
            if item.edges:
                dut.aresetn.value = 0
                for _ in range(item.edges):
                    await edge
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
