# SPDX-License-Identifier: Apache-2.0
"""The faithful dialects do what the rules say, at each entry and exit."""

import pytest
from switched import switched

from tb.model.machine.scenarios import SCENARIOS

SIZES = (1, 2, 4, 33)
DIALECTS = ("kvm17", "kvm19", "xen", "classic", "classic-v310")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_differs(dialect: str, scenario: str) -> None:
    """Each scenario at one size, which goes around; over all scenarios each dialect has all sizes."""
    num_lr = SIZES[(list(SCENARIOS).index(scenario) + DIALECTS.index(dialect)) % len(SIZES)]
    switches = switched(dialect, scenario, num_lr)
    assert not switches.mismatches, switches.mismatches[0]
    assert switches.checks["flush HCR"] >= 100
