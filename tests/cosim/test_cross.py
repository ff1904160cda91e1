# SPDX-License-Identifier: Apache-2.0
"""The VGICs of all hypervisors in all scenarios, live on devices with few and many list registers."""

from collections import Counter

from tb.commands.cosim import explain, live
from tb.farm.results import COVERAGE
from tb.model.machine.scenarios import SCENARIOS
from tests.cosim.cross import build, case, parametrize, share

ENTRIES = 700  # so that one seed gives what tests/cosim/volume.py wants
LONG = {"mixed": 1500}  # INV-LIVE-3 is about runs of more than 1000
SHARE = 40  # of `make test`, which has each scenario once, each dialect and each device with some of them


def pytest_generate_tests(metafunc):
    """Each is one simulation: about a minute, of which its start takes a second."""
    parametrize(metafunc)


def test_live(dialect, num_lr, turn, seed, regress, record_property):
    """In lockstep with the reference, held to the invariants and to the rules of flush and sync."""
    if regress:
        entries = {scenario: LONG.get(scenario, ENTRIES) for scenario in SCENARIOS}
    else:
        entries = dict.fromkeys(share(dialect), SHARE)
    cases = [case(dialect, scenario, num_lr, seed + turn, number) for scenario, number in entries.items()]
    device = build(num_lr)
    outcomes = live(cases, device)

    def total(name):
        return sum((Counter(getattr(outcome, name)) for outcome in outcomes), Counter())

    record_property("cosim", {"runs": len(outcomes), **total("counts")})
    record_property("invariants", dict(total("evaluations")))
    record_property("known defects", dict(total("known")))
    record_property("unexpected violations", dict(total("violations")))
    if any(outcome.hits for outcome in outcomes):
        from tb.coverage.packed import packed  # which takes a second

        record_property(COVERAGE, packed(outcome.hits for outcome in outcomes))
    failed = [
        f"{outcome.line}\n{explain(one, device, outcome)}"
        for one, outcome in zip(cases, outcomes, strict=True)
        if outcome.failure
    ]
    assert not failed, "\n\n".join(failed)
