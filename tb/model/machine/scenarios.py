# SPDX-License-Identifier: Apache-2.0
"""Scenarios: named combinations of guests, devices and a host."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from tb.model.machine.board import Board
from tb.model.machine.devices import BurstDevice, Device, Drop, EdgeDevice, LevelDevice, MappedDevice, Range
from tb.model.machine.guest import FIRST_SPI, Habits
from tb.model.machine.vcpu_loop import Pace

TIMER: Final = 27  # PPI, tied to a physical one
PPI: Final = 30

Attach = Callable[[Board], Iterable[Device]]


@dataclass(frozen=True)
class Scenario:
    """One of them.

    stresses  what, in a few words
    habits    of the guests; vCPU n has the n-th, around
    devices   makes the devices
    pace      of the vCPUs' runs
    signals   how often user space signals a vCPU, in turns of the scheduler; None: never
    spis      SPIs that the VM has, a multiple of 32
    """

    stresses: str
    habits: tuple[Habits, ...]
    devices: Attach
    pace: Pace = field(default_factory=Pace)
    signals: Range | None = None
    spis: int = 32


def everything(board: Board) -> Iterator[Device]:
    """Some of each kind."""
    intids = count(FIRST_SPI)
    for _ in range(3):
        yield EdgeDevice(board, None, next(intids), (100, 3000))
    for drop in Drop:
        yield LevelDevice(board, None, next(intids), (200, 4000), drop)
    yield LevelDevice(board, None, next(intids), (200, 3000), Drop.BEFORE, trapped=True)
    yield MappedDevice(board, None, next(intids), (200, 3000), Drop.BEFORE)
    yield BurstDevice(board, [next(intids) for _ in range(6)], (2000, 20000))
    yield from private(board)


def private(board: Board) -> Iterator[Device]:
    """For each vCPU a timer that is tied to a physical one, and a PPI."""
    for vcpu in board.vcpus:
        yield MappedDevice(board, vcpu.number, TIMER, (300, 3000), Drop.BEFORE)
        yield LevelDevice(board, vcpu.number, PPI, (300, 4000), Drop.ACTIVE)


def edges(number: int, gap: Range) -> Attach:
    """So many SPIs, all edges."""

    def attach(board: Board) -> Iterator[Device]:
        for intid in range(FIRST_SPI, FIRST_SPI + number):
            yield EdgeDevice(board, None, intid, gap)

    return attach


def levels(board: Board) -> Iterator[Device]:
    """Level SPIs of each way to drop the wire, with and without user space."""
    intids = count(FIRST_SPI)
    for drop in Drop:
        for trapped in (False, True):
            yield LevelDevice(board, None, next(intids), (100, 2000), drop, trapped=trapped)


def mapped(board: Board) -> Iterator[Device]:
    """Devices that guests own: SPIs, and a timer for each vCPU."""
    for intid, drop in enumerate((Drop.ACTIVE, Drop.BEFORE, Drop.AFTER, Drop.BEFORE), FIRST_SPI):
        yield MappedDevice(board, None, intid, (100, 2000), drop)
    yield from private(board)


def bursts(board: Board) -> Iterator[Device]:
    """Many edges at once."""
    yield BurstDevice(board, range(FIRST_SPI, FIRST_SPI + 24), (3000, 12000))
    yield from private(board)


def hoard(board: Board) -> Iterator[Device]:
    """So many edges that a flush takes long; seldom, as each injection kicks."""
    yield BurstDevice(board, range(FIRST_SPI, FIRST_SPI + 200), (50_000, 100_000))


PROMPT: Final = Habits()
SLOW: Final = Habits(work=(0, 40), waits=200, sends=5)
NESTING: Final = Habits(work=(2, 20), nests=True, sends=10)
SPLIT: Final = Habits(work=(0, 10), nests=True, splits=True)
MASKING: Final = Habits(work=(0, 10), nests=True, masks=100, point=4, probes=20)
GROUPS: Final = Habits(group1=500, aliases=True, toggles=30, work=(0, 10), nests=True)
ACKCTL: Final = Habits(group1=500, acknowledges_all=True, common=True, toggles=30, work=(0, 5))
FIQ: Final = Habits(group1=500, fiq=True, aliases=True, masks=30, point=3, work=(0, 5), nests=True)
SENDING: Final = Habits(sends=300, work=(0, 10), waits=200)
MANAGING: Final = Habits(
    work=(0, 10), disables=100, retargets=150, reprioritises=100, pends=100, looks=100, waits=200
)
ACTIVATING: Final = Habits(activates=200, looks=200, work=(0, 10), waits=200)
WRONG: Final = Habits(work=(0, 5), nests=True, mistakes=100, doubles=100, probes=50)
REFUSING: Final = Habits(refuses=True, sends=20, waits=50)
EVERYTHING: Final = (
    Habits(work=(0, 15), nests=True, sends=20, masks=10, disables=20, retargets=40, looks=10),
    Habits(work=(0, 30), splits=True, sends=20, retargets=20, reprioritises=20, pends=20),
    Habits(work=(0, 10), nests=True, group1=500, aliases=True, toggles=5, sends=20, retargets=20),
    Habits(work=(0, 3), group1=300, acknowledges_all=True, sends=50, disables=30, waits=500),
)

SCENARIOS: Final = {
    "mixed": Scenario(
        "everything at once, except mistakes of the guest",
        EVERYTHING,
        everything,
        Pace(lateness=4),
        signals=(500, 5000),
    ),
    "prompt": Scenario("the plain way of an edge; vCPUs sleep and wake", (PROMPT,), edges(8, (50, 2000))),
    "slow": Scenario("handlers that run over several entries", (SLOW,), everything),
    "nesting": Scenario("preemption by priority", (NESTING,), edges(16, (100, 1500))),
    "split": Scenario("EOIR and DIR apart, in any order", (SPLIT,), everything),
    "priorities": Scenario("priority mask and binary point", (MASKING,), edges(12, (100, 1500))),
    "groups": Scenario(
        "both groups: AIAR and AEOIR, AckCtl, CBPR, FIQ, groups off", (GROUPS, ACKCTL, FIQ), everything
    ),
    "sgi-storm": Scenario("SGIs of several senders at one target", (SENDING,), private),
    "management": Scenario("disabling, retargeting, ISPENDR, ICPENDR from handlers", (MANAGING,), everything),
    "activity": Scenario(
        "active state changed through the distributor, while others run", (ACTIVATING,), edges(3, (100, 2000))
    ),
    "mistakes": Scenario("EOIs of other interrupts, EOIs twice, IAR without need", (WRONG,), everything),
    "levels": Scenario("level SPIs, the wire dropped at each point", (SLOW, PROMPT), levels),
    "mapped": Scenario("physical interrupts behind virtual ones", (SLOW, NESTING), mapped),
    "bursts": Scenario("many more pending than list registers", (NESTING, PROMPT), bursts),
    "hoarding": Scenario(
        "a guest that never acknowledges while its list grows",
        (REFUSING,),
        hoard,
        spis=224,
    ),
    "migration": Scenario(
        "vCPUs that change their CPU all the time, and interrupts their target",
        (MANAGING, NESTING),
        everything,
        Pace(slice=(1, 30), moves=90),
    ),
    "signals": Scenario("entries given up after the flush", (SLOW,), everything, signals=(20, 200)),
    "late": Scenario(
        "maintenance interrupts that are taken late", (NESTING, SPLIT), bursts, Pace(lateness=30)
    ),
}
