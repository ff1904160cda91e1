# SPDX-License-Identifier: Apache-2.0
"""Random masters on the pins of the reference device: for rules of the bus, which no co-simulation meets."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from gicv2_registers import REGISTERS
from tb.coverage.collector import Hits
from tb.coverage.hardware_rules import Edge, HardwareRules
from tb.model.hardware.address_map import address
from tb.model.hardware.device import Device, PortInputs, PortOutputs
from tb.model.hardware.parameters import Parameters
from tb.model.stream import stream

_IDLE: Final = PortInputs()
_INTIDS: Final = (3, 5, 40, 41, 1021)
_STALLS: Final = (1, 1, 2, 8)  # a channel moves at one of so many edges


class Write(NamedTuple):
    """Of one port."""

    address: int
    data: int
    strobes: int


class Master:
    """Drives the inputs of a port. VALID, once high, holds with its payload until READY."""

    def __init__(self, random: Random, parameters: Parameters) -> None:
        self._random: Final = random
        self._parameters: Final = parameters
        self._registers: Final = [
            *(name for name in REGISTERS if not name.startswith("GICH_LR")),
            *[f"GICH_LR{n}" for n in range(min(parameters.num_lr, 4))] * 4,
            *["GICV_IAR", "GICV_AIAR", "GICV_EOIR", "GICV_AEOIR", "GICV_DIR"] * 4,
        ]
        self._aw: Write | None = None
        self._w: Write | None = None
        self._offered_w = False
        self._ar: int | None = None
        self._stalls = dict.fromkeys(["aw", "w", "ar", "b", "r", "deact"], 1)
        self._left = 0  # edges until other stalls are drawn

    def pins(self) -> PortInputs:
        """For the next edge."""
        random = self._random
        if not self._left:
            self._left = random.randrange(20, 200)
            self._stalls = {channel: random.choice(_STALLS) for channel in self._stalls}
            self._stalls["deact"] = random.choice((1, 30))
        self._left -= 1
        if self._aw is None and self._w is None and self._moves("aw"):
            self._aw = self._w = self._write()
        if self._ar is None and self._moves("ar"):
            self._ar = self._address()
        w = self._w if self._moves("w") or self._offered_w else None
        self._offered_w = w is not None
        return PortInputs(
            awvalid=int(self._aw is not None),
            awaddr=self._aw.address if self._aw else 0,
            wvalid=int(w is not None),
            wdata=w.data if w else 0,
            wstrb=w.strobes if w else 0,
            bready=self._moves("b"),
            arvalid=int(self._ar is not None),
            araddr=self._ar or 0,
            rready=self._moves("r"),
            deact_ready=self._moves("deact"),
        )

    def taken(self, pins: PortInputs, before: PortOutputs) -> None:
        """What has met READY is no longer offered."""
        if pins.awvalid and before.awready:
            self._aw = None
        if pins.wvalid and before.wready:
            self._w, self._offered_w = None, False
        if pins.arvalid and before.arready:
            self._ar = None

    def _moves(self, channel: str) -> int:
        return int(self._random.randrange(self._stalls[channel]) == 0)

    def _address(self) -> int:
        random = self._random
        kind = random.randrange(40)
        if kind == 0:
            return random.randrange(1 << 16)  # mostly nothing, mostly not aligned
        if kind == 1:
            return random.randrange(0x4000, 0x8004, 4)
        name = random.choice(self._registers)
        bank = random.randrange(self._parameters.num_cpu) if kind < 12 and "GICH" in name else None
        return address(name, bank)

    def _write(self) -> Write:
        where = self._address()
        return Write(
            where, self._datum(where), 0xF if self._random.randrange(20) else self._random.getrandbits(4)
        )

    def _datum(self, where: int) -> int:
        """Something that suits the register."""
        random = self._random
        offset = where & (0x1FF if where < 0x6000 else 0x1FFF)
        if where < 0x6000 and offset >= 0x100:  # a list register
            intid = random.choice(_INTIDS)
            state, form = random.randrange(4), random.choice((0, 0, 1 << 19, 1 << 31))
            field = random.choice((0, 7, random.randrange(16, 1020))) << 10 if form == 1 << 31 else 0
            field |= random.choice((0, 0, 0x7E000))
            source = random.randrange(2) << 10 if intid < 16 and not field else 0
            group, priority = random.randrange(2) << 30, random.choice((2, 6, 7, 20)) << 23
            return intid | state << 28 | form | field | source | group | priority
        match offset:
            case 0x00 if where < 0x6000:
                return random.choice((1, 1, 1, 0, random.getrandbits(32) | 1, 0x05 | 31 << 27))
            case 0x08 if where < 0x6000:
                return 0xF800_0003 | random.getrandbits(5) << 19 | random.choice((0, 4, 8, 0x10, 0x200))
            case 0xF0 | 0xD0:
                return random.choice((0, 0, 1 << random.randrange(32)))
            case 0x00:
                return random.choice((3, 3, 7, 0x0B, 0x203, random.getrandbits(10)))
            case 0x04:
                return random.choice((0xF8, 0xF8, random.getrandbits(8)))
            case 0x10 | 0x24 | 0x1000:
                return random.choice(_INTIDS) | random.randrange(2) << 10
        return random.getrandbits(32)


@dataclass(frozen=True)
class BusJob:
    """One run of so many edges."""

    parameters: Parameters
    seed: int
    edges: int
    traced = True
    golden = False

    def __str__(self) -> str:
        return f"random masters on {self.parameters}, seed {self.seed}"

    def run(self) -> tuple[Hits, int]:
        """What it hits; no guest enters."""
        hits = Hits()
        rules = HardwareRules(hits, self.parameters)
        for edge in self._edges():
            rules.look(edge)
        return hits, 0

    def _edges(self) -> Iterator[Edge]:
        device, cpus = Device(self.parameters), range(self.parameters.num_cpu)
        random = stream(self.seed, f"bus {self.parameters}")
        masters: list[Master] = []
        for number in range(self.edges):
            runs = number % 2000 > 1  # else in reset
            if not runs:
                masters = [Master(random, self.parameters) for _ in cpus]
            pins = [master.pins() if runs else _IDLE for master in masters]
            before = [device.outputs(cpu) for cpu in cpus]
            words = [device.gic.banks[cpu].words for cpu in cpus]
            accepts = device.clock(int(runs), pins)
            for master, inputs, outputs in zip(masters, pins, before, strict=True):
                master.taken(inputs, outputs)
            after = [device.outputs(cpu) for cpu in cpus]
            yield Edge(runs, pins, before, words, accepts, after, [bank.words for bank in device.gic.banks])
