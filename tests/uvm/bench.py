# SPDX-License-Identifier: Apache-2.0
"""The checkers without a simulator: the reference plays the device, and errors are planted in its pins."""

from collections import deque
from dataclasses import dataclass, field
from struct import pack

from pyuvm import uvm_analysis_port, uvm_root

from tb.model.hardware.address_map import address
from tb.model.hardware.device import Device, PortInputs
from tb.model.stream import stream
from tb.uvm.predictor import Predictor
from tb.uvm.protocol import ProtocolChecker
from tb.uvm.random_traffic import Guest, Hypervisor, Oddities, Storm
from tb.uvm.recorder import Recorder
from tb.uvm.sample import DEACT_CPU_LSB, Layout, pack_outputs
from tb.uvm.scoreboard import Scoreboard
from tb.uvm.traffic import Traffic


@dataclass
class Port:
    """The master of one port: requests that wait for READY, and what it does with responses."""

    writes: deque = field(default_factory=deque)
    data: deque = field(default_factory=deque)
    reads: deque = field(default_factory=deque)
    bready: int = 1
    rready: int = 1
    deact_ready: int = 1

    def inputs(self):
        return PortInputs(
            awvalid=int(bool(self.writes)),
            awaddr=self.writes[0] if self.writes else 0,
            wvalid=int(bool(self.data)),
            wdata=self.data[0][0] if self.data else 0,
            wstrb=self.data[0][1] if self.data else 0,
            bready=self.bready,
            arvalid=int(bool(self.reads)),
            araddr=self.reads[0] if self.reads else 0,
            rready=self.rready,
            deact_ready=self.deact_ready,
        )

    def took(self, outputs):
        """The edge at which the device showed these outputs."""
        for queue, ready in (
            (self.writes, outputs.awready),
            (self.data, outputs.wready),
            (self.reads, outputs.arready),
        ):
            if queue and ready:
                queue.popleft()


class NeverInterrupted:
    """A monitor that has seen nothing."""

    def interrupted(self, cpu):
        return False


class Bench:
    """Recorder, predictor, scoreboard, protocol checker and traffic counts around a device.

    alter  changes the words of a sample (ports first, then banks) before the checkers see it
    """

    def __init__(self, parameters, alter=lambda words, cycle: None):
        root = uvm_root()
        root.clear_children()
        self.parameters = parameters
        self.alter = alter
        self.layout = Layout(parameters)
        self.device = Device(parameters)
        self.ports = [Port() for _ in range(parameters.num_cpu)]
        self.cycle = -1
        self.recorder = Recorder("recorder", root, self.layout, seed=1)
        self.predictor = Predictor("predictor", root, parameters)
        self.scoreboard = Scoreboard("scoreboard", root, self.layout, self.predictor, self.recorder)
        self.protocol = ProtocolChecker("protocol", root, parameters.num_cpu, self.recorder)
        self.traffic = Traffic("traffic", root, parameters.num_lr)
        self.samples = uvm_analysis_port("samples", root)
        self.samples.connect(self.recorder.analysis_export)
        self.samples.connect(self.scoreboard.actual_export)
        self.samples.connect(self.predictor.analysis_export)
        self.samples.connect(self.protocol.analysis_export)
        for export in (
            self.recorder.accepted_export,
            self.scoreboard.accepted_export,
            self.traffic.analysis_export,
        ):
            self.predictor.accepted.connect(export)
        self.reset()

    def reset(self, edges=2):
        for _ in range(edges):
            self.edge(aresetn=0)
        for port in self.ports:
            port.writes.clear(), port.data.clear(), port.reads.clear()

    def edge(self, aresetn=1):
        """One rising edge."""
        self.cycle += 1
        inputs = [port.inputs() for port in self.ports]
        words = self.words(inputs, aresetn)
        self.alter(words, self.cycle)
        value = int.from_bytes(pack(f"<{len(words)}I", *words), "little")
        self.samples.write(self.layout.sample(self.cycle, value))
        for cpu, port in enumerate(self.ports):
            if aresetn:
                port.took(self.device.outputs(cpu))
        self.device.clock(aresetn, inputs)

    def words(self, inputs, aresetn):
        words = []
        for cpu, pins in enumerate(inputs):
            outputs = self.device.outputs(cpu)
            flags = pins.awvalid | pins.wvalid << 2 | pins.bready << 5 | pins.arvalid << 6 | pins.rready << 9
            flags |= pins.wstrb << 14 | pins.deact_ready << 22 | aresetn << 31 | pack_outputs(outputs)
            deact = outputs.deact_id | outputs.deact_cpu << DEACT_CPU_LSB
            words += [pins.awaddr | pins.araddr << 16, pins.wdata, outputs.rdata, flags, deact]
        for bank in range(self.parameters.num_cpu):
            words += self.device.observation(bank)
        return words

    def edges(self, count):
        for _ in range(count):
            self.edge()

    def write(self, register, data, cpu=0, bank=None, strb=0xF):
        addr = address(register, bank) if isinstance(register, str) else register
        self.ports[cpu].writes.append(addr)
        self.ports[cpu].data.append((data, strb))

    def read(self, register, cpu=0, bank=None):
        self.ports[cpu].reads.append(address(register, bank) if isinstance(register, str) else register)

    def do(self, *accesses, then=3):
        """Accesses of CPU 0 one after another, writes as (register, value), reads as the register's name."""
        for access in accesses:
            self.read(access) if isinstance(access, str) else self.write(*access)
            self.edges(then)

    def random(self, edges, seed=1):
        """Random traffic on all ports, with stalls."""
        rng = stream(seed, "bench")
        kinds = (Hypervisor, Guest, Storm, Oddities)
        sources = [
            [
                kind(cpu, self.parameters, stream(seed, f"{kind.__name__}{cpu}"), NeverInterrupted())
                for kind in kinds
            ]
            for cpu in range(self.parameters.num_cpu)
        ]
        for _ in range(edges):
            for port, choices in zip(self.ports, sources, strict=True):
                if rng.random() < 0.5 and len(port.writes) + len(port.reads) < 4:
                    access = rng.choice(choices).next_access()
                    if access.write:
                        port.writes.append(access.addr)
                        port.data.append((access.data, access.strb))
                    else:
                        port.reads.append(access.addr)
                port.bready, port.rready = int(rng.random() < 0.7), int(rng.random() < 0.7)
                port.deact_ready = int(rng.random() < 0.2)
            self.edge()

    def drain(self):
        """Let all requests be answered."""
        for port in self.ports:
            port.bready = port.rready = port.deact_ready = 1
        self.edges(40)

    def finish(self):
        """The end of a test."""
        for checker in (self.scoreboard, self.protocol):
            checker.check_phase()
