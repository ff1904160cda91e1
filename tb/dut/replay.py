# SPDX-License-Identifier: Apache-2.0
"""Replay of traces on a foreign device, record by record: a cocotb test that tb/dut/commands.py runs."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import cocotb

from tb.dut.checker import Checker
from tb.dut.device import DifferenceError
from tb.dut.session import Session, begin, refuse
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.model.replay import ReplayChecker, Summary
from tb.uvm import config

SUMMARY: Final = "replay.json"  # in the directory of the run: Summary, and the counts of the checkers
STATE_EVERY: Final = 16  # accesses after which the state is compared


@cocotb.test()
async def replay(dut: Any) -> None:
    """Option `traces`: the files, in JSON. Option `records`: how many of each, all by default."""
    session = await begin(dut)
    limit = config.option("records", "")
    total, counts = Summary(), Counter[str]()
    for path in json.loads(config.option("traces", "[]")):
        trace = ReplayChecker(path, int(limit) if limit else None)
        checker = Checker(session.device, session.description, session.num_lr)
        _check_fits(path, trace.parameters, checker.parameters, session)
        total += await _replay(path, trace, checker)
        counts += checker.counts
    Path(SUMMARY).write_text(json.dumps([vars(total), counts]))


def _check_fits(path: str, wanted: Parameters, device: Parameters, session: Session) -> None:
    """A trace is for a device of its parameters; IIDR is only compared where the trace has it."""
    wanted = replace(wanted, iidr=device.iidr, irq_reg=device.irq_reg)
    if wanted != device:
        sentence = f"{path}: is for {_few(wanted)}; {session.description.file} describes {_few(device)}"
        refuse(sentence)
        raise UserError(sentence)


def _few(parameters: Parameters) -> str:
    names = ("num_cpu", "num_lr", "grp_filter", "hppir_pmr")
    return ", ".join(f"{name} {getattr(parameters, name)}" for name in names)


async def _replay(path: str, trace: ReplayChecker, checker: Checker) -> Summary:
    """Up to the end, or to the first difference from the reference."""
    cpus = range(checker.parameters.num_cpu)
    line = 1
    try:
        for number, (line, record) in enumerate(trace.requests(), 1):
            address, data = record.address, record.value
            if address is None or data is None:  # a reset
                await checker.reset()
                trace.report(line, [checker.lines(cpu) for cpu in cpus])
                continue
            seen = await checker.access(record.cpu, record.op == "w", address, data, record.strb)
            lines = [checker.lines(cpu) for cpu in cpus]
            trace.report(line, lines, seen.value, seen.error, seen.deactivated)
            if number % STATE_EVERY == 0:
                await checker.check_state(record.cpu)
        for cpu in cpus:
            await checker.check_state(cpu)
    except DifferenceError as difference:
        trace.summary.mismatches += 1
        trace.summary.sentences.append(f"{path}:{line}: {difference}")
    return trace.finish()
