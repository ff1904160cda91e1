# SPDX-License-Identifier: Apache-2.0
"""Scenarios: named combinations of guests, devices and a host."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

from tb.model.machine.board import Board
from tb.model.machine.devices import (
    BurstDevice,
    Device,
    Drop,
    EdgeDevice,
    LevelDevice,
    MappedDevice,
    MappedEdgeDevice,
    Range,
)
from tb.model.machine.guest import FIRST_SPI, Habits
from tb.model.machine.vcpu_loop import Pace

TIMER: Final = 27  # PPIs, tied to physical ones
OTHER_TIMER: Final = 26
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
    stalls    how many turns an actor stays between two locks (NV-QUEUE-3, NV-PRUNE-3); None: hardly any
    spis      SPIs that the VM has, a multiple of 32
    """

    stresses: str
    habits: tuple[Habits, ...]
    devices: Attach
    pace: Pace = field(default_factory=Pace)
    signals: Range | None = None
    stalls: Range | None = None
    spis: int = 32


def everything(board: Board) -> Iterator[Device]:
    """Some of each kind."""
    intids = count(FIRST_SPI)
    for _ in range(3):
        yield EdgeDevice(board, None, next(intids), (500, 8000))
    for drop in Drop:
        yield LevelDevice(board, None, next(intids), (500, 8000), drop)
    yield LevelDevice(board, None, next(intids), (500, 8000), Drop.BEFORE, trapped=True)
    yield MappedDevice(board, None, next(intids), (500, 8000), Drop.BEFORE)
    yield MappedEdgeDevice(board, next(intids), (300, 6000))
    yield BurstDevice(board, [next(intids) for _ in range(16)], (1500, 6000))
    yield from private(board, (500, 10000))


def private(board: Board, gap: Range) -> Iterator[Device]:
    """For each vCPU timers that are tied to physical ones, and a PPI."""
    for vcpu in board.vcpus:
        yield MappedDevice(board, vcpu.number, TIMER, gap, Drop.BEFORE)
        yield MappedDevice(board, vcpu.number, OTHER_TIMER, gap, Drop.NEVER)
        yield LevelDevice(board, vcpu.number, PPI, gap, Drop.ACTIVE)


def timers(board: Board) -> Iterator[Device]:
    """Private interrupts only."""
    yield from private(board, (300, 5000))


def seldom(board: Board) -> Iterator[Device]:
    """The same, so rarely that they hardly matter."""
    yield from private(board, (5000, 50000))


def edges(number: int, gap: Range) -> Attach:
    """So many SPIs, all edges; most of them come at once."""

    def attach(board: Board) -> Iterator[Device]:
        first = FIRST_SPI + number // 4
        for intid in range(FIRST_SPI, first):
            yield EdgeDevice(board, None, intid, (gap[0], 4 * gap[1]))
        yield BurstDevice(board, range(first, FIRST_SPI + number), gap)

    return attach


def few(board: Board) -> Iterator[Device]:
    """Three, all the time."""
    for intid in (FIRST_SPI, FIRST_SPI + 1):
        yield EdgeDevice(board, None, intid, (10, 200))
    yield LevelDevice(board, None, FIRST_SPI + 2, (10, 200), Drop.BEFORE)


def few_and_mapped(board: Board) -> Iterator[Device]:
    """The same, and an edge that is tied to a physical one."""
    yield from few(board)
    yield MappedEdgeDevice(board, FIRST_SPI + 3, (10, 200))


def two(board: Board) -> Iterator[Device]:
    """Two edges, one of them tied to a physical one."""
    yield EdgeDevice(board, None, FIRST_SPI, (500, 2000))
    yield MappedEdgeDevice(board, FIRST_SPI + 1, (500, 2000))


def levels(board: Board) -> Iterator[Device]:
    """Level SPIs of each way to drop the wire, with and without user space."""
    intids = count(FIRST_SPI)
    for drop in Drop:
        for trapped in (False, True):
            yield LevelDevice(board, None, next(intids), (100, 2000), drop, trapped=trapped)
    for _ in range(4):
        yield LevelDevice(board, None, next(intids), (500, 4000), Drop.NEVER)


