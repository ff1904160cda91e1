# SPDX-License-Identifier: Apache-2.0
"""What the tests of a regression came to: the commands that run failing ones again, and a page."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest
from jinja2 import ChoiceLoader, Environment, PackageLoader, select_autoescape

from tb.farm.recorder import SHORTFALLS
from tb.farm.results import COVERAGE, Line, read, variables

_TEMPLATES: Final = Environment(
    loader=ChoiceLoader([PackageLoader("tb.farm", "."), PackageLoader("tb.report", ".")]),
    autoescape=select_autoescape(["html.j2"]),
    trim_blocks=True,
)
_VERDICTS: Final = {
    pytest.ExitCode.OK: "passed",
    pytest.ExitCode.INTERRUPTED: "interrupted: make regress RESUME=1 goes on",
}


class Reporter:
    """A plugin of pytest, which reads the results once there are no more to come."""

    def __init__(self, results: Path) -> None:
        self._results = results

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        self._summary = Summary(read(self._results))
        result = yield
        shortfalls = session.config.stash.get(SHORTFALLS, ())
        page = self._summary.page(pytest.ExitCode(session.exitstatus), shortfalls)
        self._results.with_suffix(".html").write_text(page, encoding="utf-8")
        return result

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for text in self._summary.coverage[:1]:
            terminalreporter.write_line(text)
        for line in self._summary.failed:
            terminalreporter.write_line("\n    ".join([f"again: {line['test']}", *line["again"]]))


class Summary:
    """Adds up lines.

    failed    those of the tests that failed
    coverage  functional, of the live co-simulations, in lines; none if none was taken
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self.failed: list[Line] = []
        self._outcomes: Counter[str] = Counter()
        self._tests: Counter[str] = Counter()  # by folder of tests/
        self._seconds: Counter[str] = Counter()
        self._properties: dict[str, Counter[str]] = defaultdict(Counter)
        self._covered: dict[str, int] = {}
        for line in lines:
            self._add(line)
        self.coverage = self._coverage()

    def _add(self, line: Line) -> None:
        stage = line["test"].split("/")[1].partition(".py")[0]
        self._outcomes[line["outcome"]] += 1
        self._tests[stage] += 1
        self._seconds[stage] += line["seconds"]
        for kind, counts in line["properties"]:
            if kind == COVERAGE:
                for point, number in counts.items():
                    self._covered[point] = self._covered.get(point, 0) | number
            else:
                self._properties[kind].update(counts)
        if line["outcome"] == "failed":
            self.failed.append({name: line[name] for name in ("test", "failure", "again")})

    def _coverage(self) -> list[str]:
        if not self._covered:
            return []
        # Where there is none to read, it is not worth the time that the imports take.
        from tb.coverage.packed import LIVE, unpacked
        from tb.coverage.report import Report

        hits = {name: dict.fromkeys(labels, 1) for name, labels in unpacked(self._covered).items()}
        report = Report(LIVE, hits)
        return [f"coverage: {report}, {report.bins}", *report.lines({})]

    def page(self, status: pytest.ExitCode, shortfalls: Sequence[str]) -> str:
        """The HTML."""
        return _TEMPLATES.get_template("page.html.j2").render(
            passed=status == pytest.ExitCode.OK,
            verdict=_VERDICTS.get(status, "failed"),
            shortfalls=shortfalls,
            variables={name: value for name, value in variables().items() if value},
            outcomes=sorted(self._outcomes.items()),
            failed=self.failed,
            coverage=self.coverage,
            stages=[(stage, self._tests[stage], self._seconds[stage]) for stage in sorted(self._tests)],
            properties=sorted(self._properties.items()),
        )
