# SPDX-License-Identifier: Apache-2.0
"""Traces: accesses to GIC virtual CPU interfaces with what was observed, one JSON record a line.

docs/trace-format.md says what the records mean.
"""

import gzip
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Any, Final, NamedTuple, Self

from tb.model import json_lines
from tb.model.hardware import address_map
from tb.model.hardware.gic import ALL_BYTES
from tb.model.hardware.parameters import Parameters
from tb.model.json_lines import Conversion, Refusal, hexadecimal, integer, member
from tb.model.json_lines import TraceError as TraceError

LINES: Final = ("maint", "virq", "vfiq")
CHANNELS: Final = {"w": ("aw", "w", "b", "deact"), "r": ("ar", "r")}
DISTRIBUTOR: Final = frozenset(f"GICD_I{x}ACTIVER{n}" for x in "SC" for n in range(32))

TIMED: Final = "timed"  # in a reset's meta: its episode is to be repeated to the clock
LAST_INTID: Final = 1019
MAX_HOLD: Final = 0xFFFF  # clock cycles
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_PARAMETERS: Final = {  # of the device, by their keys in `meta`
    "num_cpus": "num_cpu",
    "num_lrs": "num_lr",
    "iidr": "iidr",
    "grp_filter": "grp_filter",
    "hppir_pmr": "hppir_pmr",
    "irq_reg": "irq_reg",
}


class Record(NamedTuple):
    """One line of a trace.

    op     reset, w (write), r (read), pact (a physical interrupt became active) or note
    cpu    the CPU whose port is used, and whose lines are given
    bank   the GICH bank reached through its window (V2-MAP-2); None: the CPU's own view
    reg    name of the register; None where `addr` is given
    addr   16 bits from the GIC base, of an access that names no register
    value  32 bits written or read; of a pact the INTID
    strb   4 bits
    resp   OKAY or SLVERR
    deact  physical INTIDs whose deactivation the device requests; None: not compared
    hold   clock cycles for which a channel is held back, by channel
    lines  levels after the record, by name
    skip   what is not compared, out of value, maint, virq, vfiq
    haz    why not
    meta   what a reset says of the origin and of the device
    cycle  number of the clock edge at which the access was accepted
    extra  what the format has no name for
    """

    op: str
    cpu: int = 0
    bank: int | None = None
    reg: str | None = None
    addr: int | None = None
    value: int | None = None
    strb: int = ALL_BYTES
    resp: str = "OKAY"
    deact: tuple[int, ...] | None = None
    hold: Mapping[str, int] = _NOTHING
    lines: Mapping[str, int] = _NOTHING
    skip: frozenset[str] = frozenset()
    haz: tuple[str, ...] = ()
    meta: Mapping[str, Any] = _NOTHING
    cycle: int | None = None
    extra: Mapping[str, Any] = _NOTHING

    @property
    def address(self) -> int | None:
        """Where a read or write reaches the device, from the GIC base; None where it does not."""
        if self.addr is not None or self.reg is None or self.op not in CHANNELS or self.reg in DISTRIBUTOR:
            return self.addr
        return _address(self.reg, self.bank)


_address = cache(address_map.address)


# ---- a line


def _strobes(value: Any) -> int:
    return hexadecimal(value, 4) if isinstance(value, str) else integer(value, ALL_BYTES)


def _register(value: Any) -> str:
    if value not in DISTRIBUTOR:
        _address(value, None)
    return str(value)


def _list(value: Any, convert: Callable[[Any], Any]) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(map(convert, value))


