# SPDX-License-Identifier: Apache-2.0
"""What the log of a device that obeys the rules holds.

Asked of the reference is what depends on state; all else follows from the tape, in bulk.
"""

from array import array
from struct import Struct
from typing import Final, NamedTuple

import numpy as np

from tb.model.hardware.gic import Gic
from tb.model.hardware.parameters import Parameters
from tb.transactor.tape import (
    DEACT_CPU_LSB,
    DEACT_VALID_LSB,
    ENTRY_WORDS,
    LINES,
    NO_BANK,
    SLVERR,
    Words,
    decode,
)


class Answers(NamedTuple):
    """What the reference says to a tape, an item a command.

    before   levels of all lines before the first
    banks    that accepted it, or NO_BANK; 8 bits
    values   read data; 32 bits
    levels   of all lines, as in word 0; 32 bits
    states   observation port of the bank, without its word 0; 32 bits each
    special  entry, error and deactivated INTID of what has one
    """

    before: int
    banks: bytes
    values: bytes
    levels: bytes
    states: bytes
    special: list[tuple[int, bool, int | None]]


class Reference:
    """The reference, asked for tapes."""

    def __init__(self, parameters: Parameters) -> None:
        self._gic: Final = Gic(parameters)
        self._pack: Final = Struct(f"<{len(self._gic.banks[0].words)}I").pack
        self._words: Final = [bank.words for bank in self._gic.banks]
        self._states: Final = [self._pack(*words) for words in self._words]
        self._levels = 0  # of the lines of all banks, as in word 0

    def answers(self, packed: bytes) -> Answers:
        """To an encoded tape that is played when the one before has ended."""
        before = levels = self._levels
        banks, values, all_levels = bytearray(), array("I"), array("I")
        states: list[bytes] = []
        special: list[tuple[int, bool, int | None]] = []
        put_bank, put_value = banks.append, values.append
        put_levels, put_state = all_levels.append, states.append
        access, interfaces = self._gic.access, self._gic.banks
        words, packed_words, pack = self._words, self._states, self._pack
        # This loop decides how fast a replay is.
        for is_reset, cpu, write, addr, data, strb in decode(packed):
            if is_reset:
                self._gic.reset()
                levels = value = index = 0
                put_bank(NO_BANK)
            else:
                value, error, index, deactivated = access(cpu, write, addr, data, strb)
                if error or deactivated is not None:
                    special.append((len(values), error, deactivated))
                put_bank(index)
            put_value(value)
            interface = interfaces[index]
            observed = interface.words
            if observed is words[index]:  # nothing has changed
                put_state(packed_words[index])
            else:
                words[index] = observed
                packed_words[index] = state = pack(*observed)
                put_state(state)
                maint, virq, vfiq = interface.lines
                levels = levels & ~(0x010101 << index) | (maint << 16 | vfiq << 8 | virq) << index
            put_levels(levels)
        self._levels = levels
        return Answers(
            before, bytes(banks), values.tobytes(), all_levels.tobytes(), b"".join(states), special
        )


class Expectation:
    """Makes of answers, tape by tape, what the transactor is to write down."""

    def __init__(self, parameters: Parameters, with_state: bool) -> None:
        self._irq_reg: Final = parameters.irq_reg
        self._with_state: Final = with_state
        self._accepts: Final = [0] * parameters.num_cpu

    def log(self, answers: Answers, packed: bytes) -> bytes:
        """The log of the encoded tape, from the answers to it."""
        control = np.frombuffer(packed, ">u4")[1::2].astype(np.uint32)
        bank = np.frombuffer(answers.banks, np.uint8).astype(np.uint32)
        levels = np.frombuffer(answers.levels, np.uint32)
        is_access = bank != NO_BANK
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
        states = np.frombuffer(answers.states, np.uint32).reshape(len(bank), -1)
        return np.hstack((log, states)).tobytes()

    def _counts(self, bank: Words) -> Words:
        """Of accesses, each the count that its bank has reached."""
        counts = np.zeros_like(bank)
        is_reset = bank == NO_BANK
        for index, carried in enumerate(self._accepts):
            mine = bank == index
            count = carried + np.cumsum(mine)
            count -= np.maximum.accumulate(np.where(is_reset, count, 0))
            counts[mine] = count[mine] & 0xFF
            self._accepts[index] = int(count[-1]) if len(count) else carried
        return counts
