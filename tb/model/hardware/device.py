# SPDX-License-Identifier: Apache-2.0
"""The device cycle by cycle: a Gic behind AXI4-Lite ports, as §8 of the specification defines it."""

from collections import deque
from collections.abc import Sequence
from copy import deepcopy
from typing import Final, NamedTuple

from tb.model.hardware.address_map import decode
from tb.model.hardware.gic import Gic
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import Lines

QUEUE_DEPTH: Final = 4  # V2-CYC-8
OKAY: Final = 0
SLVERR: Final = 2
_COMPLETIONS: Final = frozenset({"GICV_EOIR", "GICV_AEOIR", "GICV_DIR"})


class PortInputs(NamedTuple):
    """The input pins of one CPU's port as a rising edge samples them."""

    awvalid: int = 0
    awaddr: int = 0
    wvalid: int = 0
    wdata: int = 0
    wstrb: int = 0
    bready: int = 0
    arvalid: int = 0
    araddr: int = 0
    rready: int = 0
    deact_ready: int = 0


class PortOutputs(NamedTuple):
    """The output pins of one CPU's port between two rising edges.

    A payload (bresp; rdata and rresp; deact_id and deact_cpu) has a meaning only while its VALID is 1: it is
    held until the handshake, and 0 here otherwise.
    """

    awready: int
    wready: int
    bvalid: int
    bresp: int
    arready: int
    rvalid: int
    rdata: int
    rresp: int
    virq: int
    vfiq: int
    maint_irq: int
    deact_valid: int
    deact_id: int
    deact_cpu: int


class Waiting(NamedTuple):
    """An access that has arrived but is not yet accepted, and the bank that must accept it."""

    cpu: int
    write: bool
    addr: int
    bank: int


class Accept(NamedTuple):
    """An access that a bank accepted at an edge: `T` of §8.

    data, strb   of a write; 0 for a read
    bank         the bank that accepted it
    value        read datum; 0 for a write
    error        answered SLVERR instead of OKAY
    deactivated  physical INTID that entered the bank's deactivation queue, or None
    """

    cpu: int
    write: bool
    addr: int
    data: int
    strb: int
    bank: int
    value: int
    error: bool
    deactivated: int | None


class _Port:
    """What a port holds: a slot for each item that was taken and waits, and its two response channels."""

    __slots__ = ("b", "r", "read", "write", "write_data")

    def __init__(self) -> None:
        self.read: int | None = None  # address
        self.write: int | None = None  # address
        self.write_data: tuple[int, int] | None = None  # datum, strobes
        self.r: tuple[int, int] | None = None  # rdata and rresp, while RVALID
        self.b: int | None = None  # bresp, while BVALID

    def copy(self) -> "_Port":
        other = _Port()
        other.read, other.write, other.write_data = self.read, self.write, self.write_data
        other.r, other.b = self.r, self.b
        return other

    @property
    def is_empty(self) -> bool:
        """No slot and no response channel is occupied."""
        slots = self.read is None and self.write is None and self.write_data is None
        return slots and self.r is None and self.b is None


class _BankSide:
    """What the bus side holds for a bank."""

    __slots__ = ("accepts", "last_access", "last_requester", "pins", "queue")

    def __init__(self, num_cpu: int) -> None:
        self.queue: deque[int] = deque()  # physical INTIDs to deactivate, the one on the port first
        self.last_requester = 2 * num_cpu - 1  # V2-CYC-5: after reset port 0's write is first
        self.accepts = 0
        self.last_access = 0  # observation word 0, but for counter and pins
        self.pins = Lines(0, 0, 0)

    def copy(self) -> "_BankSide":
        other = _BankSide(1)
        other.queue = self.queue.copy()
        other.last_requester, other.accepts = self.last_requester, self.accepts
        other.last_access, other.pins = self.last_access, self.pins
        return other


