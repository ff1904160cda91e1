# SPDX-License-Identifier: Apache-2.0
"""The device edge by edge, by the rules of specification §8.

Edges are counted from 0. `after[k]` is what is visible after edge k, that is, sampled at edge k + 1.
"""

import pytest
from bank import ACT, PEND, lr

from tb.model.hardware.device import Accept, Device, PortInputs, PortOutputs
from tb.model.hardware.parameters import Parameters

IDLE = PortInputs(bready=1, rready=1, deact_ready=1)
HCR, VMCR, ELRSR0, APR, LR0, LR1 = 0x4000, 0x4008, 0x4030, 0x40F0, 0x4100, 0x4104
CTLR, PMR, IAR, EOIR, RPR, AEOIR, DIR = 0x6000, 0x6004, 0x600C, 0x6010, 0x6014, 0x6024, 0x7000


def read(addr: int, pins: PortInputs = IDLE) -> PortInputs:
    return pins._replace(arvalid=1, araddr=addr)


def write(addr: int, data: int, strb: int = 0xF, pins: PortInputs = IDLE) -> PortInputs:
    return pins._replace(awvalid=1, awaddr=addr, wvalid=1, wdata=data, wstrb=strb)


class Waves:
    """A device after reset, its outputs after each edge, and what was accepted at each."""

    def __init__(self, num_cpu: int = 1, **parameters: int) -> None:
        self.device = Device(Parameters(num_cpu=num_cpu, **parameters))
        self.num_cpu = num_cpu
        self.after: list[list[PortOutputs]] = []
        self.accepted: list[list[Accept]] = []
        self.edge(aresetn=0)

    def setup(self, *writes: tuple[int, int], cpu: int = 0) -> None:
        """Make these writes and forget about them."""
        for addr, data in writes:
            self.edge(*[IDLE] * cpu, write(addr, data))
        self.edge()
        self.forget()

    def open(self, cpu: int = 0) -> None:
        """Interface on, both groups on, AckCtl=1, nothing masked."""
        self.setup((HCR, 1), (VMCR, 0xF84C_0007), cpu=cpu)

    def forget(self) -> None:
        self.after.clear()
        self.accepted.clear()

    def edge(self, *pins: PortInputs, aresetn: int = 1) -> None:
        """An edge; ports that are not given are idle."""
        self.accepted.append(self.device.clock(aresetn, [*pins, *[IDLE] * (self.num_cpu - len(pins))]))
        self.after.append([self.device.outputs(cpu) for cpu in range(self.num_cpu)])

    def column(self, name: str, cpu: int = 0) -> list[int]:
        """One output of a port after each edge."""
        return [getattr(outputs[cpu], name) for outputs in self.after]

    @property
    def at(self) -> list[int]:
        """How many accesses were accepted at each edge."""
        return [len(accepted) for accepted in self.accepted]

    @property
    def values(self) -> list[int]:
        """Data of the reads, in the order of acceptance."""
        return [accept.value for accepted in self.accepted for accept in accepted if not accept.write]

    def order(self, bank: int = 0) -> list[tuple[int, str]]:
        """Who was accepted by a bank, one after the other."""
        everyone = [accept for accepted in self.accepted for accept in accepted if accept.bank == bank]
        return [(accept.cpu, "w" if accept.write else "r") for accept in everyone]


@pytest.mark.parametrize(("irq_reg", "virq"), [(0, [1, 1, 1]), (1, [0, 1, 1])])
def test_write_is_visible_after_its_edge(irq_reg: int, virq: list[int]) -> None:
    waves = Waves(irq_reg=irq_reg)
    waves.open()
    assert waves.device.observation(0)[7] == 0b1111
    waves.edge(write(LR0, lr(40, PEND, 0x80)))
    assert waves.device.observation(0)[7] == 0b1110  # V2-CYC-1
    waves.edge()
    waves.edge()
    assert waves.column("virq") == virq
    assert waves.column("bvalid") == [1, 0, 0]  # V2-CYC-4


