# SPDX-License-Identifier: Apache-2.0
"""Replaying the trace of a failure shows the same failure."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

from tb import planting, simulator
from tb.model.hardware.parameters import Parameters
from tb.paths import ROOT, SIM_BUILD
from tb.synthesis import sources

# One of each kind: stalls, slots, arbitration, the deactivation queue, resets, banks, state and lines.
ERRORS = (
    "read_is_repeated_while_the_master_stalls",
    "waiting_write_datum_is_replaced_by_the_pins",
    "lowest_requester_always_goes_first",
    "entry_handed_over_makes_room_at_once",
    "reset_keeps_a_waiting_write",
    "bank_one_takes_an_access_meant_for_another",
    "interrupt_acknowledges_itself",
    "virq_falls_one_edge_after_the_acknowledge",
)


def failures(build, seed, traces):
    """number of the error -> what differs, after what, the rules; and the trace that shows it"""
    result = simulator.run(
        build,
        "tests.uvm.reproduction",
        seed=seed,
        name="reproduction",
        options={"FAILURES": json.dumps(traces)},
        plusargs=["+verilator+noassert"],
    )
    found = {}
    for case in ElementTree.parse(result.directory / "results.xml").iter("testcase"):
        number = int(re.search(r"number=(\d+)", case.attrib["name"])[1])
        text = " ".join(failure.text or failure.get("message") for failure in case.iter("failure"))
        found[number] = re.search(
            r"CheckError: (.*) at cycle \d+ (.*)\. make replay TRACE=(\S+)", text
        ).groups()
    return found


def test_replaying_a_failure_shows_it_again(seed):
    files = planting.plant_all(planting.load(), sources(), SIM_BUILD / "planted")
    build = simulator.Build("verilator", Parameters(), variant="planted", sources=files, defines=("PLANTED",))
    numbers = [error.number for error in planting.load() if error.name in ERRORS]
    assert len(numbers) == len(ERRORS)

    recorded = failures(build, seed, dict.fromkeys(numbers, ""))
    traces = {number: str(ROOT / trace) for number, (_, _, trace) in recorded.items()}
    replayed = failures(build, seed, traces)

    for number in numbers:
        assert replayed[number] == recorded[number]
        Path(traces[number]).unlink()
