# SPDX-License-Identifier: Apache-2.0
"""How much a regression has to do: less of it would prove little."""

from collections import Counter
from collections.abc import Iterator, Mapping

from tb.model.ledger import SENTENCES

RUNS = {"entries": 300_000, "deliveries": 300_000}
EVALUATIONS = 10_000
RARE = {"INV-LIVE-3": 1_000, "INV-ACT-3": 1_000}  # whose condition seldom holds


def shortfalls(totals: Mapping[str, Counter[str]]) -> Iterator[str]:
    """What the totals of tests/cosim/test_cross.py lack, in sentences."""
    for name, least in RUNS.items():
        if totals["cosim"][name] < least:
            yield f"{totals['cosim'][name]} {name} live on the device: {least} are needed"
    for invariant in SENTENCES:
        count, least = totals["invariants"][invariant], RARE.get(invariant, EVALUATIONS)
        if count <= least:
            yield f"{invariant} was evaluated {count} times: more than {least} are needed"
