# SPDX-License-Identifier: Apache-2.0
"""VGICs without their known defects break no invariant, so nothing hides behind these."""

from tb.cases import MODEL
from tb.commands.cosim import explain, model
from tb.model.defects import FIXED
from tb.model.machine.scenarios import SCENARIOS
from tests.cosim.cross import build, case, parametrize, share

ENTRIES = 150


def pytest_generate_tests(metafunc):
    parametrize(metafunc)


def test_no_violation(dialect, num_lr, turn, seed, regress, record_property):
    scenarios = list(SCENARIOS) if regress else share(dialect)
    device = build(num_lr)
    failed = []
    for scenario in scenarios:
        one = case(dialect + FIXED, scenario, num_lr, seed + turn, ENTRIES)
        outcome = model(one, device.parameters)
        assert not outcome.known
        if outcome.failure:
            failed.append(f"{outcome.line}\n{explain(one, device, outcome, MODEL)}")
    record_property("without known defects", {"runs": len(scenarios)})
    assert not failed, "\n\n".join(failed)
