# SPDX-License-Identifier: Apache-2.0
"""Run all tests, or those that TEST selects."""

import argparse

import pytest

from tb import settings
from tb.bar_of_tests import Bar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(args: argparse.Namespace) -> int:
    """Run pytest; how, is in pyproject.toml."""
    selection = settings.load().test
    return pytest.main(["-k", selection] if selection else [], [Bar()])
