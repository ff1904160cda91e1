# SPDX-License-Identifier: Apache-2.0
"""What all tests share: seed and volume, totals and the table of stages at the end, repeatable Hypothesis."""

from collections import Counter, defaultdict

import hypothesis
import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from tb import settings
from tb.farm.recorder import SHORTFALLS
from tb.farm.results import COVERAGE
from tb.paths import SIM_BUILD
from tests.cosim import volume

set_hypothesis_home_dir(SIM_BUILD / "cache" / "hypothesis")
hypothesis.settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regress", action="store_true", help="the full volume of every suite")
    parser.addoption("--seeds", type=int, default=1, help="of each co-simulation, with --regress")


@pytest.fixture
def regress(request: pytest.FixtureRequest) -> bool:
    """Whether to run the full volume, not the share that fits in `make test`."""
    return bool(request.config.getoption("regress"))


@pytest.fixture
def seed() -> int:
    """SEED, from which all randomness of a simulation derives."""
    return settings.load().seed


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print for each folder of tests/ how many ran and their seconds, summed over parallel workers."""
    tests: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                stage = report.nodeid.split("/")[1].partition(".py")[0]
                tests[stage] += report.when == "call"
                seconds[stage] += report.duration
    for kind, counts in sorted(_totals(terminalreporter).items()):
        text = ", ".join(f"{number} {name}" for name, number in counts.items())
        terminalreporter.write_line(f"{kind}: {text}")
    if tests:
        terminalreporter.write_line(f"\n{'stage':14}{'tests':>6}{'seconds':>9}")
        for stage in sorted(tests):
            terminalreporter.write_line(f"{stage:14}{tests[stage]:6}{seconds[stage]:9.1f}")


def _totals(terminalreporter: pytest.TerminalReporter) -> dict[str, Counter[str]]:
    """The sums of what tests recorded: record_property("lockstep", {"accesses": ...})."""
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for kind, counts in report.user_properties:
                if kind != COVERAGE:
                    totals[kind].update(counts)
    return totals


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run in which every test was skipped has shown nothing, nor has a regression that is too small."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not reporter or exitstatus != pytest.ExitCode.OK:
        return
    if not reporter.stats.get("passed"):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
    if session.config.getoption("regress") and _is_whole(session.config):
        shortfalls = session.config.stash[SHORTFALLS] = list(volume.shortfalls(_totals(reporter)))
        for sentence in shortfalls:
            reporter.write_line(f"\ntoo little: {sentence}")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _is_whole(config: pytest.Config) -> bool:
    """Whether no tests were left out: neither paths nor an expression choose some."""
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.getoption("keyword")
