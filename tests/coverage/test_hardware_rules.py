# SPDX-License-Identifier: Apache-2.0
"""What accesses on the pins hit, and that random masters always do the same."""

import pytest

import gicv2_registers as regs
from tb.coverage.bus import BusJob
from tb.coverage.collector import Hits
from tb.coverage.hardware_rules import Edge, HardwareRules
from tb.model.hardware.address_map import address
from tb.model.hardware.device import Device, PortInputs
from tb.model.hardware.parameters import Parameters
from tests.ledger.story import OPEN, lr

IDLE = PortInputs(bready=1, rready=1, deact_ready=1)


class Bus:
    """A device, edge by edge; answers are taken at once unless said otherwise."""

    def __init__(self, parameters: Parameters) -> None:
        self.device = Device(parameters)
        self.cpus = range(parameters.num_cpu)
        self.hits = Hits()
        self.rules = HardwareRules(self.hits, parameters)
        self.edge(runs=False)

    def edge(self, *pins: PortInputs, runs: bool = True) -> None:
        inputs = (*pins, *(IDLE for _ in self.cpus))[: len(self.cpus)]
        banks = self.device.gic.banks
        before, words = [self.device.outputs(cpu) for cpu in self.cpus], [bank.words for bank in banks]
        accepts = self.device.clock(int(runs), inputs)
        after = [self.device.outputs(cpu) for cpu in self.cpus]
        self.rules.look(Edge(runs, inputs, before, words, accepts, after, [bank.words for bank in banks]))

    def hit(self, rule: str) -> set[str]:
        """What was hit of a rule."""
        assert not self.hits.errors
        labels = self.hits.hits.get("hardware.seen", set())
        return {label.partition(" ")[2] for label in labels if label.split()[0] == rule}


def write(register: str, data: int) -> PortInputs:
    return IDLE._replace(awvalid=1, awaddr=address(register), wvalid=1, wdata=data, wstrb=0xF)


def read(register: str, rready: int = 1) -> PortInputs:
    return IDLE._replace(arvalid=1, araddr=address(register), rready=rready)


@pytest.fixture
def bus() -> Bus:
    bus = Bus(Parameters())
    bus.edge(write("GICH_VMCR", OPEN))
    bus.edge(write("GICH_HCR", regs.GICH_HCR_EN_MASK))
    return bus


def test_acknowledge_right_after_the_load(bus: Bus) -> None:
    bus.edge(write("GICH_LR0", lr(40)))
    bus.edge(read("GICV_IAR"))
    assert bus.hit("V2-CYC-10") == {"IAR gives what was written the edge before"}
    assert bus.hit("V2-CYC-9") == {"nothing is signalled after it"}
    assert bus.hit("V2-LR-4") == {"PEND is written"}
    assert bus.hit("V2-LR-3") == {"an acknowledge"}


def test_acknowledge_later(bus: Bus) -> None:
    bus.edge(write("GICH_LR0", lr(40)))
    bus.edge()
    bus.edge(read("GICV_IAR"))
    bus.edge(IDLE._replace(rready=0))
    assert not bus.hit("V2-CYC-10")
    assert bus.hit("V2-CYC-3") == {"the answer waits for RREADY"}


def test_reasons_of_finding_nothing(bus: Bus) -> None:
    found = []
    for register, data in (
        ("GICH_LR0", lr(1021)),
        ("GICH_LR0", lr(40, priority=0xF0)),
        ("GICH_LR0", lr(40, group=1)),
        ("GICH_HCR", 0),
    ):
        if register == "GICH_LR0" and data == lr(40, group=1):
            bus.edge(write("GICH_VMCR", OPEN & ~regs.GICH_VMCR_VMGRP1EN_MASK))
        bus.edge(write(register, data))
        bus.edge(read("GICV_IAR"))
        found.append(bus.hit("V2-IAR-2") - set().union(*found))
    assert found == [{"nothing pending"}, {"masked"}, {"group off"}, {"off"}]


def test_completion_while_off(bus: Bus) -> None:
    bus.edge(write("GICH_LR0", lr(40, "A", eoi=True)))
    bus.edge(write("GICH_APR", 1 << 5))
    bus.edge(write("GICH_HCR", 0))
    bus.edge(write("GICV_EOIR", 40))
    assert bus.hit("V2-EN-3") == {"a completion takes effect while off"}
    assert bus.hit("V2-EOI-7") == {"another priority is dropped than the interrupt has"}
    assert bus.hit("V2-EOI-8") == {"EISR rises"}
    assert bus.hit("V2-CYC-6") == {"APR and State"}


def test_two_banks_at_one_edge(bus: Bus) -> None:
    assert not bus.hit("V2-BANK-1")
    bus.edge(write("GICH_APR", 0), write("GICH_APR", 0))
    assert bus.hit("V2-BANK-1") == {"two banks at one edge"}


def test_random_masters_repeat() -> None:
    job = BusJob(Parameters(), seed=3, edges=3000)
    first, _ = job.run()
    again, _ = job.run()
    other, _ = BusJob(Parameters(), seed=4, edges=3000).run()
    assert first.hits == again.hits
    assert not first.errors | other.errors
    assert len(first.hits["hardware.seen"]) > 40
