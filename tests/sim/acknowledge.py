# SPDX-License-Identifier: Apache-2.0
"""Acknowledging an interrupt: specification, section 5."""

import pyuvm

from tb.uvm.directed_test import (
    ACK_CTL,
    ACT,
    EN,
    GROUPS,
    GRP0,
    OTHER_GROUP,
    PACT,
    PEND,
    SPURIOUS,
    Cpu,
    DirectedTest,
    lr,
    read,
)


@pyuvm.test()
class AcknowledgeMovesOneInterruptAndSetsOneActivePriority(DirectedTest):
    """V2-IAR-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for register, grp1 in (("GICV_IAR", 0), ("GICV_IAR", 1), ("GICV_AIAR", 1)):
            await cpu.open(
                lr(40, PACT, 0x40, grp1=grp1),
                lr(41, PEND, 0x98, grp1=grp1),
                lr(42, PEND, 0x90, grp1=grp1),
                lr(43, ACT, 0x40, grp1=grp1),
            )
            await cpu.write("GICH_APR", 1 << 24)
            before = await cpu.registers()
            assert await cpu.read(register) == 42
            acknowledged = {"GICH_LR2": lr(42, ACT, 0x90, grp1=grp1), "GICH_APR": 1 << 24 | 1 << 18}
            assert await cpu.registers() == before | acknowledged
            assert await cpu.all(read("GICV_IAR"), read("GICV_AIAR")) == [SPURIOUS, SPURIOUS]
            assert await cpu.registers() == before | acknowledged


@pyuvm.test()
class EachPreemptingInterruptSetsALowerActivePriority(DirectedTest):
    """V2-IAR-1"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open()
        active = 0
        for n, priority in enumerate((0xF0, 0xA8, 0x08, 0x00)):
            await cpu.write(f"GICH_LR{n}", lr(40 + n, PEND, priority))
            assert await cpu.lines() == {"virq"}
            assert await cpu.read("GICV_IAR") == 40 + n
            active |= 1 << (priority >> 3)
            assert await cpu.all(read("GICH_APR"), read("GICV_RPR")) == [active, priority]
            assert await cpu.lines() == set()


@pyuvm.test()
class SpuriousAcknowledgeChangesNothing(DirectedTest):
    """V2-IAR-2"""

    async def scenario(self, cpu: Cpu) -> None:
        pending = lr(41, PEND, 0x80, grp1=1)
        both = GROUPS | ACK_CTL
        for why, hcr, ctlr, pmr, active, word in (
            ("interface off", 0, both, 0xF8, 0, pending),
            ("nothing pending", EN, both, 0xF8, 0, lr(41, PACT, 0x80, grp1=1)),
            ("group disabled", EN, GRP0 | ACK_CTL, 0xF8, 0, pending),
            ("masked", EN, both, 0x80, 0, pending),
            ("does not preempt", EN, both, 0xF8, 1 << 16, pending),
        ):
            await cpu.open(word, hcr=hcr, ctlr=ctlr, pmr=pmr)
            await cpu.write("GICH_APR", active)
            before = await cpu.registers()
            assert await cpu.lines() == set(), why
            assert await cpu.all(read("GICV_IAR"), read("GICV_AIAR")) == [SPURIOUS, SPURIOUS], why
            assert await cpu.registers() == before, why


@pyuvm.test()
class Group1WithoutAckCtlReads1022(DirectedTest):
    """V2-IAR-3: the sufficiency test comes first."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(41, PEND, 0x80, grp1=1), ctlr=GROUPS)
        before = await cpu.registers()
        assert await cpu.all(read("GICV_IAR"), read("GICV_IAR")) == [OTHER_GROUP, OTHER_GROUP]
        assert await cpu.registers() == before
        assert await cpu.lines() == {"virq"}

        await cpu.write("GICV_PMR", 0x80)
        assert await cpu.read("GICV_IAR") == SPURIOUS
        await cpu.write("GICV_PMR", 0x88)
        await cpu.write("GICH_APR", 1 << 16)
        assert await cpu.read("GICV_IAR") == SPURIOUS
        await cpu.write("GICH_APR", 1 << 17)
        assert await cpu.read("GICV_IAR") == OTHER_GROUP
        assert await cpu.read("GICV_AIAR") == 41
        assert await cpu.states() == [ACT, 0, 0, 0]


@pyuvm.test()
class AcknowledgedWordNamesIdAndSource(DirectedTest):
    """V2-IAR-4"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open()
        for word, identity in (
            (lr(0, PEND), 0),
            (lr(3, PEND, cpuid=5), 5 << 10 | 3),
            (lr(15, PEND, cpuid=7, eoi=1), 7 << 10 | 15),
            (lr(40, PEND, cpuid=5), 5 << 10 | 40),
            (lr(1019, PEND) | 0x3F << 13, 1019),
            (lr(3, PEND, hw=1, phys=0x3FF), 3),
            (lr(1019, PEND, 0xF0, hw=1, phys=0x2AA), 1019),
        ):
            for grp1, pending, acknowledge in (
                (0, "GICV_HPPIR", "GICV_IAR"),
                (1, "GICV_AHPPIR", "GICV_AIAR"),
            ):
                await cpu.write("GICH_APR", 0)
                await cpu.write("GICH_LR1", word | grp1 << 30)
                assert await cpu.all(read(pending), read(acknowledge)) == [identity, identity], (
                    f"LR1={word:#010x}"
                )


@pyuvm.test()
class AliasAcknowledgesOnlyAGroup1Winner(DirectedTest):
    """V2-IAR-5"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x80), lr(41, PEND, 0x90, grp1=1), ctlr=GROUPS)
        before = await cpu.registers()
        assert await cpu.read("GICV_AIAR") == SPURIOUS
        assert await cpu.registers() == before
        await cpu.write("GICH_LR0", lr(40, PEND, 0x98))
        assert await cpu.read("GICV_AIAR") == 41
        assert await cpu.states() == [PEND, ACT, 0, 0]


@pyuvm.test()
class AcknowledgeOfAHardwareInterruptSendsNothing(DirectedTest):
    """V2-IAR-6"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x80, hw=1, phys=40), lr(41, PEND, 0x40, hw=1, phys=41))
        assert await cpu.all(read("GICV_IAR"), read("GICV_IAR")) == [41, SPURIOUS]
        await self.watcher.edges(4)
        assert self.deactivated == []
        await cpu.write("GICV_EOIR", 41)
        await self.watcher.edges(4)
        assert self.deactivated == [(0, 41)]