@pytest.mark.parametrize(("irq_reg", "maint"), [(0, [1, 0, 0]), (1, [0, 1, 0])])
def test_maintenance_line_is_a_level(irq_reg: int, maint: list[int]) -> None:
    waves = Waves(irq_reg=irq_reg)
    waves.edge(write(HCR, 0x3))
    waves.edge(write(HCR, 0x1))
    waves.edge()
    assert waves.column("maint_irq")[1:] == maint


def test_read_data_come_one_edge_later_and_hold() -> None:
    waves = Waves()
    waves.setup((LR0, 0x123))
    waves.edge(read(LR0, IDLE._replace(rready=0)))
    waves.edge(write(LR0, 0x456, pins=IDLE._replace(rready=0)))
    waves.edge(IDLE._replace(rready=0))
    waves.edge()
    assert waves.at == [1, 1, 0, 0]
    assert waves.column("rvalid") == [1, 1, 1, 0]
    assert waves.column("rdata")[:3] == [0x123] * 3  # V2-CYC-2


def test_acknowledge_has_its_effect_once_and_when_it_is_accepted() -> None:
    waves = Waves()
    waves.open()
    waves.setup((LR0, lr(40, PEND, 0x80)), (LR1, lr(41, PEND, 0x40)))
    stalled = IDLE._replace(rready=0)
    waves.edge(read(IAR, stalled))
    waves.edge(read(IAR, stalled))  # taken, and waits for the response channel
    waves.edge(read(IAR, stalled))  # not even taken
    states = [word >> 28 & 3 for word in waves.device.observation(0)[9:11]]
    assert states == [PEND, ACT]  # V2-CYC-3
    assert waves.column("arready") == [1, 0, 0]
    waves.edge(IDLE)
    waves.edge(stalled)
    waves.edge(IDLE)
    assert waves.at == [1, 0, 0, 1, 0, 0]
    assert waves.column("rvalid") == [1, 1, 1, 1, 1, 0]
    assert waves.values == [41, 1023]
    assert waves.device.observation(0)[0] & 0xFF == 6


def test_read_sees_the_write_accepted_one_edge_before() -> None:
    waves = Waves()
    waves.open()
    waves.edge(write(LR0, lr(40, PEND, 0x80)))
    waves.edge(read(IAR))
    assert waves.at == [1, 1]
    assert waves.values == [40]  # V2-CYC-4, V2-CYC-10
    assert waves.column("virq") == [1, 0]  # V2-CYC-9


def test_line_after_an_acknowledge_is_the_next_interrupts() -> None:
    waves = Waves()
    waves.setup((HCR, 1), (VMCR, 0xF84C_000F))
    waves.setup((LR0, lr(40, PEND, 0x80)), (LR1, lr(41, PEND, 0x88, grp1=1)))
    waves.edge(read(IAR))
    waves.edge(write(LR1, lr(41, PEND, 0x78, grp1=1)))
    waves.edge(read(IAR))
    waves.edge(write(EOIR, 41))
    assert waves.column("vfiq") == [0, 0, 0, 0]
    assert waves.column("virq") == [0, 1, 0, 0]  # V2-CYC-9
    assert waves.values == [40, 41]


@pytest.mark.parametrize(
    ("addr", "off", "on"),
    [(HCR, 0, 1), (CTLR, 0, 7), (PMR, 0x80, 0x88), (VMCR, 0, 0xF84C_0007), (APR, 1 << 16, 0)],
)
def test_line_follows_each_control_one_edge_later(addr: int, off: int, on: int) -> None:
    waves = Waves()
    waves.open()
    waves.setup((LR0, lr(40, PEND, 0x80)))
    for data in (off, on, off, on):
        waves.edge(write(addr, data))
    assert waves.column("virq") == [0, 1, 0, 1]  # V2-CYC-11, V2-CYC-12


