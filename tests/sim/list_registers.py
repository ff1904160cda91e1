# SPDX-License-Identifier: Apache-2.0
"""List register words, their states and identities: specification, section 2.3."""

import pyuvm

from tb.uvm.directed_test import (
    ACT,
    ANY_DEVICE,
    EN,
    INV,
    NPIE,
    PACT,
    PEND,
    SPURIOUS,
    UIE,
    Cpu,
    DirectedTest,
    Needs,
    lr,
    read,
    write,
)

ALL_ONES = 0xFFFF_FFFF
MORE_THAN_32 = Needs(num_lr=range(33, 65))


@pyuvm.test()
class MissingListRegistersReadZeroAndIgnoreWrites(DirectedTest):
    """V2-LR-1"""

    needs = Needs(num_lr=range(1, 64))

    async def scenario(self, cpu: Cpu) -> None:
        num_lr = self.parameters.num_lr
        missing = [f"GICH_LR{n}" for n in range(num_lr, 64)]
        before = await cpu.registers()
        await cpu.all(*(write(name, lr(40, state, eoi=1)) for name in missing for state in (PEND, ACT, INV)))
        assert await cpu.all(*map(read, missing)) == [0] * len(missing)
        assert await cpu.registers() == before
        assert await cpu.read("GICH_VTR") == 0x9000_0000 | num_lr - 1


@pyuvm.test()
class StatusBitsOfMissingListRegistersReadZero(DirectedTest):
    """V2-LR-1"""

    needs = ANY_DEVICE

    async def scenario(self, cpu: Cpu) -> None:
        ones = (1 << self.parameters.num_lr) - 1
        lower, upper = ones & ALL_ONES, ones >> 32
        names = ("GICH_ELRSR0", "GICH_ELRSR1", "GICH_EISR0", "GICH_EISR1")
        assert await cpu.all(*map(read, names)) == [lower, upper, 0, 0]
        await cpu.load(*(lr(0, INV, eoi=1) for _ in range(self.parameters.num_lr)))
        assert await cpu.all(*map(read, names)) == [0, 0, lower, upper]


@pyuvm.test()
class EveryListRegisterIsItsOwn(DirectedTest):
    """V2-LR-1, V2-LR-2"""

    needs = ANY_DEVICE

    async def scenario(self, cpu: Cpu) -> None:
        numbers = range(self.parameters.num_lr)
        words = [n << 23 & 0xF80_0000 | (n + 1) << 10 | 1000 - n for n in numbers]
        await cpu.load(*words)
        assert await cpu.all(*(read(f"GICH_LR{n}") for n in numbers)) == words


@pyuvm.test()
class UpperListRegistersShowInTheSecondStatusWords(DirectedTest):
    """V2-LR-1, V2-MI-1"""

    needs = MORE_THAN_32

    async def scenario(self, cpu: Cpu) -> None:
        names = ("GICH_ELRSR0", "GICH_ELRSR1", "GICH_EISR0", "GICH_EISR1")
        upper = (1 << self.parameters.num_lr - 32) - 1
        await cpu.all(write("GICH_LR31", lr(40, PEND)), write("GICH_LR32", lr(41, INV, eoi=1)))
        assert await cpu.all(*map(read, names)) == [0x7FFF_FFFF, upper & ~1, 0, 1]
        await cpu.all(write("GICH_LR31", lr(40, INV, eoi=1)), write("GICH_LR32", lr(41, ACT, eoi=1)))
        assert await cpu.all(*map(read, names)) == [0x7FFF_FFFF, upper & ~1, 0x8000_0000, 0]


@pyuvm.test()
class UpperListRegisterWinsAndIsCompleted(DirectedTest):
    """V2-LR-1, V2-SEL-4: LR32 is the most urgent of all."""

    needs = MORE_THAN_32

    async def scenario(self, cpu: Cpu) -> None:
        last = self.parameters.num_lr - 1
        for n in (32, last):
            await cpu.open(
                *(lr(100 + i, PEND, 0x48 if i == n else 0x50) for i in range(self.parameters.num_lr))
            )
            assert await cpu.all(read("GICV_HPPIR"), read("GICV_IAR")) == [100 + n, 100 + n]
            assert await cpu.read(f"GICH_LR{n}") == lr(100 + n, ACT, 0x48)
            await cpu.write("GICV_EOIR", 100 + n)
            assert await cpu.read(f"GICH_LR{n}") == lr(100 + n, INV, 0x48)
            assert await cpu.all(read("GICH_ELRSR0"), read("GICH_ELRSR1")) == [0, 1 << n - 32]


