# SPDX-License-Identifier: Apache-2.0
"""Which bins were hit, small enough for the results of each test: by point a number, a bit for each bin."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from tb.coverage import POINTS, cited, hardware_rules

_ELSEWHERE: Final = (*cited.POINTS, *hardware_rules.POINTS)  # in lines of the models, and on a bus
LIVE: Final = tuple(point for point in POINTS if point not in _ELSEWHERE)  # what co-simulations hit


def packed(runs: Iterable[Mapping[str, Collection[str]]]) -> dict[str, int]:
    """By point, the bins that one of the co-simulations hit."""
    numbers = dict.fromkeys((point.name for point in LIVE), 0)
    bits = {point.name: {label: 1 << bit for bit, label in enumerate(sorted(point.bins))} for point in LIVE}
    for hits in runs:
        for name, labels in hits.items():
            for label in labels:
                numbers[name] |= bits[name][label]
    return numbers


def unpacked(numbers: Mapping[str, int]) -> dict[str, list[str]]:
    """The labels of the bins, by point."""
    return {
        point.name: [label for bit, label in enumerate(sorted(point.bins)) if numbers[point.name] >> bit & 1]
        for point in LIVE
    }
