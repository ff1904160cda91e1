# SPDX-License-Identifier: Apache-2.0
"""What an entry costs while a guest hoards pending interrupts and never acknowledges one."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from math import log2
from statistics import median

import pytest

from tb.model.machine.board import Board
from tb.model.machine.devices import BurstDevice, Device
from tb.model.machine.events import Accessed, Draining, Entered, Exited, Flushing, Injected, LockTaken, Synced
from tb.model.machine.guest import FIRST_SPI, Habits
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.scenarios import Scenario
from tb.paths import ROOT
from tests.machine.harness import DIALECTS, Run

LENGTHS = (12, 24, 48, 96, 192)


class OneBurst(BurstDevice):
    async def _act(self) -> None:
        await super()._act()
        await self._sleep((10**9, 10**9 + 1))


@cache
def cost(dialect: str, pending: int) -> tuple[float, float]:
    """Locks taken, and accesses, in an entry and its sync with so many pending: the medians."""

    def attach(board: Board) -> Iterator[Device]:
        yield OneBurst(board, range(FIRST_SPI, FIRST_SPI + pending), (1, 2))

    scenario = Scenario("", (Habits(refuses=True, waits=0),), attach, spis=192)
    run = Run(HYPERVISORS[dialect], scenario, LockTaken, Accessed, vcpus=1, pcpus=1, entries=30)
    injected, inside = 0, False
    costs: list[list[int]] = []
    for event in run.log:
        if isinstance(event, Draining):
            break
        injected += isinstance(event, Injected)
        if isinstance(event, Flushing | Exited):
            inside = True
            if isinstance(event, Flushing):
                costs.append([0, 0])
        elif isinstance(event, Entered | Synced):
            inside = False
        elif inside and injected == 2 * pending:
            costs[-1][0] += isinstance(event, LockTaken)
            costs[-1][1] += isinstance(event, Accessed)
    assert injected == 2 * pending
    settled = [each for each in costs if each[0]][1:]
    assert len(settled) > 5
    return median(locks for locks, _ in settled), median(accesses for _, accesses in settled)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_entry_costs_as_much_as_sorting_the_list(dialect: str) -> None:
    locks, accesses = zip(*(cost(dialect, length) for length in LENGTHS), strict=True)
    assert len(set(accesses)) == 1
    assert 0 < accesses[0] < 40
    if dialect.startswith("classic"):
        assert set(locks) == {2}, "one lock, at the flush and at the sync"
        return
    for length, number in zip(LENGTHS, locks, strict=True):
        assert length < number < 2 * length * log2(length) + 2 * length + 30, "each look takes a lock"
    assert all(1.9 * less < more < 2.8 * less for less, more in pairwise(locks)), locks


def test_the_document_says_so() -> None:
    table = (ROOT / "docs/cosim.md").read_text().partition("| pending |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (\d+ \|.*) \|$", table, re.MULTILINE)
    assert rows == [
        " | ".join(f"{number:g}" for number in (length, *(cost(dialect, length)[0] for dialect in DIALECTS)))
        for length in LENGTHS
    ]
    accesses = [cost(dialect, LENGTHS[0])[1] for dialect in DIALECTS]
    assert re.findall(r"^\| any.*?\| (\d+)" + r" \| (\d+)" * 4 + r" \|$", table, re.MULTILINE) == [
        tuple(f"{number:g}" for number in accesses)
    ]
