# SPDX-License-Identifier: Apache-2.0
"""Hypothesis draws the same examples in every run, and keeps what it needs where everything generated is."""

from pathlib import Path

from hypothesis import configuration, settings

configuration.set_hypothesis_home_dir(Path(__file__).parents[2] / "sim_build/cache/hypothesis")
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None, max_examples=150)
settings.load_profile("repeatable")
