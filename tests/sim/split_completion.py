# SPDX-License-Identifier: Apache-2.0
"""Completion in two steps, EOImode=1: specification, section 6."""

import pyuvm

from tb.uvm.directed_test import (
    ACT,
    COUNT_LSB,
    EN,
    EOI_MODE,
    GROUPS,
    INV,
    PACT,
    PEND,
    Cpu,
    DirectedTest,
    lr,
    read,
    write,
)

RUNNING = 1 << 16  # 0x80
SPLIT = GROUPS | EOI_MODE


@pyuvm.test()
class EoiOnlyDropsThePriority(DirectedTest):
    """V2-EOI-2: EOICount untouched."""

    async def scenario(self, cpu: Cpu) -> None:
        for register in ("GICV_EOIR", "GICV_AEOIR"):
            for word in (lr(40, ACT, 0x80, grp1=1), lr(40, PACT, 0x80, grp1=1), lr(41, PEND, 0xF8), 0):
                await cpu.open(word, ctlr=SPLIT)
                await cpu.write("GICH_APR", RUNNING)
                before = await cpu.registers()
                await cpu.write(register, 40)
                assert await cpu.registers() == before | {"GICH_APR": 0}
                await cpu.write(register, 40)
                assert await cpu.registers() == before | {"GICH_APR": 0}


@pyuvm.test()
class DirDeactivatesWithoutADrop(DirectedTest):
    """V2-DIR-1: also before the drop."""

    async def scenario(self, cpu: Cpu) -> None:
        for active in (0, RUNNING, 0xFFFF_FFFF):
            await cpu.open(
                lr(40, ACT, 0x80, eoi=1), lr(41, PACT, 0x80), lr(42, ACT, 0x80, hw=1, phys=42), ctlr=SPLIT
            )
            await cpu.write("GICH_APR", active)
            await cpu.all(*(write("GICV_DIR", intid) for intid in (40, 41, 42)))
            assert await cpu.states() == [INV, PEND, INV, INV]
            assert await cpu.all(read("GICH_APR"), read("GICH_HCR"), read("GICH_EISR0")) == [active, EN, 1]
        await self.watcher.edges(4)
        assert self.deactivated == [(0, 42)] * 3


@pyuvm.test()
class DirOfAnSgiNamesItsSource(DirectedTest):
    """V2-DIR-1, V2-EOI-3"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(3, ACT, 0x80, cpuid=1), lr(3, ACT, 0x80, cpuid=6), ctlr=SPLIT)
        await cpu.write("GICV_DIR", 6 << 10 | 3)
        assert await cpu.states() == [ACT, INV, INV, INV]
        await cpu.write("GICV_DIR", 3)
        assert await cpu.states() == [ACT, INV, INV, INV]
        assert await cpu.read("GICH_HCR") == 1 << COUNT_LSB | EN
        await cpu.write("GICV_DIR", 1 << 10 | 3)
        assert await cpu.states() == [INV, INV, INV, INV]


@pyuvm.test()
class DirWithoutAListRegisterAlwaysCounts(DirectedTest):
    """V2-DIR-1: no active priority is needed."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(ctlr=SPLIT)
        for count, active in ((1, 0), (2, RUNNING), (3, 0xFFFF_FFFF), (4, 0)):
            await cpu.write("GICH_APR", active)
            await cpu.write("GICV_DIR", 40)
            assert await cpu.all(read("GICH_HCR"), read("GICH_APR")) == [count << COUNT_LSB | EN, active]


@pyuvm.test()
class DirIsIgnoredInOneStepMode(DirectedTest):
    """V2-DIR-2"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, ACT, 0x80, hw=1, phys=40), lr(41, PACT, 0x80))
        await cpu.write("GICH_APR", RUNNING)
        before = await cpu.registers()
        await cpu.all(*(write("GICV_DIR", intid) for intid in (40, 41, 42)))
        assert await cpu.registers() == before
        assert self.deactivated == []


@pyuvm.test()
class DirOfAPendingInterruptCounts(DirectedTest):
    """V2-DIR-2"""

    async def scenario(self, cpu: Cpu) -> None:
        for count, word in enumerate((lr(40, PEND, 0x80), lr(40, INV, eoi=1), lr(40, INV)), start=1):
            await cpu.all(write("GICV_CTLR", SPLIT), write("GICH_LR0", word))
            await cpu.write("GICV_DIR", 40)
            assert await cpu.read("GICH_LR0") == word
            assert await cpu.read("GICH_HCR") == count << COUNT_LSB


@pyuvm.test()
class EoiCountSaysHowManyCompletionsMissed(DirectedTest):
    """V2-DIR-3, V2-EOI-4: 32 of them look like none."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, ACT, 0x80), ctlr=SPLIT)
        for missed in range(1, 35):
            await cpu.write("GICV_DIR", 100 + missed)
            assert await cpu.read("GICH_HCR") == missed % 32 << COUNT_LSB | EN
        assert await cpu.read("GICH_LR0") == lr(40, ACT, 0x80)


@pyuvm.test()
class SplitCompletionOfNestedInterrupts(DirectedTest):
    """V2-EOI-2, V2-DIR-1: drop lets the next interrupt in while the first is still active."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x80), lr(41, PEND, 0x80), ctlr=SPLIT)
        assert await cpu.read("GICV_IAR") == 40
        assert await cpu.lines() == set()
        await cpu.write("GICV_EOIR", 40)
        assert await cpu.lines() == {"virq"}
        assert await cpu.read("GICV_IAR") == 41
        assert await cpu.states() == [ACT, ACT, INV, INV]
        await cpu.write("GICV_EOIR", 41)
        await cpu.write("GICV_DIR", 41)
        assert await cpu.states() == [ACT, INV, INV, INV]
        await cpu.write("GICV_DIR", 40)
        assert await cpu.states() == [INV, INV, INV, INV]
        assert await cpu.all(read("GICH_HCR"), read("GICH_APR")) == [EN, 0]
