# SPDX-License-Identifier: Apache-2.0
"""How a property is stated, so that a planted error can be shown to break it."""

from collections.abc import Callable
from typing import Any

from hypothesis import Phase, given, settings

FIRST_FAILURE: dict[str, Callable[..., None]] = {}
"""Each property by its name, without Hypothesis' search for the smallest failure."""


def holds_for(*strategies: Any, **named: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """As hypothesis.given."""

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        quick = settings(phases=[Phase.generate], report_multiple_bugs=False)
        FIRST_FAILURE[check.__name__] = quick(given(*strategies, **named)(check))
        return given(*strategies, **named)(check)

    return decorate