class Device:
    """The device: call clock() for each rising edge of aclk, then look at outputs() and observation().

    It starts in reset. Calling clock() while nothing is under way costs next to nothing.

    gic           the banks, in their state after the last edge
    is_as_before  outputs and observations are what they were before the last edge
    """

    def __init__(self, parameters: Parameters) -> None:
        self.is_as_before = False
        self.parameters = parameters
        self.gic = Gic(parameters)
        self._num_cpu = parameters.num_cpu
        self._irq_reg = parameters.irq_reg
        self._reset()

    def __deepcopy__(self, memo: dict[int, object]) -> "Device":
        """A device in the same state; compiled classes have no other way."""
        other = Device(self.parameters)
        other.gic = deepcopy(self.gic)
        other._ports = [port.copy() for port in self._ports]
        other._banks = [bank.copy() for bank in self._banks]
        other._quiet = self._quiet
        return other

    def _reset(self) -> None:
        """V2-RST-1, V2-RST-3: everything under way is dropped."""
        self.gic.reset()
        self._ports = [_Port() for _ in range(self._num_cpu)]
        self._banks = [_BankSide(self._num_cpu) for _ in range(self._num_cpu)]
        self._quiet = True  # without a VALID nothing can change
        self._outputs: list[PortOutputs | None] = [None] * self._num_cpu
        self._observations: list[tuple[int, ...] | None] = [None] * self._num_cpu

    def clock(self, aresetn: int, ports: Sequence[PortInputs]) -> list[Accept]:
        """One rising edge with these input pins, one PortInputs a CPU: the accesses accepted at it."""
        self.is_as_before = False
        if not aresetn:
            self._reset()
            return []
        if self._quiet:
            for pins in ports:
                if pins.arvalid or pins.awvalid or pins.wvalid:
                    break
            else:
                self.is_as_before = True
                return []

        for cpu, (port, pins) in enumerate(zip(self._ports, ports, strict=True)):
            if port.is_empty and not (pins.arvalid or pins.awvalid or pins.wvalid):
                continue
            self._outputs[cpu] = None
            # A READY is high exactly while its slot is empty. What is taken now can be accepted now.
            if pins.arvalid and port.read is None:
                port.read = pins.araddr
            if pins.awvalid and port.write is None:
                port.write = pins.awaddr
            if pins.wvalid and port.write_data is None:
                port.write_data = (pins.wdata, pins.wstrb)
            if pins.rready:
                port.r = None
            if pins.bready:
                port.b = None
        requests = self._requests()
        for index, bank in enumerate(self._banks):
            if bank.queue and ports[index].deact_ready:
                bank.queue.popleft()
                self._outputs[index] = None
        if self._irq_reg:  # V2-CYC-1: the pins show the state before this edge
            for index, bank in enumerate(self._banks):
                if bank.pins != self.gic.banks[index].lines:
                    bank.pins = self.gic.banks[index].lines
                    self._outputs[index] = self._observations[index] = None
        accepted = [self._accept(index, requesters) for index, requesters in requests.items()]

        self._quiet = not accepted and self._is_empty()
        return accepted

    def _requests(self) -> dict[int, list[int]]:
        """The requesters of each bank that meet (a) to (c): 2n is the write, 2n+1 the read of port n."""
        requests: dict[int, list[int]] = {}
        for cpu, write, addr, bank in self.waiting():
            # V2-CYC-8, asked before anything is handed over at this edge
            full = write and self.queued(bank) == QUEUE_DEPTH
            if not full or decode(cpu, addr, self._num_cpu).register not in _COMPLETIONS:
                requests.setdefault(bank, []).append(2 * cpu + (not write))
        return requests

    def _accept(self, index: int, requesters: list[int]) -> Accept:
        """Accept, at this bank, the request whose turn it is."""
        bank = self._banks[index]
        # V2-CYC-5: the first after the last accepted, around the ring
        requester = next((r for r in requesters if r > bank.last_requester), requesters[0])
        bank.last_requester = requester
        cpu, write = requester >> 1, requester & 1 == 0
        port = self._ports[cpu]
        if write:
            assert port.write is not None
            assert port.write_data is not None
            addr, (data, strb) = port.write, port.write_data
            port.write = port.write_data = None
        else:
            assert port.read is not None
            addr, data, strb = port.read, 0, 0
            port.read = None

        value, error, _, deactivated = self.gic.access(cpu, write, addr, data, strb)
        if write:
            port.b = SLVERR if error else OKAY  # V2-CYC-4, V2-CYC-14
        else:
            port.r = (value, SLVERR if error else OKAY)  # V2-CYC-2, V2-CYC-14
        if deactivated is not None:
            bank.queue.append(deactivated)  # V2-CYC-7
        if not self._irq_reg:
            bank.pins = self.gic.banks[index].lines
        bank.accepts = bank.accepts + 1 & 0xFF
        bank.last_access = addr << 16 | error << 15 | write << 11 | cpu << 8
        self._outputs[index] = self._observations[index] = None
        return Accept(cpu, write, addr, data, strb, index, value, error, deactivated)

    def _is_empty(self) -> bool:
        """Nothing is under way."""
        return all(port.is_empty for port in self._ports) and not any(bank.queue for bank in self._banks)

    def outputs(self, cpu: int) -> PortOutputs:
        """The output pins of a CPU's port after the last edge."""
        outputs = self._outputs[cpu]
        if outputs is None:
            port, bank = self._ports[cpu], self._banks[cpu]
            rdata, rresp = port.r or (0, OKAY)
            maint, virq, vfiq = bank.pins
            queue = bank.queue
            outputs = self._outputs[cpu] = PortOutputs(
                int(port.write is None),
                int(port.write_data is None),
                int(port.b is not None),
                port.b or OKAY,
                int(port.read is None),
                int(port.r is not None),
                rdata,
                rresp,
                virq,
                vfiq,
                maint,
                int(bool(queue)),
                queue[0] if queue else 0,
                cpu if queue else 0,
            )
        return outputs

    def waiting(self) -> list[Waiting]:
        """The accesses that are whole in their slots and have an empty response channel, in ring order."""
        waiting = []
        for cpu, port in enumerate(self._ports):
            if port.write is not None and port.write_data is not None and port.b is None:
                waiting.append(Waiting(cpu, True, port.write, decode(cpu, port.write, self._num_cpu).bank))
            if port.read is not None and port.r is None:
                waiting.append(Waiting(cpu, False, port.read, decode(cpu, port.read, self._num_cpu).bank))
        return waiting

    def queued(self, bank: int) -> int:
        """How many deactivations the queue of a bank holds, the one on its port included (V2-CYC-8)."""
        return len(self._banks[bank].queue)

    def observation(self, bank: int) -> tuple[int, ...]:
        """The observation port of a bank after the last edge, as 32-bit words.

        Word 0: [7:0] accesses accepted by the bank, wraps; of the last of them [10:8] requesting port,
        [11] write, [15] answered SLVERR, [31:16] address; the pins [12] maint_irq, [13] vfiq, [14] virq.
        Words 1 and up: VirtualInterface.words.
        """
        words = self._observations[bank]
        if words is None:
            side = self._banks[bank]
            pins = side.pins.virq << 14 | side.pins.vfiq << 13 | side.pins.maint << 12
            words = (side.last_access | pins | side.accepts, *self.gic.banks[bank].words)
            self._observations[bank] = words
        return words
