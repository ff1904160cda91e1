# SPDX-License-Identifier: Apache-2.0
"""Shrinks a trace on a foreign device: a cocotb test that tb/dut/commands.py runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb

from tb.dut.checker import Checker
from tb.dut.device import DifferenceError
from tb.dut.replay import STATE_EVERY
from tb.dut.session import begin
from tb.model import trace
from tb.model.trace import Record
from tb.shrink.search import TOO_SHORT, Search, Told, for_device, without_time
from tb.uvm import config


@cocotb.test()
async def shrink(dut: Any) -> None:
    """Options `trace`, `best` and `seconds`: as of tests/sim/shrink.py."""
    session = await begin(dut)

    def checker() -> Checker:
        return Checker(session.device, session.description, session.num_lr)

    original = without_time(list(for_device(trace.read(config.option("trace", "")))))
    best, seconds = Path(config.option("best", "")), float(config.option("seconds", "60"))
    search = Search(original, checker().parameters, best, seconds)
    while search.candidate is not None:
        search.told(await _play(search.candidate, checker()))
    assert not search.too_short, TOO_SHORT


async def _play(records: Sequence[Record], checker: Checker) -> Told:
    """Up to the first difference, as a replay does."""
    number = 0
    try:
        for number, record in enumerate(records, 1):
            address, data = record.address, record.value
            if address is None or data is None:  # a reset
                await checker.reset()
                continue
            await checker.access(record.cpu, record.op == "w", address, data, record.strb)
            if number % STATE_EVERY == 0:
                await checker.check_state(record.cpu)
        for cpu in range(checker.parameters.num_cpu):
            await checker.check_state(cpu)
    except DifferenceError as difference:
        return Told(str(difference), number)
    return Told()
