# SPDX-License-Identifier: Apache-2.0
"""AXI4-Lite masters and a distributor that stall at random: the pins of a Device for property tests."""

from random import Random

from bank import ACT, PEND, lr

from tb.model.hardware.device import PortInputs, PortOutputs

OFTEN = (1.0, 1.0, 0.7, 0.3, 0.05)
"""Chances that a channel moves at an edge; one is drawn for each channel of each port."""


def traffic_address(rng: Random, num_cpu: int, write: bool) -> int:
    """Own registers, those of other banks, completions, now and then what is no register or not aligned."""
    window = 0x5000 + 0x200 * rng.randrange(num_cpu)
    choices = [
        0x4100 + 4 * rng.randrange(4),
        window + 0x100 + 4 * rng.randrange(4),
        window + rng.choice((0x00, 0x08, 0x30, 0xF0)),
        rng.choice((0x6010, 0x6010, 0x6024, 0x7000))
        if write
        else rng.choice((0x600C, 0x600C, 0x6020, 0x6018)),
        rng.choice((0x6000, 0x6004, 0x5E00, 0x4200, 0x0000, 0x6010, 0x6011, 0x600D)),
    ]
    return rng.choice(choices)


def traffic_datum(rng: Random, addr: int) -> int:
    """Something that suits the address: loaded interrupts, matching completions, mostly an open interface."""
    if addr & 0xF000 == 0x6000:
        return (
            rng.choice((0x7, 0xF, 0x7, 0x207))
            if addr == 0x6000
            else 0xF8
            if addr == 0x6004
            else 40 + rng.randrange(4)
        )
    if addr == 0x7000:
        return 40 + rng.randrange(4)
    match addr & 0x1FF:
        case 0x00:
            return rng.choice((0x01, 0x01, 0xFF, 0x00))
        case 0x08:
            return rng.choice((0xF84C_0007, 0xF84C_000F, 0xF84C_0007, 0xF84C_0207))
        case 0xF0:
            return rng.choice((0, 0, 1 << rng.randrange(32)))
    intid, state = 40 + rng.randrange(4), rng.choice((PEND, ACT, ACT))
    return lr(intid, state, 8 * rng.randrange(31), grp1=rng.getrandbits(1), hw=1, phys=rng.randrange(16, 64))


class Master:
    """Drives the inputs of one port. VALID, once high, holds with its payload until READY."""

    def __init__(self, rng: Random, num_cpu: int) -> None:
        self.rng, self.num_cpu = rng, num_cpu
        self.chance = {name: rng.choice(OFTEN) for name in ("aw", "w", "ar", "b", "r")}
        self.chance["deact"] = rng.choice((1.0, 0.3, 0.05, 0.01))
        self.chance["lull"] = rng.choice((0.0, 0.0, 0.02, 0.1))
        self.offered: dict[str, tuple[int, ...] | None] = {"aw": None, "w": None, "ar": None}
        self.writes: list[tuple[int, int, int]] = []  # address, datum, strobes
        self.sent = {"aw": 0, "w": 0}
        self.lull = 0  # edges without new offers, so that ports and the device fall idle

    def pins(self) -> PortInputs:
        self.lull = self.rng.randrange(30) if self.moves("lull") else max(self.lull - 1, 0)
        for channel in self.offered:
            if not self.lull and self.offered[channel] is None and self.moves(channel):
                self.offered[channel] = self.payload(channel)
        # A payload means nothing while its VALID is low
        aw, w, ar = (self.offered[channel] for channel in ("aw", "w", "ar"))
        junk = self.rng.getrandbits(16)
        return PortInputs(
            awvalid=int(aw is not None),
            awaddr=aw[0] if aw else junk,
            wvalid=int(w is not None),
            wdata=w[0] if w else junk,
            wstrb=w[1] if w else junk & 0xF,
            bready=self.moves("b"),
            arvalid=int(ar is not None),
            araddr=ar[0] if ar else junk,
            rready=self.moves("r"),
            deact_ready=self.moves("deact"),
        )

    def moves(self, channel: str) -> int:
        return int(self.rng.random() < self.chance[channel])

    def payload(self, channel: str) -> tuple[int, ...]:
        rng = self.rng
        if channel == "ar":
            return (traffic_address(rng, self.num_cpu, write=False),)
        if self.sent[channel] == len(self.writes):
            addr = traffic_address(rng, self.num_cpu, write=True)
            strobes = 0xF if rng.random() < 0.9 else rng.randrange(16)
            self.writes.append((addr, traffic_datum(rng, addr), strobes))
        addr, data, strobes = self.writes[self.sent[channel]]
        self.sent[channel] += 1
        return (addr,) if channel == "aw" else (data, strobes)

    def edge(self, pins: PortInputs, before: PortOutputs) -> None:
        """What was taken at the edge is no longer offered."""
        if pins.awvalid and before.awready:
            self.offered["aw"] = None
        if pins.wvalid and before.wready:
            self.offered["w"] = None
        if pins.arvalid and before.arready:
            self.offered["ar"] = None
