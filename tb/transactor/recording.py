# SPDX-License-Identifier: Apache-2.0
"""Traces made ready to be played: a tape, and what its log must hold, to be compared in bulk."""

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
from tb.transactor.tape import Command, Tape, Words

_IIDR: Final = GICV2_GICV_BASE + GICV_IIDR_OFFSET


class Physical(NamedTuple):
    """A record that acts on the physical distributor, and the number of commands before it."""

    commands: int
    record: Record


@dataclass(frozen=True)
class Recording:
    """A trace, or its first records.

    parameters  of the device that it is for
    tape        its accesses and resets
    origins     for each of these the record that it is, 1 the first
    checks      rows of entry, word, mask and wanted bits of the log
    physical    what acts on the physical distributor, resets among it
    records     how many were taken from the trace
    values      read data that are compared
    lines       levels that are compared
    """

    parameters: Parameters
    tape: Tape
    origins: Sequence[int]
    checks: Words
    physical: Sequence[Physical]
    records: int
    values: int
    lines: int

    def differences(self, words: Words) -> list[int]:
        """The entries where a log of the whole tape differs from the trace, one for each difference."""
        entry, word, mask, wanted = self.checks.T
        different = (words[entry, word] & mask) != wanted
        return sorted([*entry[different].tolist(), *self._physical_differences(words)])

    def _physical_differences(self, words: Words) -> Iterator[int]:
        """Reads of the physical distributor that its model answers otherwise, told what the device did."""
        distributor = PhysicalDistributor()
        done = 0
        for commands, record in self.physical:
            for entry in np.flatnonzero(words[done:commands, 2] & tape.DEACT_VALIDS).tolist():
                port = int(words[done + entry, 3])
                intid = port & tape.DEACT_ID
                if intid <= LAST_INTID:
                    distributor.deactivate(intid, (port & tape.DEACT_CPU) >> tape.DEACT_CPU_LSB)
            done = commands
            if record.op == "reset":
                distributor = PhysicalDistributor()
                continue
            assert record.value is not None
            if record.op == "pact":
                distributor.acknowledge(record.value, record.cpu)
                continue
            assert record.reg is not None
            if record.op == "w":
                distributor.write(record.reg, record.value, record.cpu)
            elif "value" not in record.skip and distributor.read(record.reg, record.cpu) != record.value:
                yield commands - 1


class _Maker:
    """Collects what a Recording holds."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.commands: list[Command | None] = []
        self.origins: list[int] = []
        self.checks: list[tuple[int, int, int, int]] = []
        self.physical: list[Physical] = []
        self.records = 0
        self.values = 0
        self.lines = 0
        self._has_iidr = False

    def add(self, record: Record) -> None:
        self.records += 1
        address = record.address
        if record.op == "reset":
            self._has_iidr |= "iidr" in record.meta
            self.physical.append(Physical(len(self.commands), record))
            self._add_command(None)
        elif address is not None:
            self._add_access(record, address)
        elif record.op != "note":
            self.values += record.op == "r" and "value" not in record.skip
            self.physical.append(Physical(len(self.commands), record))
        mask = wanted = 0
        for name, level in record.lines.items():
            if name not in record.skip:
                bit = tape.LINES[name] + record.cpu
                mask |= 1 << bit
                wanted |= level << bit
                self.lines += 1
        self._check(0, mask, wanted)

    def _add_access(self, record: Record, address: int) -> None:
        write = record.op == "w"
        assert record.value is not None
        self._add_command(Command(record.cpu, write, address, record.value if write else 0, record.strb))
        if not write and "value" not in record.skip and (address != _IIDR or self._has_iidr):
            self.values += 1
            self._check(1, 0xFFFF_FFFF, record.value)
        self._check(2, tape.RESP, tape.SLVERR if record.resp == "SLVERR" else 0)
        if record.deact is not None:
            bank = decode(record.cpu, address, self.parameters.num_cpu).bank
            valid = sum(1 << tape.DEACT_VALID_LSB + bank for _ in record.deact)
            self._check(2, tape.DEACT_VALIDS, valid)
            if record.deact:
                self._check(3, tape.DEACT_ID, record.deact[0])

    def _add_command(self, command: Command | None) -> None:
        self.commands.append(command)
        self.origins.append(self.records)

    def _check(self, word: int, mask: int, wanted: int) -> None:
        if mask:
            self.checks.append((len(self.commands) - 1, word, mask, wanted))


def record(path: Path | str, limit: int | None = None) -> Recording:
    """The recording of a trace, or of its first `limit` records. TraceError where it is none."""
    maker = _Maker(trace.device(path))
    for one in islice(trace.read(path), limit):
        maker.add(one)
    return Recording(
        maker.parameters,
        maker.commands,
        maker.origins,
        np.array(maker.checks, np.uint32),
        maker.physical,
        maker.records,
        maker.values,
        maker.lines,
    )
