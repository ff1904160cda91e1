# SPDX-License-Identifier: Apache-2.0
"""Run all tests, or those that TEST selects."""

import argparse
from collections.abc import Sequence

import pytest
from _pytest.mark.expression import Expression

from tb import settings
from tb.bar_of_tests import Bar
from tb.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(args: argparse.Namespace) -> int:
    """Run pytest; how, is in pyproject.toml."""
    selection = settings.load().test
    check(selection)
    return run([], selection, [Bar()])


def check(selection: str) -> None:
    """UserError if TEST is no expression of pytest, whose workers would all die of it."""
    try:
        Expression.compile(selection)
    except SyntaxError as error:
        raise UserError(
            f"TEST={selection}: {error.msg}; allowed are parts of names with and, or, not and parentheses"
        ) from None


def run(options: Sequence[str], selection: str, plugins: Sequence[object]) -> int:
    """Run the tests that TEST selects; their exit status. UserError if there are none."""
    status = pytest.main([*options, "-k", selection], plugins)
    if status == pytest.ExitCode.NO_TESTS_COLLECTED and selection:
        raise UserError(f"TEST={selection}: no test has such a name")
    return status
