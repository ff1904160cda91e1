# SPDX-License-Identifier: Apache-2.0
"""What is known of a defect."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tb.model.ledger import Violation


@dataclass(frozen=True)
class Defect:
    """One of them.

    id         it never changes
    rules      that describe it
    breaks     the invariants that it breaks: a regular expression that the violation's detail has
    behaviour  what goes wrong
    evidence   by dialect that has it, why the real code is believed to do so: the first answer, in a golden
               trace, that the mended dialect has wrong (file:line); or a mark in the rules
    fix        mends a version of these dialects, with the smallest change
    mended     what that change is
    restless   a run that has met it may not come to rest
    """

    id: str
    rules: tuple[str, ...]
    breaks: Mapping[str, str]
    behaviour: str
    evidence: Mapping[str, str]
    fix: Callable[[Any], Any]
    mended: str
    restless: bool = False

    @property
    def dialects(self) -> tuple[str, ...]:
        """Those that have it."""
        return tuple(self.evidence)

    def explains(self, violation: "Violation") -> bool:
        """Whether the violation looks like this defect's."""
        words = self.breaks.get(violation.id)
        return words is not None and re.search(words, violation.detail) is not None
