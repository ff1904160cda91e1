# SPDX-License-Identifier: Apache-2.0
"""Measures, in a simulation of transactor_top, how fast traces are played and compared, in how much memory.

Option `traces`: the files, in JSON, all for this device. Option `accesses`: how many.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from multiprocessing import active_children
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final, NamedTuple

import cocotb

from tb.model.hardware.gic import Gic
from tb.transactor.player import CheckedPlayer, Player
from tb.transactor.recording import Block, Comparison, blocks
from tb.transactor.tape import decode, words
from tb.uvm import config

RESULTS: Final = "timing.json"  # left in the directory of the run
ROUNDS: Final = 3  # of each way, in turn
MILLION: Final = 1_000_000


class Rate(NamedTuple):
    """One round of a way: accesses and resets made, wall-clock seconds, and seconds of processor time."""

    accesses: int
    seconds: float
    processor: float


class Growth(NamedTuple):
    """What was replayed, and the peak of resident memory, in kB: after the first million, and at the end.

    Of the simulation's process and of that of the reference, together.
    """

    accesses: int
    first: int
    last: int


class Rounds:
    """Runs of each way over the same blocks."""

    def __init__(self) -> None:
        limit = int(config.option("accesses", str(MILLION)))
        self.traces: Final[list[list[Block]]] = []
        self.accesses = 0
        for path in json.loads(config.option("traces", "[]")):
            self.traces.append([])
            for block in blocks(path):
                if self.accesses < limit:
                    self.traces[-1].append(block)
                    self.accesses += len(block.origins)
        self._rates: dict[str, list[Rate]] = {}

    @contextmanager
    def timed(self, way: str) -> Iterator[None]:
        """One round."""
        wall, processor = perf_counter(), process_time()
        yield
        rate = Rate(self.accesses, perf_counter() - wall, process_time() - processor)
        self._rates.setdefault(way, []).append(rate)

    def write(self) -> None:
        """Leave the results."""
        Path(RESULTS).write_text(json.dumps(self._rates))


@cocotb.test()
async def recorded(dut: Any) -> None:
    """Ways `play`: nothing is compared; `replay`: all that the trace has is."""
    rounds, player, parameters = Rounds(), Player(dut), config.parameters()
    for _ in range(ROUNDS):
        with rounds.timed("play"):
            for trace in rounds.traces:
                for block in trace:
                    await player.play(block.packed)
        with rounds.timed("replay"):
            for trace in rounds.traces:
                comparison = Comparison()
                for block in trace:
                    log = words(await player.play(block.packed), parameters, with_state=False)
                    assert not comparison.differences(block, log)
    rounds.write()


@cocotb.test()
async def checked(dut: Any) -> None:
    """Ways `reference`: it alone, untimed; `checked`: all that it and the device show is compared."""
    rounds, parameters = Rounds(), config.parameters()
    player = CheckedPlayer(dut, parameters)
    commands = [command for trace in rounds.traces for block in trace for command in decode(block.packed)]
    for _ in range(ROUNDS):
        gic = Gic(parameters)
        with rounds.timed("reference"):
            for data, control in commands:
                if control is None:
                    gic.reset()
                else:
                    cpu, write, addr, strb = control
                    gic.access(cpu, write, addr, data, strb)
        with rounds.timed("checked"):
            async for _, _, wrong in player.play(chain.from_iterable(rounds.traces)):
                assert not wrong
    rounds.write()


@cocotb.test()
async def endless(dut: Any) -> None:
    """Replays the traces again and again, from file to verdict, with the reference; leaves a Growth."""
    limit = int(config.option("accesses", str(10 * MILLION)))
    player = CheckedPlayer(dut, config.parameters())
    accesses = first = 0
    while accesses < limit:
        for path in json.loads(config.option("traces", "[]")):
            comparison = Comparison()
            async for block, log, wrong in player.play(blocks(path)):
                assert not wrong
                assert not comparison.differences(block, log)
                accesses += len(block.origins)
                if not first and accesses >= min(MILLION, limit // 10):
                    first = _peak()
    Path(RESULTS).write_text(json.dumps(Growth(accesses, first, _peak())))


def _peak() -> int:
    pids = [os.getpid(), *(process.pid for process in active_children())]
    status = "".join(Path(f"/proc/{pid}/status").read_text() for pid in pids)
    return sum(map(int, re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)))
