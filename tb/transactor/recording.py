# SPDX-License-Identifier: Apache-2.0
"""Traces made ready to be played: blocks of a tape, and what their logs must hold, to be compared in bulk."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from gicv2_registers import GICV2_GICV_BASE, GICV_IIDR_OFFSET
from tb.model import trace
from tb.model.hardware.address_map import decode
from tb.model.hardware.distributor import PhysicalDistributor
from tb.model.hardware.parameters import Parameters
from tb.model.trace import LAST_INTID, Record
from tb.transactor import tape
from tb.transactor.tape import Command, Words

BLOCK: Final = 1 << 15  # records
_COMPARED: Final = 4  # words of an entry that a trace speaks of
_IIDR: Final = GICV2_GICV_BASE + GICV_IIDR_OFFSET


class Physical(NamedTuple):
    """A record that acts on the physical distributor, its number, and how many commands came before it."""

    record: Record
    number: int
    commands: int


@dataclass(frozen=True)
class Block:
    """Some records of a trace, one after the other.

    parameters      of the device that it is for
    packed          its accesses and resets, encoded
    origins         for each of them the number of the record that it is
    first           number of the block's first record; 1 is that of the trace
    entries, kinds  of each record how many commands there were with it: it speaks of the last one's entry, if
                    need be of the block before; and its row in the next two
    masks, wanted   which bits of the entry's first words are compared, and with what
    physical        what acts on the physical distributor, resets among it
    values          read data that are compared
    lines           levels that are compared
    """

    parameters: Parameters
    packed: bytes
    origins: Sequence[int]
    first: int
    entries: Words
    kinds: Words
    masks: Words
    wanted: Words
    physical: Sequence[Physical]
    values: int
    lines: int

    @property
    def records(self) -> int:
        """How many there are."""
        return len(self.entries)


class Comparison:
    """Logs of a trace's blocks, one after the other, with the trace."""

    def __init__(self) -> None:
        self._distributor = PhysicalDistributor()
        self._last = np.zeros((1, _COMPARED), np.uint32)

    def differences(self, block: Block, words: Words) -> list[int]:
        """The numbers of the records that a block's log differs from, one for each word that does."""
        log = np.concatenate((self._last, words[:, :_COMPARED]))
        self._last = log[-1:]
        different = (log[block.entries] ^ block.wanted[block.kinds]) & block.masks[block.kinds]
        wrong = (different.nonzero()[0] + block.first).tolist()
        return sorted([*wrong, *self._physical_differences(block, words)])

    def _physical_differences(self, block: Block, words: Words) -> Iterator[int]:
        """Reads of the physical distributor that its model answers otherwise, told what the device did."""
        end = len(words)
        deactivations = iter(np.flatnonzero(words[:, 2] & tape.DEACT_VALIDS).tolist())
        entry = next(deactivations, end)
        for record, number, commands in (*block.physical, (None, 0, end)):
            while entry < commands:
                port = int(words[entry, 3])
                intid = port & tape.DEACT_ID
                if intid <= LAST_INTID:
                    self._distributor.deactivate(intid, (port & tape.DEACT_CPU) >> tape.DEACT_CPU_LSB)
                entry = next(deactivations, end)
            if record is None:
                return
            if record.op == "reset":
                self._distributor = PhysicalDistributor()
                continue
            assert record.value is not None
            if record.op == "pact":
                self._distributor.acknowledge(record.value, record.cpu)
                continue
            assert record.reg is not None
            if record.op == "w":
                self._distributor.write(record.reg, record.value, record.cpu)
            elif "value" not in record.skip and record.value != self._distributor.read(
                record.reg, record.cpu
            ):
                yield number


class _Kind:
    """What all equal records have in common: the command, if any, and the row of what is compared."""

    def __init__(self, record: Record, num_cpu: int, row: int, has_iidr: bool) -> None:
        self.row: Final = row
        self.masks: Final = [0] * _COMPARED
        self.wanted: Final = [0] * _COMPARED
        self.values = self.lines = 0
        self.command: Command | None = None
        address = record.address
        if address is not None:
            self._add_access(record, address, num_cpu, has_iidr)
        elif record.op == "r":
            self.values = int("value" not in record.skip)
        self.is_command: Final = address is not None or record.op == "reset"
        self.is_physical: Final = address is None and record.op != "note"
        self.packed: Final = tape.encode([self.command]) if self.is_command else b""
        for name, level in record.lines.items():
            if name not in record.skip:
                bit = tape.LINES[name] + record.cpu
                self._check(0, 1 << bit, level << bit)
                self.lines += 1

    def _add_access(self, record: Record, address: int, num_cpu: int, has_iidr: bool) -> None:
        write = record.op == "w"
        assert record.value is not None
        self.command = Command(record.cpu, write, address, record.value if write else 0, record.strb)
        if not write and "value" not in record.skip and (address != _IIDR or has_iidr):
            self.values = 1
            self._check(1, 0xFFFF_FFFF, record.value)
        self._check(2, tape.RESP, tape.SLVERR if record.resp == "SLVERR" else 0)
        if record.deact is not None:
            bank = decode(record.cpu, address, num_cpu).bank
            self._check(2, tape.DEACT_VALIDS, sum(1 << tape.DEACT_VALID_LSB + bank for _ in record.deact))
            if record.deact:
                self._check(3, tape.DEACT_ID, record.deact[0])

    def _check(self, word: int, mask: int, wanted: int) -> None:
        self.masks[word] |= mask
        self.wanted[word] |= wanted


class _Maker:
    """Makes blocks of records."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters: Final = parameters
        self._has_iidr = False
        self._next = 1  # number of the next record

    def make(self, records: Sequence[Record]) -> Block:
        kinds: dict[tuple[int, bool], _Kind] = {}  # equal lines of a trace are one object
        packed: list[bytes] = []  # commands
        origins, entries, rows = array("Q"), array("q"), array("I")
        physical: list[Physical] = []
        values = lines = 0
        for number, record in enumerate(records, self._next):
            if record.op == "reset":
                self._has_iidr |= "iidr" in record.meta
            kind = kinds.get((id(record), self._has_iidr))
            if kind is None:
                kind = _Kind(record, self._parameters.num_cpu, len(kinds), self._has_iidr)
                kinds[id(record), self._has_iidr] = kind
            if kind.is_physical:
                physical.append(Physical(record, number, len(packed)))
            if kind.is_command:
                packed.append(kind.packed)
                origins.append(number)
            entries.append(len(packed))
            rows.append(kind.row)
            values += kind.values
            lines += kind.lines
        self._next += len(records)
        return Block(
            self._parameters,
            b"".join(packed),
            origins,
            self._next - len(records),
            np.frombuffer(entries, np.int64),
            np.frombuffer(rows, np.uint32),
            np.array([kind.masks for kind in kinds.values()], np.uint32),
            np.array([kind.wanted for kind in kinds.values()], np.uint32),
            physical,
            values,
            lines,
        )


def blocks(path: Path | str, limit: int | None = None, size: int = BLOCK) -> Iterator[Block]:
    """A trace, or its first `limit` records, in blocks of `size` records. TraceError where it is none."""
    maker = _Maker(trace.device(path))
    records = islice(trace.read(path), limit)
    while some := list(islice(records, size)):
        yield maker.make(some)
