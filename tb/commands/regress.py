# SPDX-License-Identifier: Apache-2.0
"""Run every suite at full volume: all traces whole, every parameter set, ten times the random accesses."""

import argparse

import pytest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(args: argparse.Namespace) -> int:
    """Run pytest as `make test` does; tests/conftest.py tells the tests of the volume."""
    return pytest.main(["--regress"])
