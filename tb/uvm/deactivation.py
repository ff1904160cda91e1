# SPDX-License-Identifier: Apache-2.0
"""Agent of the deactivation ports: the physical distributor's READY (V2-CYC-7)."""

from collections.abc import Iterator
from itertools import repeat
from typing import Any

from pyuvm import uvm_agent, uvm_driver, uvm_sequence_item, uvm_sequencer, uvm_subscriber

from tb.uvm.sample import PINS, PORT_WORDS, CycleSample, flag

ALWAYS = repeat(0)
NEVER = repeat(1 << 62)
_VALID = flag("deact_valid")


class DeactivationItem(uvm_sequence_item):
    """How one bank's requests are taken from now on.

    holds  for each request in turn, the cycles deact_ready stays low after deact_valid has shown it
    """

    def __init__(self, bank: int, holds: Iterator[int]) -> None:
        super().__init__("deactivation")
        self.bank = bank
        self.holds = holds


class DeactivationDriver(uvm_driver):
    """Drives deact_ready of all banks; does nothing while every bank takes its requests at once.

    sample_export  takes the monitor's sample of each edge
    """

    def __init__(self, name: str, parent: Any, dut: Any, num_cpu: int) -> None:
        super().__init__(name, parent)
        self.sample_export = uvm_subscriber.uvm_AnalysisImp("sample_export", self, self._step)
        self._dut = dut
        self._holds: list[Iterator[int]] = [ALWAYS] * num_cpu
        self._wait = [0] * num_cpu
        self._ready = (1 << num_cpu) - 1
        self._is_eager = True
        dut.deact_ready.value = self._ready

    async def run_phase(self) -> None:
        while True:
            item = await self.seq_item_port.get_next_item()
            self._holds[item.bank] = item.holds
            self._next(item.bank)
            self._dut.deact_ready.value = self._ready
            self._is_eager = all(holds is ALWAYS for holds in self._holds)
            self.seq_item_port.item_done()

    def _step(self, sample: CycleSample) -> None:
        if self._is_eager:
            return
        before = self._ready
        for bank in range(len(self._holds)):
            if sample.ports[PORT_WORDS * bank + PINS] & _VALID:
                if self._ready >> bank & 1:
                    self._next(bank)
                else:
                    self._wait[bank] -= 1
                    if self._wait[bank] == 0:
                        self._ready |= 1 << bank
        if self._ready != before:
            self._dut.deact_ready.value = self._ready

    def _next(self, bank: int) -> None:
        self._wait[bank] = next(self._holds[bank], 0)
        if self._wait[bank]:
            self._ready &= ~(1 << bank)
        else:
            self._ready |= 1 << bank


class DeactivationAgent(uvm_agent):
    """Sequencer and driver of all deactivation ports."""

    def __init__(self, name: str, parent: Any, dut: Any, num_cpu: int) -> None:
        super().__init__(name, parent)
        self._dut = dut
        self._num_cpu = num_cpu

    def build_phase(self) -> None:
        super().build_phase()
        self.sequencer = uvm_sequencer("sequencer", self)
        self.driver = DeactivationDriver("driver", self, self._dut, self._num_cpu)

    def connect_phase(self) -> None:
        self.driver.seq_item_port.connect(self.sequencer.seq_item_export)
