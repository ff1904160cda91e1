# SPDX-License-Identifier: Apache-2.0
"""The directed tests of a rule catch by themselves each planted error that breaks it."""

import re
from collections import defaultdict
from xml.etree import ElementTree

import pytest

from tb import planting, simulator
from tb.paths import SIM_BUILD
from tb.synthesis import sources

BY_PARAMETERS = defaultdict(dict)
for planted in planting.load():
    BY_PARAMETERS[planted.parameters][planted.number] = planted


@pytest.mark.parametrize("parameters", BY_PARAMETERS, ids=repr)
def test_directed_tests_of_a_rule_catch_its_planted_errors(parameters, seed):
    files = planting.plant_all(planting.load(), sources(), SIM_BUILD / "planted")
    build = simulator.Build("verilator", parameters, variant="planted", sources=files, defines=("PLANTED",))
    result = simulator.run(
        build, "tests.planted.directed", seed=seed, name="planted-directed", plusargs=["+verilator+noassert"]
    )
    failed = defaultdict(dict)  # number of the error -> test -> whether it failed
    for case in ElementTree.parse(result.directory / "results.xml").iter("testcase"):
        number, name = re.fullmatch(r"planted/number=(\d+)/name=(\w+)", case.attrib["name"]).groups()
        failed[int(number)][name] = case.find("failure") is not None or case.find("error") is not None

    without_error = failed.pop(0)
    assert without_error
    assert not any(without_error.values()), "the device without an error is to pass"
    errors = BY_PARAMETERS[parameters]
    unseen = [
        f"{error.name} ({error.rule})" for number, error in errors.items() if not any(failed[number].values())
    ]
    print(
        f"planted: {len(errors)} errors, {len(errors) - len(unseen)} caught by directed tests of their rule"
    )
    assert not unseen
