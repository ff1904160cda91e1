# SPDX-License-Identifier: Apache-2.0
"""Live on the device the machine makes the accesses that it makes on the model alone, and sees the same."""

import pytest

from tb.commands.cosim import live, model
from tb.model.machine.scenarios import SCENARIOS
from tests.cosim.cross import DIALECTS, SIZES, build, case

ENTRIES = 60
SEEDS = 20  # of each device
SHARE = 2  # of them, for `make test`


@pytest.mark.parametrize("num_lr", SIZES)
def test_same_trace(num_lr, seed, regress, tmp_path, record_property):
    """Byte for byte. The next seed is for the next dialect and the next scenario."""
    device, scenarios = list(SIZES).index(num_lr), list(SCENARIOS)
    cases = [
        case(
            DIALECTS[(device + n) % 5],
            scenarios[(SEEDS * device + n) % len(scenarios)],
            num_lr,
            seed + n,
            ENTRIES,
        )
        for n in range(SEEDS if regress else SHARE)
    ]
    records = [tmp_path / f"{number}.jsonl" for number in range(len(cases))]
    outcomes = live(cases, build(num_lr), records)
    accesses = 0
    for one, outcome, record in zip(cases, outcomes, records, strict=True):
        again = tmp_path / "again.jsonl"
        assert model(one, build(num_lr).parameters, again).line == outcome.line
        text = record.read_bytes()
        assert text == again.read_bytes(), one
        assert text.count(b'"lines"') == outcome.counts["accesses"] > ENTRIES, one
        accesses += outcome.counts["accesses"]
    record_property("same traces", {"runs": len(cases), "accesses": accesses})
