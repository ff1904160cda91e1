# SPDX-License-Identifier: Apache-2.0
"""Co-simulations on a foreign device, one after the other: a cocotb test that tb/dut/commands.py runs."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import cocotb

from tb import watch
from tb.dut.checker import Checker
from tb.dut.description import OPEN, Choices
from tb.dut.device import DifferenceError
from tb.dut.hardware import ForeignHardware
from tb.dut.session import begin
from tb.model.cosim import Cosimulation, Outcome
from tb.model.ledger import Leeway
from tb.model.machine.machine import Setup
from tb.model.trace import Writer
from tb.uvm import config

OUTCOMES: Final = "cosim.jsonl"  # in the directory of the run, a line a case
RECORDS: Final = "accesses-{}.jsonl.gz"  # of a case that has failed, by its number


@cocotb.test()
async def cosim(dut: Any) -> None:
    """Option `description`: the file. Option `cases`: dialect, scenario and setup of each, in JSON."""
    session = await begin(dut)
    for number, (dialect, scenario, setup) in enumerate(json.loads(config.option("cases", "[]"))):
        checker = Checker(session.device, session.description, session.num_lr)
        records = Path(RECORDS.format(number))
        case = (dialect, scenario, Setup(**{**setup, "num_lr": session.num_lr}))
        outcome = await _run(case, checker, records, session.description.choices)
        with Path(OUTCOMES).open("a", encoding="utf-8") as file:
            file.write(json.dumps(vars(outcome)) + "\n")


async def _run(case: tuple[str, str, Setup], checker: Checker, records: Path, choices: Choices) -> Outcome:
    """What comes of a case; its accesses are left if it has failed."""
    started = perf_counter()
    hardware = ForeignHardware(checker)
    leeway = Leeway(any_tie=choices.tie == OPEN, any_count=choices.eoi_no_match == OPEN)
    cosim = Cosimulation(*case, hardware, leeway=leeway)
    watch.leave_word(cosim.publisher, case[2].entries)
    with Writer(records) as writer:
        cosim.record(writer, checker.parameters)
        with suppress(DifferenceError):
            await hardware.reset()
            await cosim.run()
            if not hardware.difference:
                await hardware.finish()
        if difference := hardware.difference:
            cosim.mismatches += 1
            cosim.failure = str(difference)
            if difference.record:
                writer.write(difference.record)
        elif missing := checker.missing():
            cosim.failure = "\n".join(filter(None, (cosim.failure, f"never compared: {', '.join(missing)}")))
    if not cosim.failure:
        records.unlink()
    outcome = cosim.outcome
    return replace(outcome, counts={**outcome.counts, **checker.counts}, seconds=perf_counter() - started)