@pyuvm.test()
class WordReadsBackAsWritten(DirectedTest):
    """V2-LR-2: bits 19:10 whatever HW is; 22:20 are reserved."""

    async def scenario(self, cpu: Cpu) -> None:
        for hw in (0, 1):
            for field in (0x3FF, 0x200, 0x001, 0x155, 0x2AA, 0x008, 0x3F8):
                word = hw << 31 | field << 10 | 33
                await cpu.write("GICH_LR2", word)
                assert await cpu.read("GICH_LR2") == word
        await cpu.write("GICH_LR2", ALL_ONES)
        assert await cpu.read("GICH_LR2") == 0xFF8F_FFFF
        await cpu.write("GICH_LR2", 0x0070_0000)
        assert await cpu.read("GICH_LR2") == 0


@pyuvm.test()
class GuestChangesOnlyTheState(DirectedTest):
    """V2-LR-3"""

    async def scenario(self, cpu: Cpu) -> None:
        rest = lr(37, INV, 0xA0, grp1=1, eoi=1, cpuid=5) | 0x3F << 13
        hardware = lr(38, INV, 0xA8, hw=1, phys=0x2D5)
        await cpu.open(rest | PEND << 28, hardware | PEND << 28)
        await cpu.read("GICV_AIAR")
        assert await cpu.all(read("GICH_LR0"), read("GICH_LR1")) == [rest | ACT << 28, hardware | PEND << 28]
        await cpu.write("GICV_EOIR", 37)
        assert await cpu.all(read("GICH_LR0"), read("GICH_LR1")) == [rest, hardware | PEND << 28]
        await cpu.read("GICV_IAR")
        assert await cpu.all(read("GICH_LR0"), read("GICH_LR1")) == [rest, hardware | ACT << 28]
        await cpu.write("GICV_EOIR", 38)
        assert await cpu.all(read("GICH_LR0"), read("GICH_LR1")) == [rest, hardware]


@pyuvm.test()
class EveryStateCanBeWritten(DirectedTest):
    """V2-LR-4"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open()
        for hw in (0, 1):
            for old in (INV, PEND, ACT, PACT):
                for new in (INV, PEND, ACT, PACT):
                    await cpu.load(lr(40, old, 0x40, hw=hw, phys=40), lr(40, new, 0x40, hw=hw, phys=40))
                    await cpu.write("GICH_LR0", lr(40, new, 0x40, hw=hw, phys=40))
                    assert await cpu.states(2) == [new, new]


@pyuvm.test()
class ActiveAndPendingIsTakenAgainOnceDeactivated(DirectedTest):
    """V2-LR-4, V2-EOI-8"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PACT, 0x80, eoi=1))
        await cpu.write("GICH_APR", 1 << 16)
        assert await cpu.lines() == set()
        await cpu.write("GICV_EOIR", 40)
        assert await cpu.lines() == {"virq"}
        assert await cpu.all(read("GICH_LR0"), read("GICH_EISR0")) == [lr(40, PEND, 0x80, eoi=1), 0]
        assert await cpu.read("GICV_IAR") == 40
        await cpu.write("GICV_EOIR", 40)
        assert await cpu.all(read("GICH_LR0"), read("GICH_EISR0")) == [lr(40, INV, 0x80, eoi=1), 1]


