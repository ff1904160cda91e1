# SPDX-License-Identifier: Apache-2.0
"""Constrained-random traffic of one port: a hypervisor, a guest, and what software should not do."""

from collections import deque
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final, NamedTuple

from gicv2_registers import (
    GICH_HCR_EN_MASK,
    GICH_HCR_EOICOUNT_MASK,
    GICH_HCR_MASK,
    GICH_LR_GRP1_MASK,
    GICH_LR_HW_MASK,
    GICH_LR_PHYSICALID_LSB,
    GICH_LR_PRIORITY_MSB,
    GICH_LR_STATE_LSB,
    GICH_VMCR_VMGRP0EN_MASK,
    GICH_VMCR_VMGRP1EN_MASK,
    GICH_VMCR_VMPRIMASK_MASK,
    GICV_CTLR_ACKCTL_MASK,
    GICV_CTLR_ENABLEGRP0_MASK,
    GICV_CTLR_ENABLEGRP1_MASK,
    GICV_IAR_INTERRUPTID_MASK,
    GICV_PMR_PRIORITY_MASK,
    REGISTERS,
)
from tb.model.hardware.address_map import address
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import ACT, FIRST_PPI, FIRST_SPECIAL_ID, OTHER_GROUP
from tb.model.stream import stream
from tb.uvm.axi_lite import NO_HOLD, Access, Hold
from tb.uvm.monitor import Monitor
from tb.uvm.sequences import PortSequence

# Virtual IDs at both ends of the classes (SGI, PPI, SPI), and two that share their low bits.
VIRTUAL_IDS: Final = (0, 1, 15, 16, 27, 31, 32, 33, 33 + 512, 511, 1018, 1019)
SPECIAL_IDS: Final = tuple(range(FIRST_SPECIAL_ID, 1024))
PHYSICAL_IDS: Final = (0, 15, 16, 27, 32, 33, 500, 1019, 1020, 1023)
PENDING_MORE_OFTEN: Final = (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 2, 3)  # LR.State
COMPLETIONS: Final = ("GICV_EOIR", "GICV_EOIR", "GICV_EOIR", "GICV_AEOIR", "GICV_DIR")
TOGETHER: Final = 4  # accesses that a driver gets at one time at most
REMEMBERED: Final = 64  # acknowledged interrupts that a guest has in mind


class Pace(NamedTuple):
    """How a port's master behaves.

    holds  drawn from for each access
    wait   how likely a sequence waits for the answer to an access before it makes the next
    """

    holds: tuple[Hold, ...]
    wait: float


def _mixture(longest: int, often: float) -> tuple[Hold, ...]:
    """Holds of which each channel's is, so often, from 1 cycle to the longest; else none."""
    rng = stream(0, f"holds {longest} {often}")  # the same in every run
    return tuple(
        Hold(*(rng.randint(1, longest) if rng.random() < often else 0 for _ in Hold._fields))
        for _ in range(64)
    )


STALLING: Final = (
    Pace(_mixture(3, 0.2), wait=0.4),
    Pace(_mixture(8, 0.5), wait=0.5),
    *(Pace(tuple(Hold(**{channel: cycles}) for cycles in range(6)), wait=0.2) for channel in Hold._fields),
)
PACES: Final = (Pace((NO_HOLD,), wait=0.1), Pace((NO_HOLD,), wait=0.8), *STALLING)


def distributor_pace(rng: Random) -> Iterator[int]:
    """Cycles before each deactivation request is taken: at once, soon, or so late that the queue fills."""
    while True:
        longest = rng.choice((0, 0, 3, 30, 120, 400))
        for _ in range(rng.randint(1, 12)):
            yield rng.randint(0, longest)


def virtual_id(rng: Random) -> int:
    """A virtual ID, out of few, so that duplicates happen."""
    return rng.choice(VIRTUAL_IDS if rng.random() < 0.95 else SPECIAL_IDS)


def list_register(rng: Random) -> int:
    """Any 32 bits, mostly such that something happens with them."""
    word = rng.getrandbits(32)
    if rng.random() < 0.1:
        return word
    word &= ~(3 << GICH_LR_STATE_LSB | 0x3FF)
    word |= rng.choice(PENDING_MORE_OFTEN) << GICH_LR_STATE_LSB | virtual_id(rng)
    if rng.random() < 0.5:
        word &= ~(1 << GICH_LR_PRIORITY_MSB)  # urgent
    if rng.random() < 0.3:
        word = word & ~(0x3FF << 10) | rng.choice(PHYSICAL_IDS) << 10
    return word


