# SPDX-License-Identifier: Apache-2.0
"""A bar for pytest."""

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from tb import progress


class Bar:
    """A plugin: on terminals how many tests have ended, in place of a letter for each."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._done: Callable[..., None] | None = None
        self._ended = 0

    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        self._begin(len(ids))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items:  # else workers collect
            self._begin(len(session.items))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._done and report.when == "teardown":
            self._ended += 1
            self._done(self._ended)

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> Generator[None, Any, Any]:
        status: Any = yield
        return (status[0], "", "") if self._done else status

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        self._stack.close()

    def _begin(self, total: int) -> None:
        if progress.wanted() and not self._done:
            self._done = self._stack.enter_context(progress.bar("tests", total))