@pyuvm.test()
class HardwareActiveAndPendingIsDeactivatedAndStaysPending(DirectedTest):
    """V2-LR-5"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PACT, 0x80, hw=1, phys=77))
        await cpu.write("GICH_APR", 1 << 16)
        await cpu.write("GICV_EOIR", 40)
        assert await cpu.lines() == {"virq"}
        assert await cpu.read("GICH_LR0") == lr(40, PEND, 0x80, hw=1, phys=77)
        assert self.deactivated == [(0, 77)]
        assert await cpu.read("GICV_IAR") == 40
        await cpu.write("GICV_EOIR", 40)
        assert await cpu.lines() == set()
        assert self.deactivated == [(0, 77), (0, 77)]


@pyuvm.test()
class SpecialIdsNeverCompete(DirectedTest):
    """V2-LR-6"""

    async def scenario(self, cpu: Cpu) -> None:
        for intid in range(1020, 1024):
            for grp1 in (0, 1):
                await cpu.open(lr(intid, PEND, 0x00, grp1=grp1), 0)
                assert await cpu.lines() == set()
                names = ("GICV_IAR", "GICV_AIAR", "GICV_HPPIR", "GICV_AHPPIR")
                assert await cpu.all(*map(read, names)) == [SPURIOUS] * 4
                await cpu.write("GICH_LR1", lr(1019, PEND, 0xF0))
                assert await cpu.lines() == {"virq"}
                assert await cpu.read("GICV_HPPIR") == 1019


@pyuvm.test()
class EveryListRegisterTellsSpecialIdsFromOthers(DirectedTest):
    """V2-LR-6: also from those that differ from 1020 in one bit."""

    needs = ANY_DEVICE

    async def scenario(self, cpu: Cpu) -> None:
        await self.together(*map(self.fill_one_by_one, self.cpus))

    async def fill_one_by_one(self, cpu: Cpu) -> None:
        await cpu.open()
        for n in range(self.parameters.num_lr):
            for intid in (*(1020 ^ 1 << bit for bit in range(2, 10)), 1019, 1020, 1021, 1022, 1023):
                await cpu.write(f"GICH_LR{n}", lr(intid, PEND))
                assert await cpu.read("GICV_HPPIR") == (intid if intid < 1020 else SPURIOUS)


@pyuvm.test()
class SpecialIdsCountAsTheirState(DirectedTest):
    """V2-LR-6: in NP, U, ELRSR and EISR."""

    async def scenario(self, cpu: Cpu) -> None:
        others = (1 << self.parameters.num_lr) - 4 & ALL_ONES
        for intid in range(1020, 1024):
            for state, eoi, misr, elrsr, eisr in (
                (PEND, 0, 0x0, 0b00, 0b00),
                (ACT, 0, 0x8, 0b00, 0b00),
                (PACT, 1, 0x8, 0b00, 0b00),
                (INV, 0, 0xA, 0b01, 0b00),
                (INV, 1, 0xB, 0b00, 0b01),
            ):
                await cpu.open(lr(intid, state, eoi=eoi), lr(40, ACT), hcr=EN | UIE | NPIE)
                status = [read(f"GICH_{name}") for name in ("MISR", "ELRSR0", "EISR0")]
                assert await cpu.all(*status) == [misr, others | elrsr, eisr], f"state {state}, EOI {eoi}"


@pyuvm.test()
class DuplicateIdsActOnTheLowestListRegister(DirectedTest):
    """V2-LR-7"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(0, *(lr(40, PEND, 0x80, hw=1, phys=100 + n) for n in (1, 2, 3)))
        for states in ([INV, ACT, PEND, PEND], [INV, ACT, ACT, PEND], [INV, ACT, ACT, ACT]):
            assert await cpu.read("GICV_IAR") == 40
            assert await cpu.states() == states
            await cpu.write("GICH_APR", 0)
        for states in ([INV, INV, ACT, ACT], [INV, INV, INV, ACT], [INV, INV, INV, INV]):
            await cpu.write("GICV_EOIR", 40)
            assert await cpu.states() == states
        assert self.deactivated == [(0, 101), (0, 102), (0, 103)]
        # The lowest active one, not the lowest that is valid.
        await cpu.load(lr(40, PEND, 0x80), lr(40, ACT, 0x80), lr(40, PACT, 0x80), lr(40, ACT, 0x80))
        for states in ([PEND, INV, PACT, ACT], [PEND, INV, PEND, ACT], [PEND, INV, PEND, INV]):
            await cpu.write("GICV_EOIR", 40)
            assert await cpu.states() == states
