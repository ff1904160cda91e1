# SPDX-License-Identifier: Apache-2.0
"""Shrinks a trace on which the RTL differs from the reference: replays candidates in lockstep, one a test.

Option `trace`: the file. Option `records`: how many of it; then the last one shows the difference. Option
`seconds`: of processor time. Option `best`: where the shortest goes.
"""

import gc
import json
import os
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Final

import cocotb
from cocotb.triggers import with_timeout
from pyuvm import uvm_root

from tb.model import trace
from tb.shrink.search import TOO_SHORT, Search, Told, for_device
from tb.uvm import config
from tb.uvm.reset import CLOCK_PERIOD_NS
from tests.sim.replay import Replay

MOST: Final = 3000  # candidates
CANDIDATE: Final = Path("candidate.jsonl")


@cache
def _search() -> Search:
    records = int(config.option("records", "0"))
    original = for_device(islice(trace.read(config.option("trace", "")), records or None))
    best, seconds = Path(config.option("best", "")), float(config.option("seconds", "60"))
    return Search(list(original), config.parameters(), best, seconds, located=bool(records))


@cocotb.test()
@cocotb.parametrize(number=range(MOST))
async def candidate(dut, number):
    """One test for each."""
    await play()


async def play() -> None:
    """Replay the next candidate, if there is one; the test fails if it differs."""
    search = _search()
    records = search.candidate
    if records is None:
        assert not search.too_short, TOO_SHORT
        return
    gc.collect()
    gc.freeze()  # what is left of tests before: else each collection would look at all of it again
    with trace.Writer(CANDIDATE) as writer:
        for record in records:
            writer.write(record)
    os.environ["VGIC_TRACES"] = json.dumps([str(CANDIDATE)])
    try:
        await with_timeout(uvm_root().run_test(Replay), CLOCK_PERIOD_NS * _edges(records), "ns")
    finally:
        search.told(_told(records))


def _edges(records: list[trace.Record]) -> int:
    """Many enough to see the difference, if it is there. Some channel may be held back for ever."""
    holds = sum(cycles for record in records for cycles in record.hold.values() if cycles < trace.MAX_HOLD)
    resets = [record.cycle or 0 for record in records if record.op == "reset"]
    return resets[-1] - resets[0] + holds + 4 * len(records) + 500


def _told(records: list[trace.Record]) -> Told:
    """What came of it: a check that fails ends the test."""
    env = uvm_root().uvm_test_top.env
    played = env.traffic.counts["accesses"]
    numbers = [number for number, record in enumerate(records, 1) if record.address is not None]
    number = [1, *numbers][played] if played < len(numbers) else len(records)
    return Told(env.recorder.failure.partition(". make replay")[0], number)