def active_priorities(rng: Random) -> int:
    """A value for APR: none active, one, several, many."""
    return rng.choice(
        (0, 0, 0, 0, 1 << rng.randrange(32), 1 << rng.randrange(16, 32) | 1 << 31, rng.getrandbits(32))
    )


class Source:
    """Draws the accesses of one kind of software on a CPU; what the monitor saw last may guide it."""

    def __init__(self, cpu: int, parameters: Parameters, rng: Random, monitor: Monitor) -> None:
        self.cpu = cpu
        self.parameters = parameters
        self.rng = rng
        self.monitor = monitor

    def next_access(self) -> Access:
        """The next access, without its holds."""
        raise NotImplementedError


class Hypervisor(Source):
    """Writes and reads the GICH registers of its own and of other banks."""

    _READS = ("HCR", "VMCR", "APR", "MISR", "EISR0", "EISR1", "ELRSR0", "ELRSR1")

    def next_access(self) -> Access:
        rng = self.rng
        bank = self._bank()
        choice = rng.random()
        if choice < 0.62:
            return Access(True, address(self._list_register(), bank), list_register(rng))
        if choice < 0.68:
            return Access(True, address("GICH_HCR", bank), self._hcr())
        if choice < 0.74:
            return Access(True, address("GICH_VMCR", bank), self._vmcr())
        if choice < 0.78:
            return Access(True, address("GICH_APR", bank), active_priorities(rng))
        if choice < 0.86:
            return Access(False, address(self._list_register(), bank))
        return Access(False, address(f"GICH_{rng.choice(self._READS)}", bank))

    def _bank(self) -> int | None:
        return None if self.rng.random() < 0.5 else self.rng.randrange(self.parameters.num_cpu)

    def _list_register(self) -> str:
        return f"GICH_LR{self.rng.randrange(self.parameters.num_lr)}"

    def _hcr(self) -> int:
        value = self.rng.getrandbits(32) & (GICH_HCR_MASK if self.rng.random() < 0.9 else 0xFFFF_FFFF)
        if self.rng.random() < 0.5:
            value &= ~GICH_HCR_EOICOUNT_MASK
        return value | GICH_HCR_EN_MASK if self.rng.random() < 0.96 else value & ~GICH_HCR_EN_MASK

    def _vmcr(self) -> int:
        value = self.rng.getrandbits(32)
        if self.rng.random() < 0.8:
            value |= GICH_VMCR_VMPRIMASK_MASK & 0xE000_0000
        if self.rng.random() < 0.9:
            value |= GICH_VMCR_VMGRP0EN_MASK | GICH_VMCR_VMGRP1EN_MASK
        return value


class Guest(Source):
    """Acknowledges what it is offered; completes it in order, out of order, twice, or under a wrong ID."""

    _READS = ("CTLR", "PMR", "BPR", "RPR", "HPPIR", "ABPR", "AHPPIR", "APR0")

    def __init__(self, cpu: int, parameters: Parameters, rng: Random, monitor: Monitor) -> None:
        super().__init__(cpu, parameters, rng, monitor)
        self._asked: deque[Access] = deque()
        self._active: list[int] = []
        self._use_alias = False  # a Group 1 interrupt was offered, and not given by IAR

    def next_access(self) -> Access:
        self._look_at_answers()
        rng = self.rng
        choice = rng.random()
        if choice < 0.1:
            return Access(False, address(f"GICV_{rng.choice(self._READS)}"))
        if choice < 0.15:
            return self._write_control()
        if choice < (0.25 if self.monitor.interrupted(self.cpu) and not self._asked else 0.8):
            value = self._complete() if self._active and rng.random() < 0.8 else self._any_id()
            return Access(True, address(rng.choice(COMPLETIONS)), value)
        alias = rng.random() < (0.8 if self._use_alias else 0.1)
        access = Access(False, address("GICV_AIAR" if alias else "GICV_IAR"))
        self._asked.append(access)
        return access

    def _look_at_answers(self) -> None:
        while self._asked and self._asked[0].answered:
            access = self._asked.popleft()
            self._use_alias = access.value == OTHER_GROUP
            if access.value & GICV_IAR_INTERRUPTID_MASK < FIRST_SPECIAL_ID and not access.aborted:
                self._active.append(access.value)
        del self._active[:-REMEMBERED]

    def _complete(self) -> int:
        index = -1 if self.rng.random() < 0.6 else self.rng.randrange(len(self._active))
        return self._active[index] if self.rng.random() < 0.2 else self._active.pop(index)

    def _any_id(self) -> int:
        return virtual_id(self.rng) | self.rng.randrange(8) << 10

    def _write_control(self) -> Access:
        rng = self.rng
        register = rng.choice(("CTLR", "PMR", "BPR", "ABPR", "APR0"))
        value = rng.getrandbits(32)
        if register == "CTLR" and rng.random() < 0.9:
            value |= GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_ENABLEGRP1_MASK
        elif register == "PMR" and rng.random() < 0.85:
            value |= 0xE0
        elif register == "APR0":
            value = active_priorities(rng)
        return Access(True, address(f"GICV_{register}"), value)


