# SPDX-License-Identifier: Apache-2.0
"""Guests: what software on a vCPU does with its interrupts, well or badly."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from gicv2_registers import (
    GICV_CTLR_ACKCTL_MASK,
    GICV_CTLR_CBPR_MASK,
    GICV_CTLR_ENABLEGRP0_MASK,
    GICV_CTLR_ENABLEGRP1_MASK,
    GICV_CTLR_EOIMODE_MASK,
    GICV_CTLR_FIQEN_MASK,
)
from tb.model.machine import gicd
from tb.model.machine.board import Board
from tb.model.machine.operations import COMPLETE, GuestCpu, Point

OPEN: Final = 0xF0  # GICV_PMR that lets all priorities pass which guests use
ALL: Final = 0xFFFFFFFF  # a word of GICD_ICACTIVER
ALL_EDGES: Final = 0xAAAAAAAA  # a word of GICD_ICFGR
FIRST_SPI: Final = 32
FIRST_SPECIAL_ID: Final = 1020
OTHER_GROUP: Final = 1022
SPURIOUS: Final = 1023
_TUGS: Final = (  # as often as lets something happen
    *(gicd.ISPENDR, gicd.ISPENDR, gicd.ISPENDR, gicd.ISPENDR, gicd.ICPENDR, gicd.ICPENDR, gicd.ICPENDR),
    *(gicd.ISACTIVER, gicd.ISACTIVER, gicd.ISACTIVER, gicd.ICACTIVER, gicd.ICACTIVER),
    *(gicd.ISENABLER, gicd.ISENABLER, gicd.ICENABLER),
)
_BOTH: Final = GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_ENABLEGRP1_MASK


@dataclass(frozen=True)
class Habits:
    """What a guest does. Numbers are chances in 1000, unless said otherwise.

    work          operations of a handler: at least [0], less than [1]
    nests         handlers can be interrupted
    splits        EOIR drops the priority, DIR deactivates: at once, or any time later
    aliases       it acknowledges by AIAR before IAR
    acknowledges_all  AckCtl: IAR acknowledges Group 1, too
    fiq           Group 0 is signalled as FIQ
    group1        of its interrupts that are in Group 1
    common        CBPR, for the groups' priorities
    points        GICV_BPR and GICV_ABPR
    sgis          it sends the SGIs below this one
    keeps         with `splits`: so many interrupts stay active before one is deactivated
    refuses       it never acknowledges, until the machine drains

    While it is idle, at each operation:
    waits, sends, masks, toggles, probes   WFI; an SGI; a higher priority mask, or groups off, for a while;
                                           an IAR without need
    closes        a higher priority mask for long, perhaps asleep
    stops         the distributor off for a while
    In a handler:
    naps          WFI, with an alarm
    climbs        an SPI of its choice becomes more urgent than what is running, and pending
    disables      the interrupt, until the end of the handler or later
    reconfigures  with `disables`: from edge to level, or from level to edge, and back while it is disabled;
                  and at boot. vCPU 0 only
    retargets, reprioritises, pends, looks  another target, of any SPI; another priority; ISPENDR or ICPENDR
                                            of SPIs; ISPENDR and ISACTIVER are read
    forges        SPENDSGIR or CPENDSGIR: SGIs to itself in the name of any vCPU; or a read
    activates     ISACTIVER of an SPI that no device has; ICACTIVER later
    passes        the SPI is passed on: pending once more, another target; perhaps ISACTIVER of it, or of an
                  SGI, which changes nothing
    In a handler, and while it is idle:
    fiddles       an SPI that another vCPU may be handling is disabled, enabled, retargeted or made pending
    tugs          the first SPI that no device has is changed several times in a row: target, pending, active,
                  enabled
    At a completion:
    flips         groups are off around it, some time before
    mistakes, doubles  another ID before the right one, or another register; the right one twice. With
                       `mistakes`, SGIs and targets are wrong, too
    misdirects    with `splits`: DIR of another ID before the right one, or of an SGI's other sender; special
                  IDs
    """

    work: tuple[int, int] = (0, 1)
    nests: bool = False
    splits: bool = False
    aliases: bool = False
    acknowledges_all: bool = False
    fiq: bool = False
    group1: int = 0
    common: bool = False
    points: tuple[int, int] = (2, 3)
    keeps: int = 0
    sgis: int = 16
    refuses: bool = False
    waits: int = 300
    sends: int = 0
    masks: int = 0
    toggles: int = 0
    closes: int = 0
    stops: int = 0
    probes: int = 0
    naps: int = 0
    climbs: int = 0
    disables: int = 0
    reconfigures: int = 0
    retargets: int = 0
    reprioritises: int = 0
    pends: int = 0
    looks: int = 0
    forges: int = 0
    activates: int = 0
    passes: int = 0
    fiddles: int = 0
    tugs: int = 0
    flips: int = 0
    mistakes: int = 0
    doubles: int = 0
    misdirects: int = 0


@dataclass(frozen=True)
class Layout:
    """The interrupts that a VM's guests use.

    vcpus  how many
    spis   those of devices, and whether they are edges
    ppis   of each vCPU
    spare  SPIs that no device has
    """

    vcpus: int
    spis: Mapping[int, bool]
    ppis: tuple[int, ...]
    spare: tuple[int, ...]


class Guest:
    """Software on one vCPU."""

    def __init__(self, board: Board, number: int, habits: Habits, layout: Layout, random: Random) -> None:
        self._board: Final = board
        self._cpu: Final = GuestCpu(number)
        self._habits: Final = habits
        self._layout: Final = layout
        self._random: Final = random
        self._control = _BOTH
        self._running: list[int] = []  # interrupts that it handles, one inside the other
        self._dropped: list[int] = []  # their DIR is still to come
        self._disabled: list[int] = []
        self._activated: list[int] = []
        self._settled = False

    async def run(self) -> None:
        """Yields one Operation after the other, and never ends."""
        await self._boot()
        self._board.boot(self._cpu.number)
        while not self._board.is_ready:
            await self._cpu.work()
        await self._live()

    async def _live(self) -> None:
        while True:
            if self._board.draining and not self._settled:
                await self._settle()
            elif await self._cpu.work() and not self._refuses:
                await self._take_interrupts()
            else:
                await self._idle()

    @property
    def _refuses(self) -> bool:
        return self._habits.refuses and not self._board.draining

    def _chance(self, of_1000: int) -> bool:
        """Nothing is started any more while the machine drains."""
        return of_1000 > 0 and not self._board.draining and self._random.randrange(1000) < of_1000

    def _any_groups(self) -> int:
        """One or both, as enable bits."""
        return self._random.choice((GICV_CTLR_ENABLEGRP0_MASK, GICV_CTLR_ENABLEGRP1_MASK, _BOTH))

    # ---- the beginning and the end

    async def _boot(self) -> None:
        """Set up the CPU interface, the own interrupts and, by vCPU 0, the SPIs."""
        habits, cpu = self._habits, self._cpu
        for flag, mask in (
            (habits.splits, GICV_CTLR_EOIMODE_MASK),
            (habits.common, GICV_CTLR_CBPR_MASK),
            (habits.fiq, GICV_CTLR_FIQEN_MASK),
            (habits.acknowledges_all, GICV_CTLR_ACKCTL_MASK),
        ):
            self._control |= mask * flag
        await cpu.write("GICV_CTLR", self._control)
        await cpu.write("GICV_PMR", OPEN)
        await cpu.write("GICV_BPR", habits.points[0])
        await cpu.write("GICV_ABPR", habits.points[1])
        intids = [*range(16), *self._layout.ppis]
        if cpu.number == 0:
            for offset in (gicd.CTLR, gicd.TYPER, gicd.IIDR):
                await cpu.read_distributor(offset)
            await cpu.write_distributor(gicd.CTLR, 1)
            for offset in (gicd.ICFGR, gicd.ICFGR + 4) if habits.reconfigures else ():
                await cpu.write_distributor(offset, ALL_EDGES)
            intids += (*self._layout.spis, *self._layout.spare)
        for offset, value in self._plan(intids).items():
            if habits.reconfigures and gicd.ICFGR <= offset < gicd.SGIR:
                await cpu.write_distributor(offset, ~value & ALL_EDGES)
            await cpu.write_distributor(offset, value)

    def _plan(self, intids: list[int]) -> dict[int, int]:
        """Words of the distributor that set interrupts up, by offset; ISENABLER comes last."""
        shared = [intid for intid in intids if intid >= FIRST_SPI]
        values: list[tuple[int, list[int], Callable[[int], int]]] = [
            (gicd.IPRIORITYR, intids, lambda _: self._any_priority()),
            (gicd.ITARGETSR, shared, lambda _: self._any_target()),
            (gicd.ICFGR, shared, lambda intid: 2 * self._layout.spis.get(intid, 0)),
            (gicd.IGROUPR, intids, lambda _: self._chance(self._habits.group1)),
            (gicd.ISENABLER, intids, lambda _: 1),
        ]
        words: dict[int, int] = defaultdict(int)
        for register, numbers, value in values:
            for intid in numbers:
                offset, lsb = gicd.place(register, intid)
                words[offset] |= value(intid) << lsb
        return words

    def _any_priority(self) -> int:
        """One that OPEN lets pass."""
        return self._random.randrange(OPEN >> 3) << 3

    def _any_target(self) -> int:
        """One or more vCPUs."""
        return self._random.randrange(1, 1 << self._layout.vcpus)

    async def _settle(self) -> None:
        """The machine drains: let all interrupts come, complete all."""
        self._settled = True
        await self._cpu.write("GICV_CTLR", self._control)
        await self._cpu.write("GICV_PMR", OPEN)
        while self._disabled:
            await self._undo(gicd.ISENABLER, self._disabled)
        while self._activated:
            await self._undo(gicd.ICACTIVER, self._activated)
        for register in (gicd.ICPENDR, gicd.ICACTIVER) if self._habits.fiddles or self._habits.tugs else ():
            for intid in self._layout.spare[:1]:
                await self._cpu.write_distributor(*gicd.bit(register, intid))
        await self._deactivate_all()

    # ---- when nothing happens

    async def _idle(self) -> None:
        habits, cpu = self._habits, self._cpu
        if self._board.draining:
            await self._deactivate_all()
            await cpu.wait()
            return
        if self._chance(habits.sends):
            await self._send()
        if self._chance(habits.masks):
            await cpu.write("GICV_PMR", self._random.randrange(OPEN >> 3) << 3)
            await self._linger()
            await cpu.write("GICV_PMR", OPEN)
        if self._chance(habits.closes):
            await self._close()
        if self._chance(habits.stops):
            await cpu.write_distributor(gicd.CTLR, 0)
            await self._linger()
            await cpu.write_distributor(gicd.CTLR, 1)
        if self._chance(habits.toggles):
            groups = self._any_groups()
            await cpu.write("GICV_CTLR", self._control & ~groups)
            await self._linger()
            if self._chance(300):
                await cpu.wait(alarm=True)
            if self._chance(300):
                await cpu.write("GICV_CTLR", self._control & ~(_BOTH & ~groups))
                await self._linger()
            await cpu.write("GICV_CTLR", self._control)
        if self._chance(habits.probes):
            await self._take_interrupt()
        if self._chance(habits.fiddles):
            await self._fiddle()
        if self._chance(habits.tugs):
            await self._tug()
        if self._disabled and self._chance(200):
            await self._reconfigure(self._disabled)
            if self._disabled:  # a handler may have done so meanwhile
                await self._undo(gicd.ISENABLER, self._disabled)
        if self._activated and self._chance(200):
            await self._undo(gicd.ICACTIVER, self._activated)
        if self._dropped and self._chance(20 if habits.keeps else 500):
            await self._deactivate()
        if self._chance(habits.waits):
            await self._deactivate_all()
            await cpu.wait(alarm=bool(self._disabled or self._activated))

    async def _linger(self) -> None:
        """With other settings for a while; interrupts come as they allow."""
        for _ in range(self._random.randrange(10)):
            if await self._cpu.work() and not self._refuses:
                await self._take_interrupt()

    async def _close(self) -> None:
        """Only what is urgent may come, for long."""
        cpu = self._cpu
        await cpu.write("GICV_PMR", self._random.randrange(OPEN >> 3) << 3)
        for _ in range(self._random.randrange(20)):
            for _ in range(20):
                if await cpu.work():
                    await self._take_interrupt()
            if self._chance(300):
                await cpu.wait(alarm=True)
        await cpu.write("GICV_PMR", OPEN)

    async def _reconfigure(self, disabled: list[int]) -> None:
        """An SPI becomes of the other kind and what it was again. vCPU 0 alone does so: nobody else changes
        the same word meanwhile.
        """
        intid = self._random.choice(disabled)
        if intid >= FIRST_SPI and self._cpu.number == 0 and self._chance(self._habits.reconfigures):
            offset, lsb = gicd.place(gicd.ICFGR, intid)
            self._board.exchanged.add(intid)
            self._board.exchanging = True
            value = await self._cpu.read_distributor(offset)
            await self._cpu.write_distributor(offset, value ^ 2 << lsb)
            await self._linger()
            await self._cpu.write_distributor(offset, value)
            self._board.exchanging = False

    async def _forge(self) -> None:
        """SGIs to itself, in the name of some; or it takes them back."""
        if self._board.hypervisor.stands_sources:
            place = self._random.choice((gicd.SPENDSGIR, gicd.CPENDSGIR)) + self._random.randrange(16)
            sources = self._random.randrange(1 << self._layout.vcpus)
            if self._chance(200):
                await self._cpu.read_distributor(place, 1)
            await self._cpu.write_distributor(place, sources, 1)

    async def _fiddle(self) -> None:
        """Change an SPI, whoever may be handling it."""
        spis = list(self._layout.spis)
        intid = self._random.choice(spis)
        match self._random.randrange(5):
            case 0:
                await self._cpu.write_distributor(*gicd.bit(gicd.ICENABLER, intid))
                self._disabled.append(intid)
            case 1 if self._disabled:
                await self._undo(gicd.ISENABLER, self._disabled)
            case 2:
                await self._retarget(intid)
            case 3 if self._layout.spare:
                register = self._random.choice((gicd.ISPENDR, gicd.ICPENDR, gicd.ISACTIVER, gicd.ICACTIVER))
                await self._cpu.write_distributor(*gicd.bit(register, self._layout.spare[0]))
            case _:
                await self._pend(spis)

    async def _tug(self) -> None:
        """Change what others change at the same time, again and again."""
        intid = self._layout.spare[0]
        for _ in range(self._random.randrange(1, 20)):
            if self._random.randrange(2):
                await self._retarget(intid)
            else:
                await self._cpu.write_distributor(*gicd.bit(self._random.choice(_TUGS), intid))

    async def _retarget(self, intid: int) -> None:
        target = 0 if self._chance(self._habits.mistakes) else self._any_target()
        await self._cpu.write_distributor(gicd.ITARGETSR + intid, target, 1)

    async def _send(self) -> None:
        """An SGI to some, to all others, or to itself."""
        random, habits = self._random, self._habits
        filters, targets = (4, 8) if self._chance(habits.mistakes) else (3, self._layout.vcpus)
        value = random.randrange(filters) << 24 | random.randrange(1 << targets) << 16
        await self._cpu.write_distributor(gicd.SGIR, value | random.randrange(habits.sgis))

    async def _undo(self, register: int, intids: list[int]) -> None:
        """Write the bit of one of these interrupts, any."""
        intid = intids.pop(self._random.randrange(len(intids)))
        offset, value = gicd.bit(register, intid)
        if register == gicd.ICACTIVER and not any(spi // 32 == intid // 32 for spi in self._layout.spis):
            value = ALL  # nobody else's is in that word
            intids[:] = [other for other in intids if other // 32 != intid // 32]
        await self._cpu.write_distributor(offset, value)

    # ---- interrupts

    async def _take_interrupts(self) -> None:
        """As long as there are any, and nothing else is to be done."""
        while await self._take_interrupt() and await self._cpu.work():
            if self._board.draining and not self._settled:
                return

    async def _acknowledge(self) -> tuple[int, bool]:
        """What IAR or AIAR said, and whether it was AIAR."""
        cpu = self._cpu
        alias = self._habits.aliases
        value = await cpu.read("GICV_AIAR" if alias else "GICV_IAR")
        if value == (SPURIOUS if alias else OTHER_GROUP):
            alias = not alias
            value = await cpu.read("GICV_AIAR" if alias else "GICV_IAR")
        return value, alias

    async def _take_interrupt(self) -> bool:
        """From the acknowledge to the completion; false if there was none."""
        value, alias = await self._acknowledge()
        intid = value & 0x3FF
        if intid >= FIRST_SPECIAL_ID:
            return False
        await self._cpu.serve(intid, Point.ACTIVE)
        self._running.append(intid)
        await self._handle(value)
        self._running.pop()
        await self._cpu.serve(intid, Point.BEFORE)
        await self._complete(value, "GICV_AEOIR" if alias else "GICV_EOIR")
        await self._cpu.serve(intid, Point.AFTER)
        return True

    async def _handle(self, value: int) -> None:
        """What is between the acknowledge, which gave this value, and the completion."""
        habits, cpu, intid = self._habits, self._cpu, value & 0x3FF
        if self._chance(habits.climbs):
            await self._climb()
        if intid >= 16 and self._chance(habits.disables):
            await cpu.write_distributor(*gicd.bit(gicd.ICENABLER, intid))
            self._disabled.append(intid)
        for _ in range(self._random.randrange(*habits.work)):
            if await cpu.work() and habits.nests:
                await self._take_interrupt()
        if intid in self._disabled and self._chance(500):
            self._disabled.remove(intid)
            await cpu.write_distributor(*gicd.bit(gicd.ISENABLER, intid))
        if self._chance(habits.naps):
            await cpu.wait(alarm=True)
        spis = list(self._layout.spis)
        if spis and self._chance(habits.retargets):
            await self._retarget(self._random.choice((intid, *spis)))
        if self._chance(habits.fiddles):
            await self._fiddle()
        if self._chance(habits.tugs):
            await self._tug()
        if self._chance(habits.reprioritises):
            await cpu.write_distributor(gicd.IPRIORITYR + intid, self._any_priority(), 1)
        if self._chance(habits.sends):
            await self._send()
        if self._chance(habits.forges):
            await self._forge()
        if spis and self._chance(habits.pends):
            await self._pend(spis)
        if self._chance(habits.activates):
            self._activated.append(self._random.choice(self._layout.spare))
            await cpu.write_distributor(*gicd.bit(gicd.ISACTIVER, self._activated[-1]))
        if self._chance(habits.passes):
            await self._pass_on(value)
        if self._chance(habits.looks):
            await cpu.read_distributor(gicd.ISPENDR + intid // 32 * 4)
            await cpu.read_distributor(gicd.ISACTIVER + intid // 32 * 4)

    async def _pass_on(self, value: int) -> None:
        """Another vCPU is to get the SPI that it handles, too. ISACTIVER changes nothing: of SGIs, only where
        the sender is the writer (NV-MMIO-5).
        """
        intid, sender = value & 0x3FF, value >> 10
        if intid >= FIRST_SPI:
            await self._cpu.write_distributor(*gicd.bit(gicd.ISPENDR, intid))
            await self._retarget(intid)
        if (intid >= FIRST_SPI or sender == self._cpu.number) and self._chance(300):
            await self._cpu.write_distributor(*gicd.bit(gicd.ISACTIVER, intid))

    async def _climb(self) -> None:
        """Have itself interrupted."""
        cpu, running = self._cpu, await self._cpu.read("GICV_RPR")
        if 8 <= running <= OPEN:
            intid = self._random.choice([spi for spi in self._layout.spis if spi not in self._running])
            await cpu.write_distributor(gicd.ITARGETSR + intid, 1 << cpu.number, 1)
            await cpu.write_distributor(gicd.IPRIORITYR + intid, running - 8, 1)
            await cpu.write_distributor(*gicd.bit(gicd.ISPENDR, intid))

    async def _pend(self, spis: list[int]) -> None:
        """ISPENDR of several SPIs of a word, ICPENDR of one."""
        chosen = self._random.choice(spis)
        offset, bits = gicd.bit(gicd.ISPENDR, chosen)
        if self._chance(300):
            offset += gicd.ICPENDR - gicd.ISPENDR
        else:
            for spi in spis:
                other, bit = gicd.bit(gicd.ISPENDR, spi)
                bits |= bit if other == offset and self._chance(500) else 0
        await self._cpu.write_distributor(offset, bits)

    async def _complete(self, value: int, register: str) -> None:
        """EOIR or AEOIR; with split completion DIR now or later."""
        cpu, habits = self._cpu, self._habits
        flips = self._chance(habits.flips)
        if flips:
            await cpu.write("GICV_CTLR", self._control & ~self._any_groups())
            for _ in range(self._random.randrange(30)):
                await cpu.work()
        if self._chance(habits.mistakes):
            wrong = self._random.choice((register, register, "GICV_EOIR", "GICV_AEOIR", "GICV_DIR"))
            limits = self._random.choice(((0, FIRST_SPECIAL_ID), (FIRST_SPECIAL_ID, SPURIOUS + 1)))
            await cpu.write(wrong, self._random.randrange(*limits))
        await cpu.write(register, value)
        if flips:
            await cpu.write("GICV_CTLR", self._control)
        if habits.splits:
            self._dropped.append(value)
            if len(self._dropped) > habits.keeps and self._chance(500):
                await self._deactivate()
        if self._chance(habits.doubles):
            await cpu.write(register, value)

    async def _deactivate(self) -> None:
        """One of those that were dropped, not always the last."""
        value = self._dropped.pop(self._random.randrange(len(self._dropped)))
        if self._chance(self._habits.misdirects):
            register = self._random.choice(COMPLETE)
            await self._cpu.write(register, self._random.randrange(FIRST_SPECIAL_ID, SPURIOUS + 1))
            sender = value ^ self._random.randrange(1, 8) << 10
            other = self._random.choice([*self._layout.spis, self._random.randrange(FIRST_SPECIAL_ID)])
            wrong = sender if value & 0x3FF < 16 else other
            await self._cpu.write("GICV_DIR", wrong)
        await self._cpu.write("GICV_DIR", value)

    async def _deactivate_all(self) -> None:
        while self._dropped:
            await self._deactivate()
