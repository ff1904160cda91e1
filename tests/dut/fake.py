# SPDX-License-Identifier: Apache-2.0
"""A device without RTL: the reference behind the methods of tb.dut.device.Device."""

from tb.dut.description import load
from tb.dut.device import Seen
from tb.model.hardware.gic import Gic
from tb.model.hardware.virtual_interface import Lines
from tb.model.stream import stream
from tb.paths import ROOT

DESCRIPTION = load(ROOT / "tests" / "dut" / "axi4_lite.toml")  # addresses as in the specification
NUM_LR = 4
NO_LINES = Lines(0, 0, 0)


class FakeDevice:
    """One CPU. Does what it should; subclasses do not."""

    now = "0 ns"

    def __init__(self, observed: bool = False) -> None:
        self.gic = Gic(DESCRIPTION.parameters(NUM_LR))
        self.observed = observed
        self.accesses = 0

    async def reset(self) -> None:
        self.gic.reset()

    async def read(self, cpu, address):
        value, error, _, _ = self.gic.access(cpu, False, address)
        return value, error

    async def access(self, cpu, bank, write, address, data, strb):
        self.accesses += 1
        value, error, _, deactivated = self.gic.access(cpu, write, address, data, strb)
        return Seen(value, error, [] if deactivated is None else [deactivated])

    async def cycle(self):
        pass

    def lines(self, cpu, otherwise):
        return self.gic.banks[cpu].lines

    def words(self, cpu, number):
        return self.gic.banks[cpu].words if self.observed else None


def run(coroutine):
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


def traffic(seed, number):
    """So many accesses (write, address, datum) that bring list registers through all states; few IDs."""
    rng = stream(seed, "foreign")
    yield True, 0x4000, 0x1
    yield True, 0x4008, 0xF84C_0003 | 4
    for _ in range(number):
        intid = rng.choice((1, 2, 40, 41))
        priority = rng.choice((0x10, 0x40, 0x40, 0x80))
        word = rng.choice((1, 1, 2, 3)) << 28 | priority >> 3 << 23 | intid
        word |= rng.choice((0, 1 << 30)) | rng.choice((0, 1 << 19, 1 << 31 | 50 << 10))
        yield rng.choice(
            (
                (True, 0x4100 + 4 * rng.randrange(NUM_LR), word),
                (True, 0x4100 + 4 * rng.randrange(NUM_LR), word),
                (False, 0x600C, 0),
                (False, 0x6018, 0),
                (True, 0x6010, intid),
                (True, 0x6010, intid),
                (True, 0x4000, 1 | rng.choice((0, 2, 8, 4))),
                (True, 0x6000, rng.choice((3, 7, 0xF, 0x203))),
                (True, 0x7000, intid),
            )
        )
