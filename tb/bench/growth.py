# SPDX-License-Identifier: Apache-2.0
"""How costs grow with the number of list registers, and with the length of a vCPU's list.

The growth law is cost ~ size^k, fitted on logarithms to the larger half of the sizes.
"""

from collections.abc import Iterator, Sequence
from itertools import cycle, islice, pairwise
from math import log
from statistics import linear_regression, median
from time import process_time
from typing import Final

from tb.bench import live
from tb.bench.row import Row
from tb.model.hardware.address_map import address
from tb.model.hardware.gic import Gic
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import run
from tb.model.machine.board import Board
from tb.model.machine.devices import BurstDevice, Device
from tb.model.machine.events import Entered, Injected, Publisher
from tb.model.machine.guest import FIRST_SPI, Habits
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Machine, Setup
from tb.model.machine.scenarios import Scenario
from tb.settings import Settings
from tb.simulator import Build

LIST_REGISTERS: Final = (4, 8, 16, 32, 64)
LIVE_LIST_REGISTERS: Final = (4, 16, 64)
LENGTHS: Final = (4, 12, 40, 120, 400)
LINEAR: Final = 1.0
ACCESSES: Final = 20_000
ENTRIES: Final = 40


def rows(wishes: Settings) -> Iterator[Row]:
    """No cost is to grow faster than its size."""
    costs = [reference(num_lr) for num_lr in LIST_REGISTERS]
    yield _row("reference, cost of an access by NUM_LR", LIST_REGISTERS, costs)
    costs = [
        _live(Build(wishes.sim, Parameters(num_cpu=1, num_lr=n)), wishes.seed) for n in LIVE_LIST_REGISTERS
    ]
    yield _row("live lockstep, cost of an access by NUM_LR", LIVE_LIST_REGISTERS, costs)
    for dialect in ("kvm17", "classic"):
        costs = [entry(dialect, length) for length in LENGTHS]
        yield _row(f"{dialect}, cost of an entry by length of its list", LENGTHS, costs)


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """k of cost ~ size^k, in the larger half."""
    half = len(sizes) // 2
    return linear_regression([log(size) for size in sizes[half:]], [log(cost) for cost in costs[half:]]).slope


def reference(num_lr: int) -> float:
    """Seconds of an access, while a hypervisor fills all list registers again and again for a guest."""
    gic = Gic(Parameters(num_cpu=1, num_lr=num_lr))
    gic.access(0, True, address("GICV_CTLR"), 1)
    gic.access(0, True, address("GICV_PMR"), 0xF8)
    gic.access(0, True, address("GICH_HCR"), 1)
    fill = [(True, address(f"GICH_LR{n}"), 1 << 28 | (n % 31) << 23 | 32 + n) for n in range(num_lr)]
    take = [(False, address("GICV_IAR"), 0), (False, address("GICH_ELRSR0"), 0)]
    give = [(True, address("GICV_EOIR"), 32 + n) for n in range(num_lr)]
    accesses = list(islice(cycle(fill + [each for end in give for each in (*take, end)]), ACCESSES))
    started = process_time()
    for access in accesses:
        gic.access(0, *access)
    return (process_time() - started) / ACCESSES


def entry(dialect: str, length: int) -> float:
    """Seconds from one entry to the next, while so many interrupts are pending and the guest takes none."""

    def attach(board: Board) -> Iterator[Device]:
        yield _OneBurst(board, range(FIRST_SPI, FIRST_SPI + length), (1, 2))

    scenario = Scenario("", (Habits(refuses=True, waits=0),), attach, spis=416)
    injected = 0
    entries: list[float] = []

    def inject(_: Injected) -> None:
        nonlocal injected
        injected += 1

    def enter(_: Entered) -> None:
        if injected == 2 * length:
            entries.append(process_time())

    publisher = Publisher()
    publisher.subscribe(Injected, inject)
    publisher.subscribe(Entered, enter)
    setup = Setup(vcpus=1, pcpus=1, num_lr=4, seed=1, entries=ENTRIES)
    hardware = ReferenceHardware(Parameters(num_cpu=1))
    run(Machine(HYPERVISORS[dialect], scenario, setup, hardware, publisher).run())
    return median(later - earlier for earlier, later in pairwise(entries[:-1]))


class _OneBurst(BurstDevice):
    async def _act(self) -> None:
        await super()._act()
        await self._sleep((10**9, 10**9 + 1))


def _live(build: Build, seed: int) -> float:
    (lean,) = live.measure(build, seed, 2000, ways="lockstep,model,back to back", rounds="1")["back to back"]
    return float(lean["seconds"] / lean["accesses"])


def _row(name: str, sizes: Sequence[int], costs: Sequence[float]) -> Row:
    table = ", ".join(f"{size}: {1e6 * cost:.3g}" for size, cost in zip(sizes, costs, strict=True))
    return Row(f"{name}: exponent", exponent(sizes, costs), goal=LINEAR, at_most=True, note=f"us at {table}")
