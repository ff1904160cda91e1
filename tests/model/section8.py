# SPDX-License-Identifier: Apache-2.0
"""A second formulation of specification §8: the device as counts of events instead of slots and registers.

What a port took, what a bank accepted and what was handed over are lists that only grow. A slot is full while
more was taken than accepted; a response is due while more was accepted than answered; and so on.
"""

from collections.abc import Sequence

from tb.model.hardware.device import PortInputs, PortOutputs
from tb.model.hardware.gic import Gic, Response
from tb.model.hardware.parameters import Parameters

COMPLETIONS = (0x6010, 0x6024, 0x7000)


class Port:
    """The events of one port since reset."""

    def __init__(self) -> None:
        self.read_addresses: list[int] = []
        self.write_addresses: list[int] = []
        self.write_data: list[tuple[int, int]] = []
        self.reads: list[Response] = []  # accepted
        self.writes: list[Response] = []  # accepted
        self.reads_answered = 0
        self.writes_answered = 0


class Section8:
    """Predicts the outputs before each edge, and which requests are accepted at it."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.reset()

    def reset(self) -> None:
        cpus = range(self.parameters.num_cpu)
        self.gic = Gic(self.parameters)
        self.ports = [Port() for _ in cpus]
        self.requested: list[list[int]] = [[] for _ in cpus]  # deactivations of each bank
        self.handed_over = [0 for _ in cpus]
        self.accepts: list[list[tuple[int, Response, int]]] = [
            [] for _ in cpus
        ]  # requester, response, address
        self.pins = [self.gic.banks[bank].lines for bank in cpus]

    def outputs(self, cpu: int) -> PortOutputs:
        """The pins until the next edge."""
        port = self.ports[cpu]
        rvalid = len(port.reads) > port.reads_answered
        bvalid = len(port.writes) > port.writes_answered
        deact_valid = len(self.requested[cpu]) > self.handed_over[cpu]
        read = port.reads[port.reads_answered] if rvalid else Response(0, False, 0, None)
        return PortOutputs(
            awready=int(len(port.write_addresses) == len(port.writes)),
            wready=int(len(port.write_data) == len(port.writes)),
            bvalid=int(bvalid),
            bresp=2 if bvalid and port.writes[port.writes_answered].error else 0,
            arready=int(len(port.read_addresses) == len(port.reads)),
            rvalid=int(rvalid),
            rdata=read.value,
            rresp=2 if read.error else 0,
            virq=self.pins[cpu].virq,
            vfiq=self.pins[cpu].vfiq,
            maint_irq=self.pins[cpu].maint,
            deact_valid=int(deact_valid),
            deact_id=self.requested[cpu][self.handed_over[cpu]] if deact_valid else 0,
            deact_cpu=cpu if deact_valid else 0,
        )

    def observation(self, bank: int) -> tuple[int, ...]:
        word = len(self.accepts[bank]) % 256
        if self.accepts[bank]:
            requester, response, addr = self.accepts[bank][-1]
            word |= requester // 2 << 8 | (requester % 2 == 0) << 11 | response.error << 15 | addr << 16
        pins = self.pins[bank]
        word |= pins.maint << 12 | pins.vfiq << 13 | pins.virq << 14
        return (word, *self.gic.banks[bank].words)

    def edge(self, aresetn: int, pins: Sequence[PortInputs]) -> list[tuple[int, int, Response]]:
        """The accesses accepted: bank, requester (2n the write, 2n+1 the read of port n), response."""
        if not aresetn:
            self.reset()
            return []
        before = [self.outputs(cpu) for cpu in range(self.parameters.num_cpu)]
        levels = [bank.lines for bank in self.gic.banks]
        held = [len(self.requested[bank]) - self.handed_over[bank] == 4 for bank in range(len(self.ports))]
        for port, out, pin in zip(self.ports, before, pins, strict=True):
            if pin.arvalid and out.arready:
                port.read_addresses.append(pin.araddr)
            if pin.awvalid and out.awready:
                port.write_addresses.append(pin.awaddr)
            if pin.wvalid and out.wready:
                port.write_data.append((pin.wdata, pin.wstrb))
            port.reads_answered += out.rvalid and pin.rready
            port.writes_answered += out.bvalid and pin.bready
        accepted = []
        for bank in range(len(self.ports)):
            last = self.accepts[bank][-1][0] if self.accepts[bank] else -1
            for step in range(1, 2 * len(self.ports) + 1):
                requester = (last + step) % (2 * len(self.ports))
                if self.may_be_accepted(requester, bank, held[bank]):
                    accepted.append((bank, requester, self.accept(requester, bank)))
                    break
        for bank, out in enumerate(before):
            self.handed_over[bank] += out.deact_valid and pins[bank].deact_ready
        self.pins = levels if self.parameters.irq_reg else [bank.lines for bank in self.gic.banks]
        return accepted

    def may_be_accepted(self, requester: int, bank: int, held: bool) -> bool:
        """Conditions (a), (b), (c)."""
        cpu, port = requester // 2, self.ports[requester // 2]
        if requester % 2:
            arrived = len(port.read_addresses) > len(port.reads) == port.reads_answered
            return arrived and self.bank_of(cpu, port.read_addresses[-1]) == bank
        arrived = (
            min(len(port.write_addresses), len(port.write_data)) > len(port.writes) == port.writes_answered
        )
        if not arrived or self.bank_of(cpu, port.write_addresses[-1]) != bank:
            return False
        return not (held and port.write_addresses[-1] & ~3 in COMPLETIONS)

    def accept(self, requester: int, bank: int) -> Response:
        cpu, port = requester // 2, self.ports[requester // 2]
        if requester % 2:
            addr = port.read_addresses[-1]
            response = self.gic.access(cpu, False, addr)
            port.reads.append(response)
        else:
            addr, (data, strb) = port.write_addresses[-1], port.write_data[-1]
            response = self.gic.access(cpu, True, addr, data, strb)
            port.writes.append(response)
            if response.deactivated is not None:
                self.requested[bank].append(response.deactivated)
        self.accepts[bank].append((requester, response, addr))
        return response

    def bank_of(self, cpu: int, addr: int) -> int:
        """V2-MAP-2, V2-MAP-6."""
        window = (addr - 0x5000) // 0x200
        return window if 0 <= window < self.parameters.num_cpu else cpu
