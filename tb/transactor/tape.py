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

from array import array
from collections.abc import Sequence
from struct import Struct
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tb.model.hardware.gic import Gic
from tb.model.hardware.parameters import Parameters

RESET_EDGES: Final = 4
Words = npt.NDArray[np.uint32]
ENTRY_WORDS: Final = 5
_COMMAND: Final = Struct(">II")
_RESET: Final = _COMMAND.pack(0, 1 << 31 | RESET_EDGES << 24)
_NO_BANK: Final = 0xFF

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


def entry_words(parameters: Parameters, with_state: bool) -> int:
    """The length of a log's entries, in words."""
    return ENTRY_WORDS + (9 + parameters.num_lr) * with_state


def words(log: bytes, parameters: Parameters, with_state: bool) -> Words:
    """A log as rows of words, one row a command."""
    return np.frombuffer(log, "<u4").reshape(-1, entry_words(parameters, with_state))


class Answers:
    """What the reference says to a tape, an item a command.

    before   levels of all lines before the first
    banks    that accepted it, or _NO_BANK
    values   read data
    levels   of all lines, as in word 0
    states   observation port of the bank, without its word 0
    special  entry, error and deactivated INTID of what has one
    """

    def __init__(self, before: int) -> None:
        self.before: Final = before
        self.banks = bytearray()
        self.values = array("I")
        self.levels = array("I")
        self.states: list[bytes] = []
        self.special: list[tuple[int, bool, int | None]] = []


class Expectation:
    """What the log of a device that obeys the rules holds, by the reference.

    Asked of the reference is what depends on state; all else follows from the tape, in bulk. The two steps
    may be done by two threads, each in the order of the tapes.
    """

    def __init__(self, parameters: Parameters, with_state: bool) -> None:
        self._gic: Final = Gic(parameters)
        self._irq_reg: Final = parameters.irq_reg
        self._with_state: Final = with_state
        self._pack: Final = Struct(f"<{len(self._gic.banks[0].words)}I").pack
        self._lines: Final = [bank.lines for bank in self._gic.banks]
        self._levels = 0  # of these, as in word 0
        self._words: Final = [bank.words for bank in self._gic.banks]
        self._states: Final = [self._pack(*words) for words in self._words]
        self._accepts: Final = [0 for _ in self._gic.banks]

    def answers(self, tape: Tape) -> Answers:
        """To a tape that is played when the one before has ended. This decides how fast a replay is."""
        answers = Answers(self._levels)
        put_bank, put_value = answers.banks.append, answers.values.append
        put_levels, put_state = answers.levels.append, answers.states.append
        access, banks, lines = self._gic.access, self._gic.banks, self._lines
        words, states, pack, with_state = self._words, self._states, self._pack, self._with_state
        levels = self._levels
        for command in tape:
            if command is None:
                self._gic.reset()
                lines[:] = [bank.lines for bank in banks]
                levels = value = 0
                put_bank(_NO_BANK)
                index = 0
            else:
                cpu, write, addr, data, strb, _ = command
                value, error, index, deactivated = access(cpu, write, addr, data, strb)
                if error or deactivated is not None:
                    answers.special.append((len(answers.values), error, deactivated))
                put_bank(index)
                now = banks[index].lines
                if now is not lines[index]:
                    lines[index] = now
                    levels &= ~(0x010101 << index)
                    levels |= (now.maint << 16 | now.vfiq << 8 | now.virq) << index
            put_value(value)
            put_levels(levels)
            if with_state:
                observed = banks[index].words
                if observed is not words[index]:
                    words[index] = observed
                    states[index] = pack(*observed)
                put_state(states[index])
        self._levels = levels
        return answers

    def log(self, answers: Answers, packed: bytes) -> bytes:
        """The log of the encoded tape, from the answers to it."""
        control = np.frombuffer(packed, ">u4")[1::2].astype(np.uint32)
        bank = np.frombuffer(answers.banks, np.uint8).astype(np.uint32)
        levels = np.frombuffer(answers.levels, np.uint32)
        is_access = bank != _NO_BANK
        write, cpu = control >> 19 & 1, control >> 16 & 7
        log = np.zeros((len(bank), ENTRY_WORDS + self._with_state), np.uint32)
        log[:, 0] = bank << 24 | levels
        log[:, 1] = np.frombuffer(answers.values, np.uint32)
        log[:, 2] = is_access << cpu + 8 * write
        log[:, 4] = np.cumsum((control >> 24 & 0x7F) + 1)
        if self._with_state:
            pins = np.concatenate(([answers.before], levels[:-1])) if self._irq_reg else levels  # V2-CYC-1
            virq, vfiq, maint = (pins >> bank + lsb & 1 for lsb in LINES.values())
            access = (control & 0xFFFF) << 16 | virq << 14 | vfiq << 13 | maint << 12 | write << 11 | cpu << 8
            log[:, 5] = is_access * (access | self._counts(bank))
        for entry, error, deactivated in answers.special:
            log[entry, 2] |= error * SLVERR
            log[entry, 5:] |= error << 15
            if deactivated is not None:
                log[entry, 2] |= 1 << DEACT_VALID_LSB + int(bank[entry])
                log[entry, 3] = int(bank[entry]) << DEACT_CPU_LSB | deactivated
        if not self._with_state:
            return log.tobytes()
        states = np.frombuffer(b"".join(answers.states), np.uint32).reshape(len(bank), -1)
        return np.hstack((log, states)).tobytes()

    def _counts(self, bank: Words) -> Words:
        """Of accesses, each the count that its bank has reached."""
        counts = np.zeros_like(bank)
        is_reset = bank == _NO_BANK
        for index, carried in enumerate(self._accepts):
            mine = bank == index
            count = carried + np.cumsum(mine)
            count -= np.maximum.accumulate(np.where(is_reset, count, 0))
            counts[mine] = count[mine] & 0xFF
            self._accepts[index] = int(count[-1]) if len(count) else carried
        return counts