@pytest.mark.parametrize("addr", [LR0, EOIR, 0x0000, 0x4001, 0x5FFC, 0x9000])
def test_every_access_has_the_same_latency(addr: int) -> None:
    waves = Waves()
    waves.edge(read(addr))
    waves.edge(write(addr, 0x123, strb=0x3))
    waves.edge(write(addr, 0x3FF))
    waves.edge()
    assert waves.at[1:] == [1, 1, 1, 0]
    assert waves.column("rvalid")[1:] == [1, 0, 0, 0]
    assert waves.column("bvalid")[1:] == [0, 1, 1, 0]  # V2-CYC-14
    assert waves.column("rresp")[1] == (2 if addr & 3 else 0)
    assert waves.column("bresp")[2:4] == [2, 2 if addr & 3 else 0]


@pytest.mark.parametrize("first", ["address", "datum"])
@pytest.mark.parametrize("apart", [0, 1, 3])
def test_halves_of_a_write_may_come_apart(first: str, apart: int) -> None:
    waves = Waves()
    address, datum = IDLE._replace(awvalid=1, awaddr=LR0), IDLE._replace(wvalid=1, wdata=7, wstrb=0xF)
    one, other = (address, datum) if first == "address" else (datum, address)
    if apart == 0:
        waves.edge(write(LR0, 7))
    else:
        waves.edge(one)
        for _ in range(apart - 1):
            waves.edge(one)  # the next one, which is not taken
        waves.edge(other)
    waiting, free = ("awready", "wready") if first == "address" else ("wready", "awready")
    assert waves.at[1:] == [0] * apart + [1]
    assert waves.column(waiting)[1:] == [0] * apart + [1]
    assert waves.column(free)[1:] == [1] * (apart + 1)
    assert waves.device.observation(0)[9] == 7


def test_response_being_taken_makes_room_at_that_edge() -> None:
    waves = Waves()
    for _ in range(2):
        waves.edge(read(LR0, IDLE._replace(rready=0)))
    assert waves.at[1:] == [1, 0]
    waves.edge(IDLE)
    assert waves.at[1:] == [1, 0, 1]
    assert waves.column("arready")[1:] == [1, 0, 1]
    assert waves.column("rvalid")[1:] == [1, 1, 1]


def test_requesters_of_a_bank_take_turns() -> None:
    waves = Waves(num_cpu=3)
    hammer = read(0x5000, write(0x5108, 1))
    for _ in range(13):
        waves.edge(hammer, hammer, hammer)
    ring = [(0, "w"), (0, "r"), (1, "w"), (1, "r"), (2, "w"), (2, "r")]
    assert waves.order() == (ring * 3)[:13]  # V2-CYC-5
    assert waves.at[1:] == [1] * 13


def test_turn_passes_on_from_the_last_accepted() -> None:
    waves = Waves(num_cpu=3)
    waves.edge(IDLE, read(0x5000))
    waves.edge(read(0x5000), read(0x5000), write(0x5108, 1))
    waves.edge()
    waves.edge()
    waves.edge(write(0x5108, 1), IDLE, read(0x5000))
    waves.edge()
    assert waves.order() == [(1, "r"), (2, "w"), (0, "r"), (1, "r"), (2, "r"), (0, "w")]  # V2-CYC-5


def test_port_0_writes_first_after_reset() -> None:
    waves = Waves(num_cpu=2)
    hammer = read(0x5000, write(0x5108, 1))
    waves.edge(hammer, hammer)
    waves.edge(hammer, hammer, aresetn=0)
    waves.edge(hammer, hammer)
    assert [accepted[0][:2] for accepted in waves.accepted if accepted] == [(0, True), (0, True)]


def test_banks_accept_at_the_same_edge() -> None:
    waves = Waves(num_cpu=2)
    waves.edge(read(LR0, write(0x5300, 9)), IDLE)
    waves.edge(read(LR0, write(LR0, 1)), read(LR0, write(LR0, 2)))
    assert waves.at[1:] == [2, 2]  # V2-CYC-5: two banks
    assert [waves.device.observation(bank)[9] for bank in range(2)] == [1, 2]


