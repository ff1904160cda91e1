# SPDX-License-Identifier: Apache-2.0
"""A plugin of pytest: `--results=FILE` appends a line for each test that ends.

Those that have one already are left out, and reported in the end as if they had run. (PYTEST_DONT_REWRITE: it
is imported before pytest asks for it.)
"""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tb.farm.results import Line, read, variables

SHORTFALLS: Final = pytest.StashKey[list[str]]()  # what the whole of a regression lacks, in sentences


def pytest_addoption(parser: pytest.Parser) -> None:
    """The file."""
    parser.addoption("--results", type=Path, help="JSON lines of tests; those in it are left out")


def pytest_configure(config: pytest.Config) -> None:
    """The process that reports writes; workers of pytest-xdist only need to know what to leave out."""
    given = getattr(config, "workerinput", None)
    config.pluginmanager.register(
        Selection(given["done"]) if given else Recorder(config, config.getoption("results")), "recorder"
    )


def replay(config: pytest.Config, line: Line) -> None:
    """Report a test that has run elsewhere, or before."""
    for data in line["reports"]:
        report = config.hook.pytest_report_from_serializable(config=config, data=data)
        if isinstance(report.longrepr, list):  # of a skipped test; JSON has no tuples
            report.longrepr = tuple(report.longrepr)
        report.user_properties = [(name, value) for name, value in line["properties"]]
        config.hook.pytest_runtest_logreport(report=report)


class Selection:
    """Leaves out tests, which their node ids name."""

    def __init__(self, done: list[str]) -> None:
        self._done = frozenset(done)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid not in self._done]


class Recorder(Selection):
    """Writes the lines."""

    def __init__(self, config: pytest.Config, path: Path) -> None:
        self._config = config
        self._before = {line["test"]: line for line in read(path)} if path.exists() else {}
        super().__init__(list(self._before))
        self._file = path.open("a", encoding="utf-8")
        self._reports: dict[str, list[pytest.TestReport]] = {}  # of tests that have not ended

    def pytest_configure_node(self, node: Any) -> None:
        """A worker of pytest-xdist starts."""
        node.workerinput["done"] = list(self._before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.nodeid in self._before:
            return
        self._reports.setdefault(report.nodeid, []).append(report)
        if report.when not in ("setup", "call"):  # its teardown, or the process that ran it has died
            line = self._line(self._reports.pop(report.nodeid))
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        try:
            return (yield)
        finally:
            for line in self._before.values():
                replay(session.config, line)
            session.testscollected += len(self._before)

    def _line(self, reports: list[pytest.TestReport]) -> Line:
        outcomes = {report.outcome for report in reports}
        line: Line = {
            "test": reports[0].nodeid,
            "outcome": next(one for one in ("failed", "skipped", "passed") if one in outcomes),
            "seconds": round(sum(report.duration for report in reports), 3),
            "properties": reports[-1].user_properties,
        }
        if line["outcome"] == "failed":
            line["failure"] = "\n".join(report.longreprtext for report in reports if report.failed)
            line["again"] = _again(line["test"], line["failure"], self._config.getoption("seeds"))
        return {**line, "reports": [self._serialised(report) for report in reports]}

    def _serialised(self, report: pytest.TestReport) -> dict[str, Any]:
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        data.pop("node", None)  # of pytest-xdist
        return {**data, "user_properties": []}


def _again(test: str, failure: str, seeds: int) -> list[str]:
    """The commands that the failure names, such as one for each failing scenario; else one of the test."""
    if named := re.findall(r"\bagain: (make .*)", failure):
        return list(dict.fromkeys(named))
    words = [
        f"{name}={value}" for name, value in variables().items() if value and name not in ("SEEDS", "TEST")
    ]
    words += [".venv/bin/python", "-m", "pytest", "-n0", "--regress", f"--seeds={seeds}", test]
    return [shlex.join(words)]
