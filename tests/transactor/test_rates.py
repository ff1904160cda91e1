# SPDX-License-Identifier: Apache-2.0
"""What benchmarks ask for is there; how fast it is, they say."""

import pytest

from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.paths import ROOT
from tb.simulator import Build
from tb.transactor import rates

XEN = ROOT / "tests" / "data" / "traces" / "real" / "xen-4.17-linux-1p1v.jsonl.gz"
BUILD = Build("verilator", Parameters(num_cpu=1))


def test_all_ways_are_measured(seed: int) -> None:
    measured = rates.measure(BUILD, [XEN], seed, 2000)
    assert set(measured) == {"play", "replay", "reference", "checked"}
    for accesses, seconds, processor in measured.values():
        assert accesses >= 2000
        assert seconds > 0
        assert processor > 0


def test_growth_is_measured(seed: int) -> None:
    accesses, first, last = rates.grow(BUILD, [XEN], seed, 60_000)
    assert accesses >= 60_000
    assert last >= first > 10_000


def test_trace_for_another_device_is_no_rate(seed: int) -> None:
    with pytest.raises(UserError, match="assert"):
        rates.measure(Build("verilator", Parameters(num_cpu=1, num_lr=3)), [XEN], seed, 2000)
