# SPDX-License-Identifier: Apache-2.0
"""Cover points: what can be hit, and what cannot, with the reason."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from tb.model.defects import FAITHFUL

DIALECTS: Final = tuple(FAITHFUL)

Reason = Callable[..., str]


@dataclass(frozen=True)
class Point:
    """One question to the runs, and all answers to it.

    name         path, with dots; unique
    bins         the answers that the runs are to give
    unreachable  the answers that cannot come, and why; one that comes all the same is an error
    """

    name: str
    bins: Collection[str]
    unreachable: Mapping[str, str]

    def __post_init__(self) -> None:
        if "bin" in self.name:
            raise ValueError(f"{self.name}: the library takes names with `bin` for bins")
        if not self.bins:
            raise ValueError(f"{self.name} has no bins")


def cross(name: str, *axes: Iterable[str], unreachable: Reason = lambda *values: "") -> Point:
    """A point whose bins are all combinations of the axes' values, parted by a blank.

    `unreachable` gets such values; it says why they cannot come together, or nothing.
    """
    reasons = {" ".join(values): unreachable(*values) for values in product(*axes)}
    bins = dict.fromkeys(label for label, reason in reasons.items() if not reason)
    return Point(name, bins, {label: reason for label, reason in reasons.items() if reason})
