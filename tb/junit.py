# SPDX-License-Identifier: Apache-2.0
"""JUnit XML: what a command found, for CI. Commands that run pytest have pytest's."""

import re
import time
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree


class _Case(NamedTuple):
    name: str
    failure: str
    seconds: float


_CONTROL: Final = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # not in XML
_CASES: Final[list[_Case]] = []  # of the command that runs


def begin() -> None:
    """A command begins."""
    _CASES.clear()


def add(name: str, failure: str = "", seconds: float = 0) -> None:
    """The command has done something. `failure`: why it failed, in words; empty: it passed."""
    _CASES.append(_Case(name, _CONTROL.sub("?", failure), seconds))


def write(path: Path, command: str, started: float, status: int) -> None:
    """Write what was added, unless pytest has written since the command started (in seconds since the epoch).

    Where nothing was, or nothing that tells why the command failed, the command itself is a case.
    """
    if path.exists() and path.stat().st_mtime >= started:
        return
    seconds = time.time() - started
    cases = list(_CASES)
    if not cases or (status and not any(case.failure for case in cases)):
        cases.append(_Case(command, f"exit status {status}" if status else "", seconds))
    failures = sum(bool(case.failure) for case in cases)
    numbers = {"tests": f"{len(cases)}", "failures": f"{failures}", "time": f"{seconds:.3f}"}
    suite = ElementTree.Element("testsuite", {"name": command, "errors": "0", "skipped": "0", **numbers})
    for case in cases:
        attributes = {"classname": command, "name": case.name, "time": f"{case.seconds:.3f}"}
        element = ElementTree.SubElement(suite, "testcase", attributes)
        if case.failure:
            failure = ElementTree.SubElement(element, "failure", {"message": case.failure.splitlines()[0]})
            failure.text = case.failure
    root = ElementTree.Element("testsuites")
    root.append(suite)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
