# SPDX-License-Identifier: Apache-2.0
"""Replay: what a device does, compared with what a trace says was observed."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from gicv2_registers import GICV2_GICV_BASE, GICV_IIDR_OFFSET
from tb.model import trace
from tb.model.hardware.address_map import decode
from tb.model.hardware.distributor import PhysicalDistributor
from tb.model.hardware.gic import Gic
from tb.model.hardware.virtual_interface import Lines
from tb.model.trace import CHANNELS, LAST_INTID, Record

_MAX_SENTENCES: Final = 20  # of one trace; all mismatches are counted
_IIDR: Final = GICV2_GICV_BASE + GICV_IIDR_OFFSET


@dataclass
class Summary:
    """What a replay compared. The summaries of several traces add up.

    files, records  replayed
    values          read data of the device and of GICD_ISACTIVERn that were compared
    lines           levels of maint, virq and vfiq that were compared
    mismatches      values, lines, responses and deactivations that differ from the trace
    sentences       the first mismatches of each trace: file, line, what was observed and what the trace has
    """

    files: int = 0
    records: int = 0
    values: int = 0
    lines: int = 0
    mismatches: int = 0
    sentences: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether something was compared and nothing differs."""
        return self.mismatches == 0 and self.values > 0

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(
            self.files + other.files,
            self.records + other.records,
            self.values + other.values,
            self.lines + other.lines,
            self.mismatches + other.mismatches,
            self.sentences + other.sentences,
        )

    def __str__(self) -> str:
        return (
            f"replay: {self.files} files, {self.records} records, {self.values} values and "
            f"{self.lines} lines compared, {self.mismatches} mismatches"
            f"{'' if self.values else ': a replay that compares no value has failed'}"
        )


class _Answer(NamedTuple):
    lines: Sequence[Lines]
    value: int
    error: bool
    deactivated: Sequence[int]