def _tags(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else _list(value, str.__str__)


def _object(value: Any, keys: tuple[str, ...] | None = None, maximum: int = 0) -> Mapping[str, Any]:
    """With `keys`, an object of these and integers up to `maximum`; without, any."""
    if not isinstance(value, dict):
        raise TypeError
    if keys is not None:
        for key, number in value.items():
            member(key, keys)
            integer(number, maximum)
    return MappingProxyType(value)


def _meta(value: Any) -> Mapping[str, Any]:
    meta = _object(value)
    if "iidr" in meta:
        hexadecimal(meta["iidr"], 32)
    return meta


_COMMON: Final[dict[str, Conversion]] = {
    "cpu": (lambda value: integer(value, 7), "0 to 7"),
    "lines": (lambda value: _object(value, LINES, 1), 'an object with "maint", "virq", "vfiq", each 0 or 1'),
    "skip": (
        lambda value: frozenset(_list(value, lambda item: member(item, ("value", *LINES)))),
        'a list out of "value", "maint", "virq", "vfiq"',
    ),
    "haz": (_tags, "a list of strings"),
    "cycle": (lambda value: integer(value, (1 << 64) - 1), "the number of a clock edge"),
}
_VALUE: Final[dict[str, Conversion]] = {
    "value": (lambda value: hexadecimal(value, 32), 'a string such as "0x0000001b", at most 32 bits'),
}
_ACCESS: Final[dict[str, Conversion]] = {
    **_COMMON,
    **_VALUE,
    "bank": (lambda value: integer(value, 7), "0 to 7"),
    "reg": (
        _register,
        "the GICH and GICV registers by name, GICD_ISACTIVER0..31 and GICD_ICACTIVER0..31 "
        '(a place without a name is reached by "addr")',
    ),
    "addr": (lambda value: hexadecimal(value, 16), 'a string such as "0x6010", at most 16 bits'),
    "strb": (_strobes, '"0x0" to "0xf"'),
    "resp": (lambda value: member(value, ("OKAY", "SLVERR")), '"OKAY" and "SLVERR"'),
    "deact": (
        lambda value: _list(value, lambda item: integer(item, LAST_INTID)),
        "a list of INTIDs from 0 to 1019",
    ),
}


def _access(op: str) -> dict[str, Conversion]:
    channels = CHANNELS[op]
    allowed = (
        "an object with " + ", ".join(f'"{name}"' for name in channels) + f", each 0 to {MAX_HOLD} cycles"
    )
    return {**_ACCESS, "hold": (lambda value: _object(value, channels, MAX_HOLD), allowed)}


_KEYS: Final[dict[str, dict[str, Conversion]]] = {
    "reset": {**_COMMON, "meta": (_meta, 'an object, "iidr" in it a string such as "0x0202143b"')},
    "w": _access("w"),
    "r": _access("r"),
    "pact": {**_COMMON, **_VALUE, "reg": (lambda value: member(value, ("INTID",)), '"INTID"')},
    "note": _COMMON,
}


@lru_cache(maxsize=1 << 16)  # 1.5 million records of hypervisors are 15 thousand different lines
def _parse(text: bytes) -> Record:
    """The record of a line; Refusal where it is none."""
    fields = json_lines.fields(text, '{"op":"r","reg":"GICV_IAR","value":"0x000003ff"}')
    op = json_lines.operation(fields, _KEYS)
    known = {
        key: json_lines.convert(key, fields.pop(key), conversion)
        for key, conversion in _KEYS[op].items()
        if key in fields
    }
    record = Record(op, **known, extra=MappingProxyType(fields))
    _check(record)
    return record


def _check(record: Record) -> None:
    """What the keys of a record must be to each other."""
    op, reg = record.op, record.reg
    if op in CHANNELS:
        if (reg is None) == (record.addr is None):
            raise Refusal(f'a {op} record needs either "reg" or "addr"')
        if record.bank is not None and not (reg and reg.startswith("GICH_")):
            raise Refusal('"bank" goes with the name of a GICH register in "reg"')
    if op in ("w", "r", "pact") and record.value is None:
        raise Refusal(f'a {op} record needs a "value"')
    if op == "pact" and record.value is not None and record.value > LAST_INTID:
        raise Refusal(f'"value" of a pact record is 0x{record.value:08x}; allowed: INTIDs up to 0x000003fb')


_DIGITS: Final = {"value": 8, "addr": 4, "strb": 1}


def _format(record: Record) -> bytes:
    """The line of a record, without the keys that have their default value."""
    fields: dict[str, Any] = {"op": record.op}
    for key, default in Record._field_defaults.items():
        value = getattr(record, key)
        if value != default:
            fields[key] = f"0x{value:0{_DIGITS[key]}x}" if key in _DIGITS else value
    fields |= fields.pop("extra", {})
    return json.dumps(fields, separators=(",", ":"), default=_plain).encode() + b"\n"


def _plain(value: Mapping[str, Any] | frozenset[str]) -> object:
    return dict(value) if isinstance(value, Mapping) else sorted(value)


# ---- a file


def device_meta(parameters: Parameters) -> dict[str, int | str]:
    """The keys of a reset's `meta` that give the device's parameters."""
    meta = {key: getattr(parameters, name) for key, name in _PARAMETERS.items()}
    return {**meta, "iidr": f"0x{parameters.iidr:08x}"}


class _Course:
    """What the records of a file must be to each other: a reset first, one device throughout.

    parameters  of the device; None before the first record
    """

    def __init__(self) -> None:
        self.parameters: Parameters | None = None

    def check(self, record: Record) -> Record:
        if record.op == "reset":
            self._reset(record.meta)
        if self.parameters is None:
            raise Refusal("the first record is no reset")
        for key, number in (("cpu", record.cpu), ("bank", record.bank)):
            if number is not None and number >= self.parameters.num_cpu:
                last = self.parameters.num_cpu - 1
                raise Refusal(f'"{key}" is {number}; allowed with the reset\'s "num_cpus": 0 to {last}')
        return record

    def _reset(self, meta: Mapping[str, Any]) -> None:
        given = {name: meta[key] for key, name in _PARAMETERS.items() if key in meta}
        if "iidr" in given:
            given["iidr"] = int(given["iidr"], 16)
        try:
            parameters = replace(self.parameters or Parameters(num_cpu=1), **given)
        except ValueError as error:
            raise Refusal(f'"meta" of the reset: {error}') from None
        if self.parameters not in (None, parameters):
            raise Refusal('"meta" gives other parameters than the first reset; allowed: one device a file')
        self.parameters = parameters


def read(path: Path | str) -> Iterator[Record]:
    """The records of a trace, that of line 1 first. TraceError where it is none."""
    course = _Course()
    return json_lines.read(Path(path), lambda text: course.check(_parse(text)))


def device(path: Path | str) -> Parameters:
    """The device that a trace is for, from its first record."""
    course = _Course()
    course.check(next(read(path)))
    assert course.parameters is not None
    return course.parameters


class Contents(NamedTuple):
    """What a trace is for.

    parameters  of the device
    timed       it says when accesses and handshakes happen, not only in which order
    """

    parameters: Parameters
    timed: bool


def validate(path: Path | str) -> Contents:
    """Read a whole trace, as a check before a simulation starts."""
    timed = False
    for record in read(path):
        timed |= bool(record.hold) or TIMED in record.meta
    return Contents(device(path), timed)


class Writer:
    """Writes a trace: `with Writer(path) as writer: writer.write(record)`.

    The file appears, whole, when the block ends; after an exception there is no new file, and an old one is
    as it was. Equal records give equal files, byte for byte, and read() takes them: write() refuses others.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._unfinished = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        self._course = _Course()
        self._lines = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        json_lines.check_name(self._path)
        with json_lines.os_errors(self._path):
            self._file: IO[bytes] | gzip.GzipFile = self._stack.enter_context(self._unfinished.open("wb"))
        if self._path.suffix == ".gz":
            self._file = self._stack.enter_context(gzip.GzipFile("", "wb", fileobj=self._file, mtime=0))
        return self

    def write(self, record: Record) -> None:
        """Add a record. TraceError, where read() would not take it."""
        self._lines += 1
        text = _format(record)
        try:
            self._course.check(_parse(text))
        except Refusal as refusal:
            raise TraceError(self._path, self._lines, str(refusal)) from None
        with json_lines.os_errors(self._path):
            self._file.write(text)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with json_lines.os_errors(self._path):
            try:
                self._stack.close()
                if kind is None:
                    self._unfinished.replace(self._path)
            finally:
                self._unfinished.unlink(missing_ok=True)
