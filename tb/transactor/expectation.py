# SPDX-License-Identifier: Apache-2.0
"""What the log of a device that obeys the rules holds.

Asked of the reference is what depends on state; all else follows from the tape, in bulk.
"""

from array import array
from itertools import chain
from struct import Struct
from typing import Final, NamedTuple

import numpy as np

from tb.model.hardware import address_map
from tb.model.hardware.gic import Gic
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import Lines
from tb.transactor.tape import (
    DEACT_CPU_LSB,
    DEACT_VALID_LSB,
    ENTRY_WORDS,
    LINES,
    SLVERR,
    Words,
    decode,
)

_NO_BANK: Final = 0xFF


class Answers(NamedTuple):
    """What the reference says to a tape, an item a command.

    values   read data, 32 bits each
    lines    of the bank that accepted it: maint, virq and vfiq, a byte each
    states   its observation port without word 0; of a reset that of bank 0
    special  entry, error and deactivated INTID of what has one
    """

    values: bytes
    lines: bytes
    states: bytes
    special: list[tuple[int, bool, int | None]]


class Reference:
    """The reference, asked for tapes."""

    def __init__(self, parameters: Parameters) -> None:
        self._gic: Final = Gic(parameters)
        self._pack: Final = Struct(f"<{len(self._gic.banks[0].words)}I").pack
        self._states: Final = [self._pack(*bank.words) for bank in self._gic.banks]

    def answers(self, packed: bytes) -> Answers:
        """To an encoded tape that is played when the one before has ended."""
        values: list[int] = []
        lines: list[Lines] = []
        states: list[bytes] = []
        special: list[tuple[int, bool, int | None]] = []
        put_value, put_lines, put_state = values.append, lines.append, states.append
        access, banks, latest, pack = self._gic.access, self._gic.banks, self._states, self._pack
        for data, control in decode(packed):  # how fast a replay is depends on this loop
            if control is None:
                self._gic.reset()
                value = index = 0
            else:
                cpu, write, addr, strb = control
                value, error, index, deactivated = access(cpu, write, addr, data, strb)
                if error or deactivated is not None:
                    special.append((len(states), error, deactivated))
            put_value(value)
            bank = banks[index]
            put_lines(bank.lines)
            if bank.known_words is None:  # something has changed
                latest[index] = pack(*bank.words)
            put_state(latest[index])
        return Answers(
            array("I", values).tobytes(), bytes(chain.from_iterable(lines)), b"".join(states), special
        )


class Expectation:
    """Makes of answers, tape by tape, what the transactor is to write down."""

    def __init__(self, parameters: Parameters, with_state: bool) -> None:
        self._num_cpu: Final = parameters.num_cpu
        self._irq_reg: Final = parameters.irq_reg
        self._with_state: Final = with_state
        # After the last tape, of each bank: accesses accepted, levels of its lines.
        self._accepts: Final = [0] * self._num_cpu
        self._levels: Final = [0] * self._num_cpu

    def log(self, answers: Answers, packed: bytes) -> bytes:
        """The log of the encoded tape, from the answers to it."""
        if not packed:
            return b""
        control = np.frombuffer(packed, ">u4")[1::2].astype(np.uint32)
        bank = self._banks(control)
        states = np.frombuffer(answers.states, np.uint32).reshape(len(bank), -1)
        before = sum(level << index for index, level in enumerate(self._levels))
        levels = self._all_levels(bank, answers.lines)
        is_access = bank != _NO_BANK
        write, cpu = control >> 19 & 1, control >> 16 & 7
        log = np.zeros((len(bank), ENTRY_WORDS + self._with_state), np.uint32)
        log[:, 0] = bank << 24 | levels
        log[:, 1] = np.frombuffer(answers.values, np.uint32)
        log[:, 2] = is_access << cpu + 8 * write
        log[:, 4] = np.cumsum((control >> 24 & 0x7F) + 1)
        if self._with_state:
            pins = np.concatenate(([before], levels[:-1])) if self._irq_reg else levels  # V2-CYC-1
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
        return np.hstack((log, states)).tobytes()

    def _banks(self, control: Words) -> Words:
        """That accept each command, _NO_BANK for a reset."""
        known, which = np.unique(control & 0x8007_FFFF, return_inverse=True)
        banks = [
            _NO_BANK if one >> 31 else address_map.decode(one >> 16 & 7, one & 0xFFFF, self._num_cpu).bank
            for one in known.tolist()
        ]
        return np.array(banks, np.uint32)[which]

    def _all_levels(self, bank: Words, lines: bytes) -> Words:
        """Of all lines after each command, as in word 0, from those of its bank."""
        each = np.frombuffer(lines, np.uint8).astype(np.uint32).reshape(-1, len(Lines._fields))
        own = sum(each[:, n] << LINES[name] for n, name in enumerate(Lines._fields)) * (bank != _NO_BANK)
        levels = np.zeros_like(bank)
        numbers = np.arange(1, len(bank) + 1)
        for index, carried in enumerate(self._levels):
            latest = np.maximum.accumulate(numbers * ((bank == index) | (bank == _NO_BANK)))
            level = np.concatenate(([carried], own))[latest].astype(np.uint32)
            levels |= level << index
            self._levels[index] = int(level[-1])
        return levels

    def _counts(self, bank: Words) -> Words:
        """Of accesses, each the count that its bank has reached."""
        counts = np.zeros_like(bank)
        is_reset = bank == _NO_BANK
        for index, carried in enumerate(self._accepts):
            mine = bank == index
            count = carried + np.cumsum(mine)
            count -= np.maximum.accumulate(np.where(is_reset, count, 0))
            counts[mine] = count[mine] & 0xFF
            self._accepts[index] = int(count[-1])
        return counts
