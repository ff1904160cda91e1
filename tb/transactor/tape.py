# SPDX-License-Identifier: Apache-2.0
"""Tapes that a transactor plays on the device, and the logs that it writes.

A tape is a sequence of 64-bit commands, the first byte highest:

63..32  datum of a write
31      a reset: aresetn is low at so many edges as the gap says, after one at which it is not
30..24  gap: edges that pass before the access
23..20  strobes of a write
19      a write, not a read
18..16  CPU, whose port is used
15..0   address

A log has an entry for each command, of 32-bit words, the first byte lowest:

0       31..24 bank that accepted the access, 0xFF: none; 23..16 maint_irq, 15..8 vfiq, 7..0 virq of all CPUs
1       read datum
2       25..24 response; 23..16 deact_valid, 15..8 BVALID, 7..0 RVALID of all CPUs
3       31..16 edges so far at which a READY was low or something changed without an access; 12..10 deact_cpu;
        9..0 deact_id
4       clock edges since the tape's begin
5...    the bank's observation port, if the log has states; of a reset, that of bank 0

Everything is as at T+1 of section 8; the lines of word 0 with IRQ_REG as at T+2.
"""

from collections.abc import Sequence
from itertools import product
from struct import Struct
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tb.model.hardware.gic import Gic, Response
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import Lines

RESET_EDGES: Final = 4
Words = npt.NDArray[np.uint32]
ENTRY_WORDS: Final = 5
_COMMAND: Final = Struct(">II")
_RESET: Final = _COMMAND.pack(0, 1 << 31 | RESET_EDGES << 24)
_NO_BANK: Final = 0xFF << 24

# Of an entry's words 0, 2 and 3.
LINES: Final = {"virq": 0, "vfiq": 8, "maint": 16}  # the bit of CPU 0
RESP: Final = 3 << 24
SLVERR: Final = 2 << 24
DEACT_VALID_LSB: Final = 16
DEACT_VALIDS: Final = 0xFF << DEACT_VALID_LSB
DEACT_CPU_LSB: Final = 10
DEACT_CPU: Final = 7 << DEACT_CPU_LSB
DEACT_ID: Final = 0x3FF
_PINS: Final = {  # lines in word 0 of the observation port
    Lines(maint, virq, vfiq): virq << 14 | vfiq << 13 | maint << 12
    for maint, virq, vfiq in product((0, 1), repeat=3)
}


class Command(NamedTuple):
    """An access.

    data, strb  of a write
    gap         edges that pass before it, 0..127
    """

    cpu: int
    write: bool
    addr: int
    data: int = 0
    strb: int = 0xF
    gap: int = 0


Tape = Sequence[Command | None]  # None: a reset of RESET_EDGES edges


def encode(tape: Tape) -> bytes:
    """What the transactor reads."""
    return b"".join(
        _RESET
        if command is None
        else _COMMAND.pack(
            command.data,
            command.gap << 24 | command.strb << 20 | command.write << 19 | command.cpu << 16 | command.addr,
        )
        for command in tape
    )


def entry_words(parameters: Parameters, with_state: bool) -> int:
    """The length of a log's entries, in words."""
    return ENTRY_WORDS + (9 + parameters.num_lr) * with_state


def words(log: bytes, parameters: Parameters, with_state: bool) -> Words:
    """A log as rows of words, one row a command."""
    return np.frombuffer(log, "<u4").reshape(-1, entry_words(parameters, with_state))


class Expectation:
    """What the log of a device that obeys the rules holds, by the reference.

    gic       the reference
    response  to the last access
    """

    response: Response

    def __init__(self, parameters: Parameters, with_state: bool) -> None:
        self.gic: Final = Gic(parameters)
        banks = range(parameters.num_cpu)
        self._irq_reg: Final = parameters.irq_reg
        self._with_state: Final = with_state
        self._pack: Final = Struct(f"<{entry_words(parameters, with_state)}I").pack
        self._accepts: Final = [0 for _ in banks]
        self._lines: Final = [self.gic.banks[0].lines for _ in banks]
        self._levels = 0  # of the lines of all banks, as in word 0
        self._edges = 0

    def log(self, tape: Tape) -> bytes:
        """Of a tape that is played when the one before has ended."""
        self._edges = 0
        return b"".join(self.reset() if command is None else self.access(*command) for command in tape)

    def reset(self) -> bytes:
        """The entry of a reset."""
        self.gic.reset()
        for index, bank in enumerate(self.gic.banks):
            self._accepts[index] = 0
            self._lines[index] = bank.lines
        self._levels = 0
        self._edges += 1 + RESET_EDGES
        entry = (_NO_BANK, 0, 0, 0, self._edges)
        return self._pack(*entry, 0, *self.gic.banks[0].words) if self._with_state else self._pack(*entry)

    def access(self, cpu: int, write: bool, addr: int, data: int, strb: int, gap: int) -> bytes:
        """The entry of an access."""
        self.response = self.gic.access(cpu, write, addr, data, strb)
        value, error, index, deactivated = self.response
        bank = self.gic.banks[index]
        before = self._lines[index]
        lines = bank.lines
        if lines is not before:
            self._lines[index] = lines
            self._levels &= ~(0x010101 << index)
            self._levels |= (lines.maint << 16 | lines.vfiq << 8 | lines.virq) << index
        self._edges += gap + 1
        status = 1 << cpu + 8 * write | error * SLVERR
        port = 0
        if deactivated is not None:
            status |= 1 << DEACT_VALID_LSB + index
            port = index << DEACT_CPU_LSB | deactivated
        if not self._with_state:
            return self._pack(index << 24 | self._levels, value, status, port, self._edges)
        accepts = self._accepts[index] = self._accepts[index] + 1 & 0xFF
        if self._irq_reg:
            lines = before  # V2-CYC-1
        return self._pack(
            index << 24 | self._levels,
            value,
            status,
            port,
            self._edges,
            addr << 16 | error << 15 | _PINS[lines] | write << 11 | cpu << 8 | accepts,
            *bank.words,
        )
