# SPDX-License-Identifier: Apache-2.0
"""Hypothesis draws the same examples in every run and keeps nothing on disk."""

from hypothesis import Phase, settings

settings.register_profile("repeatable", derandomize=True, database=None, deadline=None, max_examples=100)
settings.register_profile(
    "planted", settings.get_profile("repeatable"), phases=(Phase.explicit, Phase.generate), print_blob=False
)
settings.load_profile("repeatable")
