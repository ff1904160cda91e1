# SPDX-License-Identifier: Apache-2.0
"""Hypothesis draws the same examples in every run and keeps nothing on disk."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None, max_examples=150)
settings.load_profile("repeatable")
