# SPDX-License-Identifier: Apache-2.0
"""Files of JSON Lines, plain or packed with gzip: one object a line, and one sentence for what is none."""

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

T = TypeVar("T")
Conversion = tuple[Callable[[Any], Any], str]  # raises TypeError or ValueError; says in words what is allowed


class TraceError(ValueError):
    """A file that is no trace: one sentence that begins with the file and, where there is one, the line."""

    def __init__(self, path: Path, line: int | None, sentence: str) -> None:
        super().__init__(f"{path}: {sentence}" if line is None else f"{path}:{line}: {sentence}")


class Refusal(ValueError):
    """What is wrong with a record, before it is said where it stands."""


# ---- values


def integer(value: Any, maximum: int, minimum: int = 0) -> int:
    """A whole number."""
    if type(value) is not int or not minimum <= value <= maximum:
        raise ValueError
    return value


def hexadecimal(value: Any, bits: int) -> int:
    """A string such as "0x1b" of at most so many bits, a multiple of 4."""
    if not re.fullmatch(f"0[xX]0*[0-9a-fA-F]{{1,{bits // 4}}}", value):
        raise ValueError
    return int(value, 16)


def member(value: Any, allowed: tuple[str, ...]) -> str:
    """One of some strings."""
    return allowed[allowed.index(value)]


def convert(key: str, value: Any, conversion: Conversion) -> Any:
    """The converted value of a record's key; Refusal where it is not allowed."""
    function, allowed = conversion
    try:
        return function(value)
    except (TypeError, ValueError):
        raise Refusal(f'"{key}" is {shown(value)}; allowed: {allowed}') from None


def shown(value: object) -> str:
    """A value in a sentence."""
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


# ---- lines


def fields(text: bytes, example: str) -> dict[str, Any]:
    """The object on a line; Refusal where it is none."""
    try:
        found = json.loads(text.decode())
    except UnicodeDecodeError:
        raise Refusal("the line is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise Refusal(f"the line is not JSON: {error.msg} in column {error.colno}") from None
    except ValueError:  # an integer of thousands of digits
        raise Refusal("the line is not JSON: it has a number of thousands of digits") from None
    if not isinstance(found, dict):
        raise Refusal(f"a record is a JSON object such as {example}")
    return found


def operation(record: dict[str, Any], allowed: Mapping[str, object]) -> str:
    """Takes "op" out of a record; Refusal where it is not one of the allowed."""
    if "op" not in record:
        raise Refusal(f'the record has no "op"; allowed: {", ".join(allowed)}')
    op = record.pop("op")
    if not isinstance(op, str) or op not in allowed:
        raise Refusal(f'"op" is {shown(op)}; allowed: {", ".join(allowed)}')
    return op


# ---- files


def check_name(path: Path) -> None:
    """TraceError where the name is not one of a trace."""
    if not path.name.endswith((".jsonl", ".jsonl.gz")):
        raise TraceError(path, None, "not the name of a trace; allowed: *.jsonl and *.jsonl.gz")


@contextmanager
def os_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system refuses into a TraceError."""
    try:
        yield
    except gzip.BadGzipFile:  # an OSError that is about the data
        raise
    except OSError as error:
        raise TraceError(path, None, error.strerror or str(error)) from None


def _open(path: Path) -> IO[bytes] | gzip.GzipFile:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def read(path: Path, parse: Callable[[bytes], T]) -> Iterator[T]:
    """What `parse` makes of each line; its Refusal, and what is wrong with the file, become a TraceError."""
    check_name(path)
    line = 0
    try:
        with os_errors(path), _open(path) as file:
            for line, text in enumerate(file, 1):  # noqa: B007
                yield parse(text)
    except Refusal as refusal:
        raise TraceError(path, line, str(refusal)) from None
    except RecursionError:
        raise TraceError(path, line, "the line is nested too deeply") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise TraceError(path, line + 1, "the gzip data end or are damaged here") from None
    if line == 0:
        raise TraceError(path, None, "the file is empty")
