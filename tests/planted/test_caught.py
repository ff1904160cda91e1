# SPDX-License-Identifier: Apache-2.0
"""Random traffic catches every planted error; nearly always the message cites the rule that is broken."""

import re
from collections import defaultdict
from xml.etree import ElementTree

import pytest

from tb import planting, simulator
from tb.paths import SIM_BUILD
from tb.synthesis import sources

BY_PARAMETERS = defaultdict(list)
for planted in planting.load():
    BY_PARAMETERS[planted.parameters].append(planted)


def outcomes(result):
    """number of the planted error -> what the checker said, empty if it noticed nothing"""
    said = {}
    for case in ElementTree.parse(result.directory / "results.xml").iter("testcase"):
        number = int(re.fullmatch(r"planted/number=(\d+)", case.attrib["name"])[1])
        said[number] = " ".join(failure.text or failure.get("message") for failure in case.iter("failure"))
    return said


@pytest.mark.parametrize("parameters", BY_PARAMETERS, ids=repr)
def test_every_planted_error_is_caught(parameters, seed, record_property):
    """By random traffic, whatever the seed. The rule that the message cites is a diagnosis, and can miss.

    test_caught_by_directed.py holds each rule's own tests to the errors that break it.
    """
    files = planting.plant_all(planting.load(), sources(), SIM_BUILD / "planted")
    build = simulator.Build("verilator", parameters, variant="planted", sources=files, defines=("PLANTED",))
    said = outcomes(
        simulator.run(
            build, "tests.planted.lockstep", seed=seed, name="planted", plusargs=["+verilator+noassert"]
        )
    )

    assert said.pop(0) == "", "the device without an error is to pass"
    errors = {error.number: error for error in BY_PARAMETERS[parameters]}
    assert said.keys() == errors.keys()
    assert all(said.values()), [errors[number].name for number, text in said.items() if not text]
    misnamed = [
        f"{error.name} ({error.cited_as}): {said[number].strip().splitlines()[-1]}"
        for number, error in errors.items()
        if not re.search(rf"\b{error.cited_as}\b", said[number])
    ]
    named = len(errors) - len(misnamed)
    record_property("planted", {"errors caught": len(errors), "by the rule they break": named})
    assert named >= 0.95 * len(errors) or len(errors) == 1, "\n" + "\n".join(misnamed)