@pytest.mark.parametrize("register", [EOIR, AEOIR, DIR])
def test_deactivation_appears_with_the_new_state(register: int) -> None:
    waves = Waves(num_cpu=2)
    waves.setup((VMCR, 0xF84C_0207 if register == DIR else 0xF84C_0007), (APR, 1 << 16), cpu=1)
    waves.setup((LR0, lr(40, ACT, grp1=1, hw=1, phys=99)), cpu=1)
    stalled = IDLE._replace(deact_ready=0)
    waves.edge(IDLE, write(register, 40, pins=stalled))
    words = waves.device.observation(1)
    assert (words[9] >> 28 & 3, words[3]) == (0, 1 << 16 if register == DIR else 0)  # V2-CYC-6
    waves.edge(IDLE, stalled)
    waves.edge(IDLE, stalled)
    waves.edge(IDLE, IDLE)
    assert waves.column("deact_valid", 1) == [1, 1, 1, 0]  # V2-CYC-7
    assert waves.column("deact_id", 1)[:3] == [99] * 3
    assert waves.column("deact_cpu", 1)[:3] == [1] * 3
    assert waves.column("deact_valid", 0) == [0] * 4


def full_queue(num_cpu: int = 2) -> Waves:
    """Bank 0 has four deactivations in its queue and a fifth interrupt to complete."""
    waves = Waves(num_cpu=num_cpu, num_lr=8)
    waves.open()
    waves.setup(*((LR0 + 4 * n, lr(40 + n, ACT, 0, hw=1, phys=100 + n)) for n in range(6)))
    stalled = IDLE._replace(deact_ready=0)
    for n in range(4):
        waves.edge(write(EOIR, 40 + n, pins=stalled))
    waves.edge(stalled)
    assert waves.at == [1, 1, 1, 1, 0]
    assert waves.device.queued(0) == 4
    waves.forget()
    return waves


@pytest.mark.parametrize(
    ("addr", "data", "strb"),
    [(EOIR, 44, 0xF), (AEOIR, 44, 0xF), (DIR, 44, 0xF), (EOIR, 1023, 0xF), (EOIR, 44, 0x1),
     (EOIR + 1, 44, 0xF), (DIR + 3, 0, 0x0)],
)  # fmt: skip
def test_full_queue_holds_completions_back(addr: int, data: int, strb: int) -> None:
    waves = full_queue()
    stalled = IDLE._replace(deact_ready=0)
    waves.edge(write(addr, data, strb, stalled))
    waves.edge(write(LR1, 7, pins=read(LR0, stalled)), read(0x5100))
    waves.edge(stalled, write(0x511C, 8))
    waves.edge(stalled)
    assert waves.order() == [(0, "r"), (1, "w"), (1, "r")]  # V2-CYC-8: others pass
    assert waves.device.observation(0)[10] != 7  # a later write of the port waits
    assert waves.column("awready") == [0] * 4
    waves.forget()
    waves.edge(IDLE)  # handed over: still counts at this edge
    waves.edge(stalled)
    assert waves.at == [0, 1]
    assert waves.column("bresp")[1] == (2 if strb != 0xF or addr & 3 else 0)


def test_queue_hands_over_in_the_order_of_acceptance() -> None:
    waves = full_queue()
    for _ in range(2):
        waves.edge(write(EOIR, 44))
    waves.edge()
    waves.edge()
    waves.edge()
    waves.edge()
    assert waves.column("deact_id") == [101, 102, 103, 104, 0, 0]
    assert waves.column("deact_valid") == [1, 1, 1, 1, 0, 0]


def test_full_queue_of_one_bank_does_not_hold_another() -> None:
    waves = full_queue()
    stalled = IDLE._replace(deact_ready=0)
    waves.edge(stalled, write(EOIR, 40))
    assert waves.at == [1]


@pytest.mark.parametrize("kind", ["read", "write", "both"])
def test_one_access_an_edge(kind: str) -> None:
    waves = Waves()
    pins = {"read": read(LR0), "write": write(LR0, 1), "both": read(LR0, write(LR0, 1))}[kind]
    for _ in range(20):
        waves.edge(pins)
    assert waves.at[1:] == [1] * 20  # V2-CYC-16
    shares = {"read": (20, 0), "write": (0, 20), "both": (10, 10)}[kind]
    assert (waves.order().count((0, "r")), waves.order().count((0, "w"))) == shares


