# SPDX-License-Identifier: Apache-2.0
"""The monitor: one read of `sample` a clock edge sees all ports and banks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cocotb
from cocotb.utils import get_sim_time
from pyuvm import uvm_analysis_port, uvm_monitor

from tb.errors import UserError
from tb.uvm.sample import CycleSample, Layout, UnknownValueError
from tb.verdict import MOMENT


def note_moment() -> None:
    """In a simulation, leave the time of the first failure, which is now, unless there was one before."""
    if cocotb.is_simulation and not (noted := Path(MOMENT)).exists():
        noted.write_text(str(round(get_sim_time("step"))))


class Monitor(uvm_monitor):
    """Publishes a CycleSample on `ap` at every rising edge, from the first one with aresetn low.

    last  the sample of the last edge

    From the edge after that on, nothing may be X or Z: UnknownValueError names the words that are (V2-RST-1).
    """

    def __init__(self, name: str, parent: Any, dut: Any, layout: Layout) -> None:
        super().__init__(name, parent)
        for signal in ("aclk", "aresetn", "sample"):
            if not hasattr(dut, signal):
                raise UserError(f"{dut._name} lacks the signal {signal}")
        width = 8 * layout.size
        if len(dut.sample) != width:
            raise UserError(
                f"{dut._name}.sample has {len(dut.sample)} bits; {layout.parameters} need {width}"
            )
        self.ap = uvm_analysis_port("ap", self)
        self._dut = dut
        self._layout = layout
        self._takers: list[Callable[[CycleSample], None]] = []
        self.last = layout.sample(0, 0)

    async def run_phase(self) -> None:
        edge = self._dut.aclk.rising_edge
        handle = self._dut.sample
        read = handle._handle.get_signal_val_binstr  # a LogicArray around it would cost as much again
        self._takers = [export.write_fn for export in self.ap.subscribers]
        await edge
        while str(self._dut.aresetn.value) != "0":
            await edge
        cycle = 0
        self.publish(self._layout.sample(cycle, 0))  # the state may still be unknown, the reset pin is not
        while True:
            await edge
            cycle += 1
            try:
                value = int(read(), 2)
            except ValueError:
                note_moment()
                words = self._layout.unknown(str(handle.value))
                raise UnknownValueError(f"unknown value at cycle {cycle}: {words} (V2-RST-1)") from None
            self.publish(self._layout.sample(cycle, value))

    def publish(self, sample: CycleSample) -> None:
        """Hand one cycle to the subscribers of `ap`, without the calls of its write() in between."""
        self.last = sample
        for take in self._takers:
            take(sample)

    def interrupted(self, cpu: int) -> bool:
        """Whether virq or vfiq of a CPU was high at the last edge."""
        lines = self.last.lines(cpu)
        return bool(lines.virq or lines.vfiq)
