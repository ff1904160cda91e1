# SPDX-License-Identifier: Apache-2.0
"""A bank under test, and list register words by the table of specification §2.3."""

from typing import NamedTuple

from tb.model.hardware.address_map import address
from tb.model.hardware.gic import Gic, Response
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import Lines

INV, PEND, ACT, PACT = range(4)
LOW, MAINT, VIRQ, VFIQ = Lines(0, 0, 0), Lines(1, 0, 0), Lines(0, 1, 0), Lines(0, 0, 1)


def lr(
    intid: int,
    state: int,
    priority: int = 0,
    *,
    grp1: int = 0,
    hw: int = 0,
    phys: int = 0,
    eoi: int = 0,
    cpuid: int = 0,
) -> int:
    """A list register word. `priority` has eight bits, of which the top five are kept."""
    word = hw << 31 | grp1 << 30 | state << 28 | priority >> 3 << 23 | intid
    return word | phys << 10 | eoi << 19 | cpuid << 10


class Op(NamedTuple):
    """An access of a bank by name; `value` is None for a read.

    With `key_of`, the value is the ID and source that this list register holds when the access is made.
    """

    register: str
    value: int | None = None
    key_of: int | None = None


class Bank:
    """The bank of a device with one CPU, in reset state, reached by register name."""

    def __init__(self, **parameters: int) -> None:
        self.gic = Gic(Parameters(num_cpu=1, **parameters))

    def resolved(self, op: Op) -> Op:
        if op.key_of is None:
            return op
        word = self.words[8 + op.key_of]
        return Op(op.register, word & 0x3FF if word >> 31 else word & 0x1FFF)

    def run(self, op: Op) -> Response:
        op = self.resolved(op)
        return self.gic.access(0, op.value is not None, address(op.register), op.value or 0)

    def read(self, register: str) -> int:
        return self.run(Op(register)).value

    def write(self, register: str, value: int) -> Response:
        return self.run(Op(register, value))

    def load(self, *words: int) -> None:
        """Write LR0, LR1, ..."""
        for n, word in enumerate(words):
            self.write(f"GICH_LR{n}", word)

    @property
    def lines(self) -> Lines:
        return self.gic.banks[0].lines

    @property
    def words(self) -> tuple[int, ...]:
        return self.gic.banks[0].words

    @property
    def states(self) -> list[int]:
        """State of each list register."""
        return [word >> 28 & 3 for word in self.words[8:]]


def open_bank(*words: int, **parameters: int) -> Bank:
    """Interface on, both groups on, AckCtl=1, no priority masked, and these words in LR0, LR1, ..."""
    bank = Bank(**parameters)
    bank.write("GICH_HCR", 0x1)
    bank.write("GICV_CTLR", 0x7)
    bank.write("GICV_PMR", 0xF8)
    bank.load(*words)
    return bank
