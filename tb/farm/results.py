# SPDX-License-Identifier: Apache-2.0
"""The results of a regression: JSON lines, one for each test, below one that says what was run.

test        its pytest node id
outcome     passed, failed or skipped
seconds     of its setup, call and teardown
properties  what it recorded (pytest's record_property), in pairs
failure     why it failed, in text; absent if it did not
again       the command that runs it again; absent if it did not fail
reports     pytest's reports of its phases, serialised
"""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tb import settings
from tb.errors import UserError
from tb.paths import ROOT

Line = dict[str, Any]

COVERAGE: Final = "coverage"  # the property that has packed cover points, not counts
HOW: Final = frozenset({"FARM", "JOBS", "PYTHON", "RESUME"})  # variables that results do not depend on
_SOURCES: Final = ("rtl", "formal", "tb", "tests", "examples")


def variables() -> dict[str, str]:
    """The Makefile's variables that a test may depend on, as they are set; empty: not set."""
    return {name: os.environ.get(name, "") for name in settings.names() if name not in HOW}


def start(path: Path) -> None:
    """A file without results."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = {"variables": variables(), "sources": _digest()}
    path.write_text(json.dumps(head) + "\n", encoding="utf-8")


def resume(path: Path) -> None:
    """Keep the results in the file, but for a last line that is not whole.

    Raises UserError if there are none, if they are of another run, or if one cannot be read.
    """
    text = path.read_bytes() if path.exists() else b""
    whole = text.rfind(b"\n") + 1
    if not whole:
        raise UserError(f"RESUME=1: there are no results in {path}")
    try:
        then = json.loads(text[: text.index(b"\n")])
        known, sources = then["variables"], then["sources"]
    except (ValueError, LookupError, TypeError):
        raise UserError(f"RESUME=1: {path} does not begin as results do") from None
    anew = "without RESUME=1 all starts anew"
    for name, value in variables().items():
        if (old := known.get(name, "")) != value:
            raise UserError(f"RESUME=1: the results in {path} are of {name}={old}, not {value}; {anew}")
    if sources != _digest():
        raise UserError(f"RESUME=1: a source file has changed since {path} was begun; {anew}")
    os.truncate(path, whole)
    for _ in read(path):  # to see that all can be read
        pass


def read(path: Path) -> Iterator[Line]:
    """The lines of the tests. Raises UserError if one is none."""
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                line = json.loads(text)
            except ValueError:
                raise UserError(f"{path}:{number}: this is no result") from None
            if "test" in line:
                yield line


def _digest() -> str:
    """Of all that tests run."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in _SOURCES for path in (ROOT / folder).rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(ROOT)} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()
