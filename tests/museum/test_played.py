# SPDX-License-Identifier: Apache-2.0
"""What the reference shows of the museum's VGICs, a device shows, too: live, and ahead of it."""

import json
from collections import defaultdict
from dataclasses import asdict

from tb import simulator
from tb.commands.cosim import OUTCOMES
from tb.commands.replay import STATES
from tb.model.hardware.parameters import Parameters
from tb.model.machine.hardware import ReferenceHardware
from tb.simulator import Build
from tests.museum.catalogue import EXHIBITS
from tests.museum.hunt import BUDGET, PCPUS, hunt

BY_SIZE = defaultdict(list)  # all whose bug is not in the hardware
for one in EXHIBITS:
    if one.hardware is ReferenceHardware:
        BY_SIZE[one.num_lr].append(one)
SHARE = BY_SIZE[4][:2]


def pytest_generate_tests(metafunc):
    """All with --regress: devices take their time to build."""
    if "exhibits" in metafunc.fixturenames:
        regress = metafunc.config.getoption("regress")
        metafunc.parametrize(
            "exhibits", BY_SIZE.values() if regress else [SHARE], ids=lambda some: f"lr{some[0].num_lr}"
        )


def violations(build, test, seed, plusargs, options):
    """Those of each case."""
    result = simulator.run(
        build, "tests.museum.played", test, seed=seed, name=test, plusargs=plusargs, options=options
    )
    lines = (result.directory / OUTCOMES).read_text().splitlines()
    return [set(json.loads(line)["violations"]) for line in lines]


def test_found_in_each_mode(exhibits, seed, record_property):
    hunts = [hunt(exhibit, range(seed, seed + BUDGET)) for exhibit in exhibits]
    cases = [
        (case.dialect, case.scenario, asdict(case.setup)) for case in (found.cases[-1] for found in hunts)
    ]
    options = {"CASES": json.dumps(cases), "EXHIBITS": json.dumps([str(exhibit) for exhibit in exhibits])}
    build = Build("verilator", Parameters(num_cpu=PCPUS, num_lr=exhibits[0].num_lr))
    live = violations(build, "live", seed, (), options)
    ahead = violations(build.with_transactor(), "ahead", seed, (STATES,), options)
    for found, *modes in zip(hunts, live, ahead, strict=True):
        assert all(found.named.invariant in mode for mode in modes), found
    record_property("museum", {"mutants found live and ahead": len(exhibits)})