def test_nothing_happens_at_an_edge_in_reset() -> None:
    waves = full_queue(num_cpu=1)
    stalled = IDLE._replace(deact_ready=0, rready=0, bready=0)
    waves.edge(write(EOIR, 44, pins=read(LR0, stalled)))
    waves.edge(read(IAR, stalled))
    waves.edge(read(LR0, write(LR0, 5)), aresetn=0)
    assert waves.after[-1] == [PortOutputs(1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)]  # V2-RST-1
    assert waves.device.observation(0)[0] == 0
    waves.edge()
    waves.edge()
    assert waves.at == [1, 0, 0, 0, 0]  # V2-RST-3: what waited is gone
    assert waves.device.observation(0) == (0, 0, 0x004C_0000, 0, 0, 0, 0, 0xFF, 0, *[0] * 8)


def test_registered_lines_are_low_after_reset() -> None:
    waves = Waves(irq_reg=1)
    waves.edge(write(HCR, 0x3))
    waves.edge(aresetn=0)
    waves.edge()
    assert waves.column("maint_irq") == [0, 0, 0, 0]


def test_observation_word_0() -> None:
    waves = Waves(num_cpu=3)
    assert waves.device.observation(1)[0] == 0
    waves.edge(IDLE, IDLE, write(0x5200, 0x3))
    assert waves.device.observation(1)[0] == 0x5200_0000 | 1 << 12 | 1 << 11 | 2 << 8 | 1
    waves.edge(IDLE, read(0x5201))
    assert waves.device.observation(1)[0] == 0x5201_0000 | 1 << 15 | 1 << 12 | 1 << 8 | 2
    waves.edge(IDLE, write(VMCR, 0xF84C_000F))
    waves.edge(IDLE, write(LR0, lr(40, PEND, 0x80)))
    assert waves.device.observation(1)[0] == 0x4100_0000 | 1 << 13 | 1 << 12 | 1 << 11 | 1 << 8 | 4
    waves.edge(IDLE, write(VMCR, 0xF84C_0007))
    assert waves.device.observation(1)[0] == 0x4008_0000 | 1 << 14 | 1 << 12 | 1 << 11 | 1 << 8 | 5
    waves.edge()
    assert waves.device.observation(1)[0] == 0x4008_0000 | 1 << 14 | 1 << 12 | 1 << 11 | 1 << 8 | 5
    for _ in range(251):
        waves.edge(IDLE, read(0x9000))
    assert waves.device.observation(1)[0] == 0x9000_0000 | 1 << 14 | 1 << 12 | 1 << 8 | 0
    assert [waves.device.observation(bank)[0] for bank in (0, 2)] == [0, 0]


def test_nothing_is_rebuilt_while_nothing_changes() -> None:
    waves = Waves(num_cpu=2)
    waves.edge(write(LR0, 1))
    waves.edge()
    waves.edge()
    kept = [waves.device.observation(0), waves.device.outputs(0)]
    waves.edge()
    assert waves.device.observation(0) is kept[0]
    assert waves.device.outputs(0) is kept[1]


def test_wrong_number_of_ports_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        Waves(num_cpu=2).device.clock(1, [read(LR0)])


def test_what_waits_can_be_asked() -> None:
    waves = full_queue()
    stalled = IDLE._replace(deact_ready=0)
    waves.edge(write(EOIR, 44, pins=stalled), read(LR0, stalled._replace(rready=0)))
    assert waves.device.waiting() == [(0, True, EOIR, 0)]
    waves.edge(stalled, read(0x5000, stalled._replace(rready=0)))
    assert waves.device.waiting() == [(0, True, EOIR, 0)]  # the read has no room for its answer
    assert [waves.device.queued(bank) for bank in range(2)] == [4, 0]