def mapped(board: Board) -> Iterator[Device]:
    """Devices that guests own: SPIs, and a timer for each vCPU."""
    for intid, drop in enumerate((Drop.ACTIVE, Drop.BEFORE, Drop.AFTER, Drop.BEFORE), FIRST_SPI):
        yield MappedDevice(board, None, intid, (100, 2000), drop)
    for intid in range(FIRST_SPI + 8, FIRST_SPI + 10):
        yield MappedEdgeDevice(board, intid, (100, 2000))
    yield from private(board, (300, 3000))


def bursts(board: Board) -> Iterator[Device]:
    """Many edges at once."""
    yield BurstDevice(board, range(FIRST_SPI, FIRST_SPI + 28), (1000, 4000))
    yield from private(board, (1000, 10000))


def hoard(board: Board) -> Iterator[Device]:
    """More edges than there ever are list registers; seldom, as each injection kicks."""
    yield BurstDevice(board, range(FIRST_SPI, FIRST_SPI + 88), (50_000, 100_000))


PROMPT: Final = Habits()
SLOW: Final = Habits(work=(0, 25), waits=200, sends=5, naps=50)
HOLDING: Final = Habits(work=(0, 80), waits=200, sends=5, pends=50)
NESTING: Final = Habits(work=(2, 20), nests=True, sends=10)
SPLIT: Final = Habits(work=(0, 10), nests=True, splits=True, sends=30, misdirects=50, doubles=30)
KEEPING: Final = Habits(work=(0, 10), splits=True, keeps=8, sends=20, waits=30, pends=30)
DEEP: Final = Habits(work=(10, 60), nests=True, sends=10, waits=100, pends=30, climbs=900)
MASKING: Final = Habits(work=(0, 10), nests=True, masks=100, closes=20, points=(4, 5), probes=20)
APART: Final = Habits(
    work=(0, 10), nests=True, group1=500, aliases=True, masks=50, closes=20, points=(2, 6), waits=100
)
GROUPS: Final = Habits(group1=500, aliases=True, toggles=30, work=(0, 25), nests=True)
SPLIT_GROUPS: Final = Habits(group1=500, aliases=True, splits=True, toggles=30, work=(0, 10), waits=200)
ACKCTL: Final = Habits(group1=500, acknowledges_all=True, common=True, toggles=30, work=(0, 5))
FIQ: Final = Habits(group1=500, fiq=True, aliases=True, masks=30, points=(3, 4), work=(0, 5), nests=True)
SENDING: Final = Habits(sends=300, sgis=2, group1=300, work=(0, 60), waits=200)
FORGING: Final = Habits(sends=300, sgis=4, work=(0, 10), waits=200, forges=100)
SENDING_SPLIT: Final = Habits(sends=200, sgis=4, work=(0, 10), splits=True, misdirects=200, waits=200)
MANAGING: Final = Habits(
    work=(0, 10), disables=100, retargets=300, reprioritises=100, pends=200, looks=100, waits=200
)
SWITCHING: Final = Habits(
    work=(0, 10), stops=50, disables=200, reconfigures=700, pends=100, reprioritises=50, waits=100
)
ACTIVATING: Final = Habits(activates=200, looks=200, work=(0, 10), waits=200)
FIDDLING: Final = Habits(work=(0, 5), fiddles=200, waits=150)
TUGGING: Final = Habits(work=(0, 5), splits=True, tugs=500, waits=50)
TUGGING_SENDER: Final = Habits(work=(0, 5), tugs=200, waits=20, sends=600, sgis=1)
TUGGING_LATE: Final = Habits(work=(0, 8), tugs=50, pends=300, waits=20)
CROWDED: Final = Habits(work=(0, 40), splits=True, keeps=30, waits=2, pends=30, group1=300, aliases=True)
PASSING: Final = Habits(work=(0, 5), splits=True, passes=500, tugs=100, waits=20)
PASSING_LATE: Final = Habits(work=(0, 30), passes=500, tugs=50, pends=200, waits=10)
PASSING_SENDER: Final = replace(PASSING, tugs=50, waits=10, sends=600, sgis=1)
FLIPPING: Final = Habits(
    work=(5, 30), nests=True, climbs=700, flips=300, group1=300, aliases=True, sends=10, waits=100
)
WRONG: Final = Habits(work=(0, 5), nests=True, mistakes=100, doubles=100, probes=50, sends=50, retargets=20)
REFUSING: Final = Habits(refuses=True, sends=20, waits=50)
EVERYTHING: Final = (
    Habits(work=(0, 15), nests=True, sends=20, masks=10, disables=20, retargets=40, looks=10, pends=20),
    Habits(work=(0, 30), splits=True, sends=20, retargets=20, reprioritises=20, pends=40, forges=10),
    Habits(work=(0, 10), nests=True, group1=500, aliases=True, toggles=5, sends=20, retargets=20, closes=3),
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
    "prompt": Scenario("the plain way of an edge; vCPUs sleep and wake", (PROMPT,), edges(28, (500, 3000))),
    "slow": Scenario("handlers that run over several entries", (SLOW,), everything),
    "nesting": Scenario("preemption by priority", (NESTING,), edges(24, (500, 3000))),
    "split": Scenario("EOIR and DIR apart, in any order, and wrong DIRs", (SPLIT,), everything),
    "overflow": Scenario("more active than list registers", (KEEPING, DEEP), bursts),
    "priorities": Scenario(
        "priority mask, closed for long or short, and binary points", (MASKING, APART), edges(24, (500, 3000))
    ),
    "groups": Scenario(
        "both groups: AIAR and AEOIR, AckCtl, CBPR, FIQ, groups off",
        (GROUPS, ACKCTL, FIQ, SPLIT_GROUPS),
        everything,
    ),
    "sgi-storm": Scenario(
        "SGIs of several senders at one target; their pending registers",
        (SENDING, SENDING_SPLIT, FORGING),
        timers,
    ),
    "management": Scenario("disabling, retargeting, ISPENDR, ICPENDR from handlers", (MANAGING,), everything),
    "switching": Scenario(
        "the distributor off for a while; edge and level exchanged", (SWITCHING, NESTING), everything
    ),
    "activity": Scenario(
        "active state changed through the distributor, while others run",
        (ACTIVATING,),
        edges(8, (100, 2000)),
        spis=64,
    ),
    "contention": Scenario("few interrupts, which all vCPUs change at once", (FIDDLING,), few),
    "mistakes": Scenario("EOIs of other interrupts, EOIs twice, IAR without need", (WRONG,), everything),
    "levels": Scenario("level SPIs, the wire dropped at each point", (SLOW, PROMPT), levels),
    "mapped": Scenario(
        "physical interrupts behind virtual ones",
        (HOLDING, NESTING),
        mapped,
        Pace(slice=(10, 80), moves=80),
    ),
    "bursts": Scenario("many more pending than list registers", (NESTING, PROMPT), bursts),
    "hoarding": Scenario(
        "a guest that never acknowledges while its list grows",
        (REFUSING,),
        hoard,
        spis=96,
    ),
    "migration": Scenario(
        "vCPUs that change their CPU all the time, and interrupts their target",
        (MANAGING, NESTING),
        everything,
        Pace(slice=(1, 20), moves=90),
    ),
    "signals": Scenario(
        "entries given up after the flush", (SLOW,), everything, Pace(cancels=30), signals=(500, 4000)
    ),
    "late": Scenario(
        "maintenance interrupts that are taken late, or by the next vCPU",
        (NESTING, SPLIT),
        bursts,
        Pace(slice=(10, 100), lateness=40, moves=80, belated=80),
    ),
    "tug-of-war": Scenario(
        "one interrupt that all vCPUs change at once; one sender's SGI again and again",
        (TUGGING_SENDER, TUGGING, TUGGING_LATE),
        few_and_mapped,
        Pace(slice=(5, 60)),
    ),
    "crowd": Scenario(
        "many active and many pending, while groups go off and on, and signals come",
        (CROWDED, FLIPPING),
        edges(48, (4000, 16000)),
        Pace(slice=(20, 200)),
        signals=(100, 1000),
        spis=64,
    ),
    "eager": Scenario(
        "SGIs and hardly anything else; maintenance interrupts that are taken at once",
        (SENDING,),
        seldom,
        Pace(lateness=1),
    ),
    "windows": Scenario(
        "interrupts passed on from handlers, while whoever is between two locks takes long",
        (PASSING_SENDER, PASSING_LATE, PASSING),
        two,
        Pace(slice=(5, 60)),
        stalls=(0, 400),
    ),
}
