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

from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tb.model.hardware.parameters import Parameters

RESET_EDGES: Final = 4
Words = npt.NDArray[np.uint32]
ENTRY_WORDS: Final = 5
_COMMAND: Final = Struct(">II")
_RESET: Final = _COMMAND.pack(0, 1 << 31 | RESET_EDGES << 24)
NO_BANK: Final = 0xFF

# Of an entry's words 0, 2 and 3.
LINES: Final = {"virq": 0, "vfiq": 8, "maint": 16}  # the bit of CPU 0
RESP: Final = 3 << 24
SLVERR: Final = 2 << 24
DEACT_VALID_LSB: Final = 16
DEACT_VALIDS: Final = 0xFF << DEACT_VALID_LSB
DEACT_CPU_LSB: Final = 10
DEACT_CPU: Final = 7 << DEACT_CPU_LSB
DEACT_ID: Final = 0x3FF


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


class Control(NamedTuple):
    """Of a command that is an access, all but datum and gap."""

    cpu: int
    write: bool
    addr: int
    strb: int


def decode(packed: bytes) -> Iterator[tuple[int, Control | None]]:
    """Datum and Control of each command, equal ones once; None: a reset."""
    data, control = np.frombuffer(packed, ">u4").reshape(-1, 2).T
    known = {
        one: None if one >> 31 else Control(one >> 16 & 7, bool(one >> 19 & 1), one & 0xFFFF, one >> 20 & 0xF)
        for one in np.unique(control).tolist()
    }
    return zip(data.tolist(), map(known.__getitem__, control.tolist()), strict=True)


def entry_words(parameters: Parameters, with_state: bool) -> int:
    """The length of a log's entries, in words."""
    return ENTRY_WORDS + (9 + parameters.num_lr) * with_state


def words(log: bytes, parameters: Parameters, with_state: bool) -> Words:
    """A log as rows of words, one row a command."""
    return np.frombuffer(log, "<u4").reshape(-1, entry_words(parameters, with_state))
