# SPDX-License-Identifier: Apache-2.0
"""VGICs without their known defects break no invariant, so nothing hides behind these."""

from tb.commands.cosim import MODEL, explain, model
from tb.model.defects import FAITHFUL, FIXED
from tb.model.machine.scenarios import SCENARIOS
from tests.cosim.cross import SIZES, build, case

ENTRIES = 150


def pytest_generate_tests(metafunc):
    """As tests/cosim/test_cross.py, but on the reference model alone."""
    option = metafunc.config.getoption
    if option("regress"):
        groups = [(dialect, num_lr) for dialect in FAITHFUL for num_lr in SIZES]
        turns = range(option("seeds"))
    else:
        groups, turns = list(zip(FAITHFUL, SIZES, strict=True)), range(1)
    metafunc.parametrize("turn", turns)
    metafunc.parametrize(("dialect", "num_lr"), groups)


def test_no_violation(dialect, num_lr, turn, seed, regress, record_property):
    scenarios = list(SCENARIOS)
    if not regress:  # each once
        scenarios = scenarios[list(FAITHFUL).index(dialect) :: len(FAITHFUL)]
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