class Storm(Source):
    """Completes hardware interrupts as fast as it makes them active, so that the deactivation queue fills."""

    def __init__(self, cpu: int, parameters: Parameters, rng: Random, monitor: Monitor) -> None:
        super().__init__(cpu, parameters, rng, monitor)
        self._completes = False
        self._intid = 0

    def next_access(self) -> Access:
        rng = self.rng
        self._completes = not self._completes
        if self._completes:
            return self._complete()
        self._intid = rng.randrange(FIRST_PPI, FIRST_SPECIAL_ID)
        word = (
            GICH_LR_HW_MASK | rng.choice((0, GICH_LR_GRP1_MASK)) | ACT | self._intid << GICH_LR_PHYSICALID_LSB
        )
        return Access(True, address(f"GICH_LR{rng.randrange(self.parameters.num_lr)}"), word | self._intid)

    def _complete(self) -> Access:
        rng = self.rng
        access = Access(True, address(rng.choice(COMPLETIONS)), self._intid)
        choice = rng.random()
        if choice < 0.1:
            access.strb = rng.randrange(0xF)
        elif choice < 0.25:
            access.addr |= rng.randint(1, 3)
        return access


class Oddities(Source):
    """Misaligned and partial accesses; places without a register; reads of WO and writes of RO registers."""

    def next_access(self) -> Access:
        rng = self.rng
        write = rng.random() < 0.6
        access = Access(write, self._addr(), rng.getrandbits(32))
        if rng.random() < 0.6:
            if write and rng.random() < 0.6:
                access.strb = rng.randrange(0xF)
            else:
                access.addr |= rng.randint(1, 3)
        return access

    def _addr(self) -> int:
        rng = self.rng
        name = rng.choice(_NAMES)
        if name == "GICH_LR0":
            name = f"GICH_LR{rng.choice((rng.randrange(64), self.parameters.num_lr % 64))}"
        addr = address(name, rng.randrange(8) if name.startswith("GICH_") and rng.random() < 0.5 else None)
        if rng.random() < 0.4:
            addr = (
                addr + (1 << rng.randrange(2, 16)) & 0xFFFF
            )  # a neighbour: another register, a gap, another page
        return addr


# All list registers together no more often than one other register.
_NAMES: Final = tuple(name for name in REGISTERS if not name.startswith("GICH_LR") or name == "GICH_LR0")


# A mixture of sources: how often each is drawn.
SOURCES: Final = (Hypervisor, Guest, Storm, Oddities)
BALANCED: Final = (0.36, 0.56, 0.03, 0.05)
STORMY: Final = (0.1, 0.2, 0.6, 0.1)


class Open(PortSequence):
    """What a hypervisor and a guest write first: everything enabled, nothing masked."""

    async def body(self) -> None:
        await self.write(
            "GICV_CTLR", GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_ENABLEGRP1_MASK | GICV_CTLR_ACKCTL_MASK
        )
        await self.write("GICV_PMR", GICV_PMR_PRIORITY_MASK)
        await self.write("GICH_HCR", GICH_HCR_EN_MASK)


class RandomTraffic(PortSequence):
    """A number of accesses of all kinds, mixed by weights."""

    def __init__(
        self, sources: Sequence[Source], weights: Sequence[float], rng: Random, accesses: int, pace: Pace
    ) -> None:
        super().__init__("random_traffic")
        self._sources = sources
        self._weights = weights
        self._rng = rng
        self._accesses = accesses
        self._pace = pace

    async def body(self) -> None:
        rng, pace = self._rng, self._pace
        together: list[Access] = []
        for source in rng.choices(self._sources, self._weights, k=self._accesses):
            access = source.next_access()
            access.hold = rng.choice(pace.holds)
            together.append(access)
            waits = rng.random() < pace.wait
            if waits or len(together) == TOGETHER:
                await self.issue(together)
                together = []
            if waits:
                await access.responded.wait()
        await self.issue(together)
