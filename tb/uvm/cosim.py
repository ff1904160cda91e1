# SPDX-License-Identifier: Apache-2.0
"""The machine of a co-simulation on the device: its accesses go over the bus, what it sees are the pins."""

from collections.abc import Sequence
from typing import Any, Final

import cocotb
from cocotb.triggers import Event
from pyuvm import uvm_sequence, uvm_sequencer, uvm_subscriber

from tb.model.cosim import Cosimulation
from tb.model.hardware.address_map import address
from tb.model.hardware.virtual_interface import Lines
from tb.model.machine.hardware import Access, Answer, Hardware
from tb.uvm import axi_lite
from tb.uvm.sample import DEACT, DEACT_ID_MASK, PINS, PORT_WORDS, RDATA, CycleSample, Layout, flag
from tb.uvm.sequences import KeepPort

_READ: Final = flag("rvalid") | flag("rready")
_WRITTEN: Final = flag("bvalid") | flag("bready")
_DEACTIVATION: Final = flag("deact_valid") | flag("deact_ready")


class Effects(uvm_subscriber):
    """Subscribes to the samples: what the pins show of one access at a time.

    last         the sample of the last edge
    value        what a read was answered; 0 of a write
    deactivated  the physical INTID that left the bank's deactivation port since the access began, or None
    """

    def __init__(self, name: str, parent: Any, layout: Layout) -> None:
        super().__init__(name, parent)
        self.last: CycleSample = layout.sample(0, 0)
        self.value = 0
        self.deactivated: int | None = None
        self._layout = layout
        self._lag = layout.parameters.irq_reg  # edges by which the lines follow the response (V2-CYC-1)
        self._start = 0  # of the port's words
        self._response = 0  # pins that are high at the edge that ends the access; 0: there is none
        self._due: int | None = None  # the edge at which all is out
        self._out = Event()

    def begin(self, cpu: int, write: bool) -> None:
        """An access on this CPU's port is about to be issued."""
        self.value = 0
        self.deactivated = None
        self._start = PORT_WORDS * cpu
        self._response = _WRITTEN if write else _READ
        self._due = None
        self._out.clear()

    async def out(self) -> None:
        """Wait until the access is answered, and the lines are what it has made of them."""
        await self._out.wait()

    def lines(self, cpu: int) -> Lines:
        """The interrupt outputs of a CPU."""
        return self.last.lines(cpu)

    def words(self, cpu: int) -> tuple[int, ...]:
        """The registers of a bank, as its observation port has them."""
        return self._layout.observation(self.last.raw, cpu)[1:]

    def write(self, sample: CycleSample) -> None:
        self.last = sample
        if not self._response:
            return
        words, start = sample.ports, self._start
        pins = words[start + PINS]
        if pins & _DEACTIVATION == _DEACTIVATION:
            self.deactivated = words[start + DEACT] & DEACT_ID_MASK
        if pins & self._response == self._response:
            self._due = sample.cycle + self._lag
            if self._response == _READ:
                self.value = words[start + RDATA]
        if self._due == sample.cycle:
            self._response = 0
            self._out.set()


class RtlHardware(Hardware):
    """The device behind its bus.

    ports  a sequence for each CPU, which must have been opened by its port
    """

    def __init__(self, effects: Effects, num_cpu: int) -> None:
        self.ports: Final = [KeepPort() for _ in range(num_cpu)]
        self._effects: Final = effects

    async def access(self, access: Access) -> Answer:
        """Over when it is answered and its effects are on the pins."""
        cpu, register, write, value = access
        effects = self._effects
        effects.begin(cpu, write)
        self.ports[cpu].item.issue(axi_lite.Access(write, address(register), value))
        await effects.out()
        return Answer(effects.value, effects.deactivated)

    def lines(self, cpu: int) -> Lines:
        return self._effects.lines(cpu)

    def words(self, cpu: int) -> tuple[int, ...]:
        return self._effects.words(cpu)


class Cosimulate(uvm_sequence):
    """A virtual sequence: runs a co-simulation, whose actors make the accesses on all ports."""

    def __init__(
        self, cosim: Cosimulation, hardware: RtlHardware, sequencers: Sequence[uvm_sequencer]
    ) -> None:
        super().__init__("cosimulate")
        self._cosim = cosim
        self._hardware = hardware
        self._sequencers = sequencers

    async def body(self) -> None:
        ports = self._hardware.ports
        kept = [
            cocotb.start_soon(port.start(sequencer))
            for port, sequencer in zip(ports, self._sequencers, strict=True)
        ]
        for port in ports:
            await port.item.opened.wait()
        await self._cosim.run()
        for port, end in zip(ports, kept, strict=True):
            port.item.closed.set()
            await end