class ReplayChecker:
    """Compares any device with one trace: its driver makes the requests() and gives a report() of each.

    Reports may come late and in any order; they are compared in the order of the trace. Accesses that share a
    port or a bank must be accepted in that order; others may pass each other (V2-BANK-1).

    parameters  of the device that the trace is for
    summary     of what was compared so far
    """

    def __init__(self, path: Path | str, limit: int | None = None) -> None:
        """With `limit`, of the first so many records. TraceError where the file is no trace."""
        self.parameters = trace.device(path)
        self.summary = Summary(files=1)
        self._path = path
        self._limit = limit
        self._complete = False
        self._waiting: deque[tuple[int, Record, bool]] = deque()  # line, record, whether a report is needed
        self._answers: dict[int, _Answer] = {}
        self._levels: list[Lines] = []  # of each bank, after the last record that was compared
        self._distributor = PhysicalDistributor()
        self._has_iidr = False

    def requests(self) -> Iterator[tuple[int, Record]]:
        """Line and record of what the device must do: resets, and reads and writes of `record.address`."""
        for line, record in enumerate(islice(trace.read(self._path), self._limit), 1):
            for_device = record.op == "reset" or record.address is not None
            self._waiting.append((line, record, for_device))
            if for_device:
                yield line, record
            else:
                self._compare()
        self._complete = True

    def report(
        self,
        line: int,
        lines: Sequence[Lines],
        value: int = 0,
        error: bool = False,
        deactivated: Sequence[int] = (),
    ) -> None:
        """Say what came of the request of a line.

        lines        of each bank, as soon as it has taken effect
        value        read datum
        error        answered SLVERR
        deactivated  physical INTIDs whose deactivation it made the device request
        """
        self._answers[line] = _Answer(lines, value, error, deactivated)
        self._compare()

    def finish(self) -> Summary:
        """The summary. A replay that found no mismatch but did not reach the trace's end has one."""
        if not self.summary.mismatches and (self._waiting or not self._complete):
            self._mismatch(self.summary.records + 1, "the replay ended before this record")
        return self.summary

    def _compare(self) -> None:
        """Compare records, in their order, as far as there are reports."""
        while self._waiting:
            line, record, for_device = self._waiting[0]
            if for_device and line not in self._answers:
                return
            self._waiting.popleft()
            self.summary.records += 1
            if not for_device:
                self._physical(line, record)
                self._compare_lines(line, record, self._levels[record.cpu])
                continue
            answer = self._answers.pop(line)
            if record.op == "reset":
                self._distributor = PhysicalDistributor()
                self._has_iidr |= "iidr" in record.meta
                self._levels = list(answer.lines)
            else:
                self._access(line, record, answer)
            self._compare_lines(line, record, answer.lines[record.cpu])

    def _access(self, line: int, record: Record, answer: _Answer) -> None:
        address = record.address
        assert address is not None
        resp = "SLVERR" if answer.error else "OKAY"
        if resp != record.resp:
            self._mismatch(line, f"{_name(record)}: response {resp}, the trace has {record.resp}")
        if record.op == "r" and (address != _IIDR or self._has_iidr):
            self._compare_value(line, record, answer.value)
        if record.deact is not None and record.deact != tuple(answer.deactivated):
            deact = _list(record.deact)
            self._mismatch(
                line, f"{_name(record)}: deactivates {_list(answer.deactivated)}, the trace has {deact}"
            )
        bank = decode(record.cpu, address, self.parameters.num_cpu).bank
        self._levels[bank] = answer.lines[bank]  # no other bank's can have changed
        for intid in answer.deactivated:
            if intid <= LAST_INTID:
                self._distributor.deactivate(intid, bank)

    def _physical(self, line: int, record: Record) -> None:
        """What a record does in the physical distributor."""
        if record.op == "note":
            return
        assert record.value is not None
        if record.op == "pact":
            self._distributor.acknowledge(record.value, record.cpu)
            return
        assert record.reg is not None
        if record.op == "w":
            self._distributor.write(record.reg, record.value, record.cpu)
        else:
            self._compare_value(line, record, self._distributor.read(record.reg, record.cpu))

    def _compare_value(self, line: int, record: Record, value: int) -> None:
        if "value" not in record.skip:
            self.summary.values += 1
            if value != record.value:
                self._mismatch(
                    line, f"{_name(record)}: value 0x{value:08x}, the trace has 0x{record.value:08x}"
                )

    def _compare_lines(self, line: int, record: Record, observed: Lines) -> None:
        for name, level in record.lines.items():
            if name not in record.skip:
                self.summary.lines += 1
                if getattr(observed, name) != level:
                    seen = getattr(observed, name)
                    self._mismatch(line, f"{_name(record)}: then {name} is {seen}, the trace has {level}")

    def _mismatch(self, line: int, sentence: str) -> None:
        self.summary.mismatches += 1
        if len(self.summary.sentences) < _MAX_SENTENCES:
            self.summary.sentences.append(f"{self._path}:{line}: {sentence}")


def _name(record: Record) -> str:
    if record.op not in CHANNELS:
        return record.op
    place = record.reg or f"0x{record.addr:04x}"
    if record.bank is not None:
        place += f" of bank {record.bank}"
    verb = "read of" if record.op == "r" else f"write of 0x{record.value:08x} to"
    return f"{verb} {place} by CPU {record.cpu}"


def _list(intids: Sequence[int]) -> str:
    return ", ".join(map(str, intids)) or "nothing"


def replay_on_model(paths: Iterable[Path | str], limit: int | None = None) -> Summary:
    """Replay traces, or the first `limit` records of each, on the untimed reference model."""
    total = Summary()
    for path in paths:
        checker = ReplayChecker(path, limit)
        gic = Gic(checker.parameters)
        for line, record in checker.requests():
            address, data = record.address, record.value
            if address is None or data is None:  # a reset
                gic.reset()
                checker.report(line, [bank.lines for bank in gic.banks])
                continue
            response = gic.access(record.cpu, record.op == "w", address, data, record.strb)
            deactivated = () if response.deactivated is None else (response.deactivated,)
            lines = [bank.lines for bank in gic.banks]
            checker.report(line, lines, response.value, response.error, deactivated)
        total += checker.finish()
    return total
