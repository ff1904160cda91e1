# SPDX-License-Identifier: Apache-2.0
"""The search for the shortest trace on which a device differs from the reference as it does on a longer one.

It names candidates, one after the other; who has the device plays them, and tells what came of each.
"""

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from math import inf
from pathlib import Path
from time import process_time
from typing import Final, NamedTuple

from tb.model import trace
from tb.model.hardware.address_map import address as address_of
from tb.model.hardware.address_map import decode
from tb.model.hardware.gic import ALL_BYTES, Gic
from tb.model.hardware.parameters import Parameters
from tb.model.trace import Record, Writer

DIFFERENCE: Final = "difference"  # in the first `meta` of a result: what differs
DONE: Final = "done"  # there too: nothing was left to try

TOO_SHORT: Final = "the time was over before the difference showed; BUDGET= gives more"

Records = Sequence[Record]


class Told(NamedTuple):
    """What came of a candidate.

    difference  in words; empty: there was none
    records     how many had been played when it showed
    """

    difference: str = ""
    records: int = 0


class _OutOfTimeError(Exception):
    """The time for shrinking is over."""


class Search:
    """One search.

    candidate  the trace to be played next; None: the search is over
    too_short  the time was over before the difference showed at all

    Two differences are the same if the same pin or field is wrong, of whichever CPU or list register, and the
    same rule is the likeliest that is broken.
    """

    def __init__(
        self, original: Records, parameters: Parameters, best: Path, seconds: float, located: bool = False
    ) -> None:
        """The simplest trace so far is in the file `best` at any time, once there is one.

        seconds  of processor time, after a first replay of the whole where one is needed
        located  it is known that the last record, and none before, shows the difference
        """
        self._original = list(original)
        self._parameters: Final = parameters
        self._file: Final = best
        self.too_short = False
        self._seconds: Final = seconds
        self._deadline = process_time() + seconds
        self._located: Final = located
        self._best: list[Record] = []
        self._told = Told()
        self._tried: Final[set[int]] = set()
        self._same: tuple[str, str] | None = None
        self._course: Final = self._run()
        self.candidate: list[Record] | None = next(self._course, None)

    def told(self, told: Told) -> None:
        """What came of the candidate."""
        try:
            self.candidate = self._course.send(told)
        except StopIteration:
            self.candidate = None

    def _run(self) -> Generator[list[Record], Told, None]:
        done = False
        with suppress(_OutOfTimeError):
            yield from self._cut()
            size = 0
            while self._best and size != (size := _size(self._best)):
                yield from self._drop()
                yield from self._simplify()
            done = True
        self.too_short = not (done or self._best)
        if self._best:
            self._deadline = inf
            yield from self._add_read()
            self._keep(done)

    def _try(self, records: Records) -> Generator[list[Record], Told, bool]:
        """Keep a trace if it shows the difference, and was not tried before."""
        key = hash(repr(records))
        if key in self._tried:
            return False
        self._tried.add(key)
        if process_time() > self._deadline:
            raise _OutOfTimeError
        candidate = list(answered(records, self._parameters))
        told = yield candidate
        if not told.difference:
            return False
        if self._same is None:
            if self._located and told.records < len(candidate):
                return False
            self._same = sameness(told.difference)
        if sameness(told.difference) != self._same:
            return False
        self._best, self._told = candidate, told
        self._keep()
        return True

    def _keep(self, done: bool = False) -> None:
        first, *others = self._best
        meta = {**first.meta, DIFFERENCE: self._told.difference, DONE: done}
        with Writer(self._file) as writer:
            for record in (first._replace(meta=meta), *others):
                writer.write(record)

    def _cut(self) -> Generator[list[Record], Told, None]:
        """The shortest end that shows it, from the state that it begins in.

        Lengths grow, so all together take no longer than twice the whole.
        """
        if not self._located:
            if not (yield from self._try(self._original)):
                return
            self._original = self._best[: self._told.records]
            self._deadline = process_time() + self._seconds
        timed = _is_timed(self._original[0]) or any(record.hold for record in self._original)
        for end in ends(self._original, self._parameters):
            if timed and (yield from self._try(without_time(end))):
                return
            if (yield from self._try(end)):
                return

    def _add_read(self) -> Generator[list[Record], Told, None]:
        """A replay in which no value is compared has shown nothing, so there has to be one."""
        read = Record("r", reg="GICH_HCR", value=0)
        for place in (1, len(self._best)):
            if all(record.op != "r" for record in self._best):
                yield from self._try([*self._best[:place], read, *self._best[place:]])

    def _drop(self) -> Generator[list[Record], Told, None]:
        """Some records in a row: first many, in the end each. From the end, where most is not needed."""
        size = max(1, len(self._best) // 2)
        while size:
            end = len(self._best)
            while end > 1:  # the first reset stays
                start = max(1, end - size)
                yield from self._try(self._best[:start] + self._best[end:])
                end = start
            size //= 2

    def _simplify(self) -> Generator[list[Record], Told, None]:
        """Records one by one: with less in their values, without what is odd about them."""
        for index in range(1, len(self._best)):
            for part in range(-1, 32):  # -1: all bits
                if simpler := _cleared(self._best[index], part):
                    yield from self._try(self._with(index, simpler))
            for simpler in _plainer(self._best[index]):
                if (yield from self._try(self._with(index, simpler))):
                    break

    def _with(self, index: int, record: Record) -> Records:
        return [*self._best[:index], record, *self._best[index + 1 :]]


def sameness(difference: str) -> tuple[str, str]:
    """What two differences that are the same have in common: pin or field, and the likeliest rule."""
    words = re.sub(r"^\d+ ns(, access \d+)?: ", "", difference)
    subject = re.split(r": rtl=| is | at cycle |, at the ", words)[0]
    rule = re.search(r"\((V2-[A-Z]+-\d+)[^()]*\)\W*$", words)
    return re.sub(r"\d+", "", subject), rule[1] if rule else ""


def for_device(records: Iterable[Record]) -> Iterator[Record]:
    """What of a trace reaches the device."""
    return (
        record for record in records if record.op == "reset" or record.address is not None or record.extra
    )


def without_time(records: Records) -> list[Record]:
    """The accesses of a trace that says when they happen, in their order."""
    return [
        record._replace(hold={}, meta={}, cycle=None)
        for record in records
        if record.op == "reset" or record.address is not None
    ]


def answered(records: Iterable[Record], parameters: Parameters) -> Iterator[Record]:
    """Records with the reference's answers; with its lines, too, unless they say when accesses happen."""
    gic = Gic(parameters)
    timed = False
    for record in records:
        address, data = record.address, record.value
        if address is None or data is None:
            if record.op == "reset":
                gic.reset()
                timed = _is_timed(record)
                meta = record.meta if timed else {}
                record = record._replace(meta={**meta, **trace.device_meta(parameters)}, lines={})
            yield record
            continue
        write = record.op == "w"
        response = gic.access(record.cpu, write, address, data, record.strb)
        register = decode(record.cpu, address, parameters.num_cpu).register
        if register and address == address_of(register):
            record = record._replace(reg=register, addr=None, bank=None)
        yield record._replace(
            value=data if write else response.value,
            resp="SLVERR" if response.error else "OKAY",
            deact=None if response.deactivated is None else (response.deactivated,),
            lines={} if timed else gic.banks[record.cpu].lines._asdict(),
            skip=frozenset(),
            haz=(),
            cycle=None,
        )


def ends(records: Records, parameters: Parameters) -> Iterator[list[Record]]:
    """Ends of the last episode, shortest first, after writes that bring about the state they begin in.

    Then the episode, then the whole trace.
    """
    begin = max(index for index, record in enumerate(records) if record.op == "reset")
    episode = records[begin + 1 :]
    lengths = [1 << power for power in range(len(episode).bit_length()) if 1 << power < len(episode)]
    starts = {len(episode) - length for length in lengths}
    states, gic = {}, Gic(parameters)
    for index, record in enumerate(episode):
        if index in starts:
            states[index] = deepcopy(gic)
        address, data = record.address, record.value
        if address is not None and data is not None:
            gic.access(record.cpu, record.op == "w", address, data, record.strb)
    for length in lengths:
        start = len(episode) - length
        yield [records[begin], *_restoring(states[start]), *episode[start:]]
    yield list(records[begin:])
    if begin:
        yield list(records)


def _restoring(gic: Gic) -> Iterator[Record]:
    """Writes that bring a device from its reset to a state."""
    reset = Gic(gic.parameters)
    for cpu, (bank, fresh) in enumerate(zip(gic.banks, reset.banks, strict=True)):
        hcr, vmcr, apr, *_ = bank.words
        words = {f"GICH_LR{n}": word for n, word in enumerate(bank.words[8:])}
        words |= {"GICH_APR": apr, "GICH_VMCR": vmcr, "GICH_HCR": hcr}
        before = dict(zip(("GICH_HCR", "GICH_VMCR", "GICH_APR"), fresh.words, strict=False))
        for register, value in words.items():
            if value != before.get(register, 0):
                yield Record("w", cpu=cpu, reg=register, value=value)


def _is_timed(reset: Record) -> bool:
    return bool(reset.meta.get(trace.TIMED))


def _size(records: Records) -> int:
    """Of what _drop() and _simplify() make less."""
    return sum(
        100
        + (record.value or 0).bit_count() * (record.op == "w")
        + sum(map(int.bit_count, record.hold.values()))
        for record in records
    )


def _cleared(record: Record, part: int) -> Record | None:
    """A write without a bit of its datum, or without all; None if it has no such bit."""
    value = record.value or 0
    bits = value if part < 0 else value & 1 << part
    return record._replace(value=value & ~bits) if bits and record.op == "w" else None


def _plainer(record: Record) -> Iterator[Record]:
    """A record that says less of time, strobes and windows; the plainest first."""
    plain = record._replace(hold={}, strb=ALL_BYTES)
    if record.bank is not None:
        plain = plain._replace(cpu=record.bank, bank=None)
    if plain == record:
        return
    yield plain
    for channel, waits in record.hold.items():
        for shorter in (0, *(1 << power for power in range(waits.bit_length()))):
            if shorter < waits:
                yield record._replace(hold={**record.hold, channel: shorter})
