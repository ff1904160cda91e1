# SPDX-License-Identifier: Apache-2.0
"""Which list register wins: specification, section 4."""

from itertools import combinations, permutations

import pyuvm

from tb.uvm.directed_test import (
    ACK_CTL,
    ACT,
    ANY_DEVICE,
    GRP0,
    GRP1,
    INV,
    PACT,
    PEND,
    SPURIOUS,
    Cpu,
    DirectedTest,
    Needs,
    lr,
    read,
    write,
)

REPORTS = ("GICV_HPPIR", "GICV_IAR")


@pyuvm.test()
class OnlyPendingCompetes(DirectedTest):
    """V2-SEL-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for state in (INV, ACT, PACT):
            await cpu.open(lr(40, state, 0x00), 0)
            assert await cpu.lines() == set()
            assert await cpu.all(*map(read, REPORTS)) == [SPURIOUS, SPURIOUS]
            await cpu.write("GICH_LR1", lr(41, PEND, 0xF0))
            assert await cpu.lines() == {"virq"}
            assert await cpu.all(*map(read, REPORTS)) == [41, 41]
            assert await cpu.states(2) == [state, ACT]
            await cpu.write("GICH_APR", 0)


@pyuvm.test()
class ActiveAndPendingWaitsUntilItsActiveHalfIsCleared(DirectedTest):
    """V2-SEL-1"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PACT, 0x40), lr(41, PEND, 0x80))
        assert await cpu.all(*map(read, REPORTS)) == [41, 41]
        await cpu.write("GICH_APR", 0)
        await cpu.write("GICV_EOIR", 40)
        assert await cpu.lines() == {"virq"}
        assert await cpu.all(*map(read, REPORTS)) == [40, 40]


@pyuvm.test()
class TieGoesToTheLowestListRegister(DirectedTest):
    """V2-SEL-2"""

    needs = Needs(num_lr=range(2, 65))

    async def scenario(self, cpu: Cpu) -> None:
        numbers = range(self.parameters.num_lr)
        await cpu.open(*(lr(100 + n, PEND, 0xA8) for n in numbers))
        for n in numbers:
            assert await cpu.all(*map(read, REPORTS)) == [100 + n, 100 + n]
            await cpu.write("GICV_EOIR", 100 + n)
        assert await cpu.all(*map(read, REPORTS)) == [SPURIOUS, SPURIOUS]


@pyuvm.test()
class TieBetweenAnyTwoGoesToTheLower(DirectedTest):
    """V2-SEL-2: whatever is in the others."""

    async def scenario(self, cpu: Cpu) -> None:
        for pair in combinations(range(self.parameters.num_lr)[:8], 2):
            await cpu.open(*(lr(100 + n, PEND, 0x40 if n in pair else 0x48) for n in range(8)))
            assert await cpu.read("GICV_HPPIR") == 100 + pair[0]


@pyuvm.test()
class EveryListRegisterWinsByItsPriority(DirectedTest):
    """V2-SEL-4"""

    needs = ANY_DEVICE

    async def scenario(self, cpu: Cpu) -> None:
        numbers = range(self.parameters.num_lr)
        await cpu.open(*(lr(100 + n, PEND, 0x88) for n in numbers))
        for n in numbers:
            await cpu.write(f"GICH_LR{n}", lr(100 + n, PEND, 0x80))
            assert await cpu.all(*map(read, REPORTS)) == [100 + n, 100 + n]
            await cpu.all(write("GICH_APR", 0), write(f"GICH_LR{n}", lr(100 + n, PEND, 0x88)))


@pyuvm.test()
class OrderHardwareAndEoiDoNotAffectUrgency(DirectedTest):
    """V2-SEL-4"""

    async def scenario(self, cpu: Cpu) -> None:
        words = (
            lr(40, PEND, 0x98, eoi=1),
            lr(41, PEND, 0x90, hw=1, phys=0x3FF),
            lr(42, PEND, 0x88, grp1=1),
            lr(3, PEND, 0x80, cpuid=7),
        )
        await cpu.open()
        for order in permutations(words):
            await cpu.load(*order)
            for word in reversed(words):
                assert await cpu.read("GICV_IAR") == word & 0x3FF | (7 << 10 if word & 0x3FF == 3 else 0)
                await cpu.write("GICV_EOIR", word & 0x1FFF if word & 0x3FF == 3 else word & 0x3FF)


@pyuvm.test()
class DisabledGroupDoesNotHideTheOther(DirectedTest):
    """V2-SEL-3 with GRP_FILTER=1"""

    needs = Needs(grp_filter=(1,))

    async def scenario(self, cpu: Cpu) -> None:
        for hidden in (0, 1):
            ctlr = (GRP0 if hidden else GRP1) | ACK_CTL
            await cpu.open(lr(40, PEND, 0x00, grp1=hidden), lr(41, PEND, 0x80, grp1=1 - hidden), ctlr=ctlr)
            await cpu.write("GICH_APR", 0)
            assert await cpu.lines() == {"virq"}
            assert await cpu.all(*map(read, REPORTS)) == [41, 41]
            assert await cpu.states(2) == [PEND, ACT]


@pyuvm.test()
class DisabledGroupHidesTheOther(DirectedTest):
    """V2-SEL-3 with GRP_FILTER=0"""

    needs = Needs(grp_filter=(0,))

    async def scenario(self, cpu: Cpu) -> None:
        for hidden in (0, 1):
            ctlr = (GRP0 if hidden else GRP1) | ACK_CTL
            await cpu.open(lr(40, PEND, 0x00, grp1=hidden), lr(41, PEND, 0x80, grp1=1 - hidden), ctlr=ctlr)
            assert await cpu.lines() == set()
            names = ("GICV_HPPIR", "GICV_AHPPIR", "GICV_IAR", "GICV_AIAR")
            assert await cpu.all(*map(read, names)) == [SPURIOUS] * 4
            assert await cpu.states(2) == [PEND, PEND]
            await cpu.write("GICH_LR0", 0)
            assert await cpu.lines() == {"virq"}
