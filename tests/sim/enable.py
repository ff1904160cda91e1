# SPDX-License-Identifier: Apache-2.0
"""The interface switched off by GICH_HCR.En: specification, section 4."""

import pyuvm

from tb.uvm.directed_test import (
    ACK_CTL,
    ACT,
    COUNT_LSB,
    EN,
    EOI_MODE,
    FIQ_EN,
    GROUPS,
    INV,
    PEND,
    SPURIOUS,
    UIE,
    Cpu,
    DirectedTest,
    lr,
    read,
    write,
)


@pyuvm.test()
class DisabledInterfaceSignalsAndAcknowledgesNothing(DirectedTest):
    """V2-EN-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for grp1, fiq_en, lines in ((0, 0, {"virq"}), (0, FIQ_EN, {"vfiq"}), (1, 0, {"virq"})):
            await cpu.open(lr(40, PEND, 0x80, grp1=grp1), hcr=EN | UIE, ctlr=GROUPS | ACK_CTL | fiq_en)
            await cpu.write("GICH_APR", 0)
            assert await cpu.lines() == lines | {"maint_irq"}
            await cpu.write("GICH_HCR", UIE)
            assert await cpu.lines() == set()
            before = await cpu.registers()
            assert await cpu.all(read("GICV_IAR"), read("GICV_AIAR")) == [SPURIOUS, SPURIOUS]
            assert await cpu.registers() == before
            await cpu.write("GICH_HCR", EN | UIE)
            assert await cpu.lines() == lines | {"maint_irq"}
            assert await cpu.read("GICV_IAR") == 40


@pyuvm.test()
class DisabledInterfaceReportsNothingPending(DirectedTest):
    """V2-EN-2"""

    async def scenario(self, cpu: Cpu) -> None:
        for grp1, values in ((0, [40, SPURIOUS]), (1, [40, 40])):
            await cpu.open(lr(40, PEND, 0x80, grp1=grp1))
            reports = [read("GICV_HPPIR"), read("GICV_AHPPIR")]
            assert await cpu.all(*reports) == values
            await cpu.write("GICH_HCR", 0)
            reports = [read("GICV_HPPIR"), read("GICV_AHPPIR")]
            assert await cpu.all(*reports) == [SPURIOUS, SPURIOUS]


@pyuvm.test()
class DisabledInterfaceCompletesAndCounts(DirectedTest):
    """V2-EN-3"""

    async def scenario(self, cpu: Cpu) -> None:
        words = (
            lr(40, ACT, 0x80),
            lr(41, ACT, 0x88, grp1=1),
            lr(42, ACT, 0x90, hw=1, phys=42),
            lr(43, PEND, 0x00),
        )
        await cpu.open(*words, hcr=0)
        await cpu.write("GICH_APR", 0xF << 16)
        await cpu.all(write("GICV_EOIR", 40), write("GICV_AEOIR", 41), write("GICV_EOIR", 99))
        assert await cpu.states() == [INV, INV, ACT, PEND]
        assert await cpu.all(read("GICH_APR"), read("GICH_HCR")) == [0x8 << 16, 1 << COUNT_LSB]
        await cpu.all(
            write("GICV_CTLR", EOI_MODE), write("GICV_EOIR", 42), write("GICV_DIR", 42), write("GICV_DIR", 42)
        )
        assert await cpu.states() == [INV, INV, INV, PEND]
        assert await cpu.all(read("GICH_APR"), read("GICH_HCR")) == [0, 2 << COUNT_LSB]
        await self.watcher.edges(2)
        assert self.deactivated == [(0, 42)]


@pyuvm.test()
class DisabledInterfaceReadsAndWritesItsRegisters(DirectedTest):
    """V2-EN-3"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.all(
            write("GICV_CTLR", 0x21F), write("GICV_PMR", 0xA8), write("GICV_BPR", 5), write("GICV_ABPR", 6)
        )
        await cpu.all(write("GICV_APR0", 0x0001_0000), write("GICH_LR3", lr(40, PEND, 0x80)))
        names = ("GICV_CTLR", "GICV_PMR", "GICV_BPR", "GICV_ABPR", "GICV_APR0", "GICV_RPR", "GICH_LR3")
        assert await cpu.all(*map(read, names)) == [0x21F, 0xA8, 5, 6, 0x0001_0000, 0x80, lr(40, PEND, 0x80)]
