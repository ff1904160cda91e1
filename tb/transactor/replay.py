# SPDX-License-Identifier: Apache-2.0
"""Replay of traces at speed: a transactor plays them, all that it logs is compared in bulk.

What is compared is what a replay in lockstep compares, each clock being one access: responses, lines and
deactivations of the device with the trace; these, and the observation port, with the reference.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import cocotb

from tb.transactor.player import CheckedPlayer
from tb.transactor.recording import Comparison, blocks
from tb.uvm import config


class Result(NamedTuple):
    """What a replay came to; tb/commands/replay.py reads it in replays.json in the directory of the run.

    records, values, lines  that were replayed and compared
    mismatches              values, lines, responses, deactivations and states that differ
    first                   the number of the first record that differs; 0: none does
    unlike                  that of the first at which the device is not as the reference; 0: there is none
    """

    records: int = 0
    values: int = 0
    lines: int = 0
    mismatches: int = 0
    first: int = 0
    unlike: int = 0


@cocotb.test()
async def replay(dut: Any) -> None:
    """Option `traces`: the files, in JSON. Option `records`: how many of each, all by default."""
    limit = config.option("records", "")
    player = CheckedPlayer(dut, config.parameters())
    results = []
    for path in json.loads(config.option("traces", "[]")):
        trace, result = Comparison(), Result()
        async for block, log, wrong in player.play(blocks(path, int(limit) if limit else None)):
            unlike = [block.origins[entry] for entry in wrong]
            numbers = [*unlike, *trace.differences(block, log)]
            result = Result(
                result.records + block.records,
                result.values + block.values,
                result.lines + block.lines,
                result.mismatches + len(numbers),
                result.first or min(numbers, default=0),
                result.unlike or min(unlike, default=0),
            )
        results.append(result)
    Path("replays.json").write_text(json.dumps(results))
