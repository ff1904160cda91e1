# SPDX-License-Identifier: Apache-2.0
"""Completion in one step, EOImode=0: specification, section 6."""

import pyuvm

from tb.uvm.directed_test import (
    ACK_CTL,
    ACT,
    ANY_DEVICE,
    COUNT_LSB,
    EN,
    EOI_MODE,
    GROUPS,
    INV,
    PACT,
    PEND,
    UIE,
    Cpu,
    DirectedTest,
    lr,
    read,
    write,
)

RUNNING = 1 << 16  # 0x80
COMPLETIONS = ("GICV_EOIR", "GICV_AEOIR")


class CompletionTest(DirectedTest):
    """Has an interface with active priorities, and its EOICount."""

    async def prepare(
        self, cpu: Cpu, *words: int, active: int = RUNNING, ctlr: int = GROUPS | ACK_CTL
    ) -> None:
        await cpu.open(*words, ctlr=ctlr)
        await cpu.write("GICH_APR", active)

    async def count(self, cpu: Cpu) -> int:
        return await cpu.read("GICH_HCR") >> COUNT_LSB


@pyuvm.test()
class DropClearsTheMostUrgentActivePriority(CompletionTest):
    """V2-EOI-1: whatever ID is written."""

    async def scenario(self, cpu: Cpu) -> None:
        for register in COMPLETIONS:
            for intid in (40, 0, 1019, 7 << 10 | 3):
                await self.prepare(cpu, lr(40, ACT, 0x80, grp1=1), active=0x8101_0101)
                for active in (0x8101_0100, 0x8101_0000, 0x8100_0000, 0x8000_0000, 0, 0):
                    await cpu.write(register, intid)
                    assert await cpu.read("GICH_APR") == active
        for level in range(32):
            await self.prepare(cpu, active=0xFFFF_FFFF << level & 0xFFFF_FFFF)
            await cpu.write("GICV_EOIR", 40)
            assert await cpu.read("GICH_APR") == 0xFFFF_FFFF << level + 1 & 0xFFFF_FFFF


@pyuvm.test()
class CompletionDropsAndDeactivatesInOneStep(CompletionTest):
    """V2-EOI-2"""

    async def scenario(self, cpu: Cpu) -> None:
        await self.prepare(cpu, lr(40, ACT, 0x80), lr(41, PEND, 0x80))
        before = await cpu.registers()
        await cpu.write("GICV_EOIR", 40)
        after = await cpu.registers()
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {"GICH_LR0", "GICH_APR", "GICH_ELRSR0"}
        assert (after["GICH_LR0"], after["GICH_APR"]) == (lr(40, INV, 0x80), 0)
        assert after["GICH_ELRSR0"] == before["GICH_ELRSR0"] | 1
        assert await cpu.lines() == {"virq"}


@pyuvm.test()
class SgiKeyIncludesItsSource(CompletionTest):
    """V2-EOI-3"""

    async def scenario(self, cpu: Cpu) -> None:
        for word, value, hit in (
            (lr(15, ACT, cpuid=3), 3 << 10 | 15, True),
            (lr(15, ACT, cpuid=3), 2 << 10 | 15, False),
            (lr(15, ACT, cpuid=3), 15, False),
            (lr(15, ACT, cpuid=4), 5 << 10 | 15, False),
            (lr(0, ACT), 0, True),
            (lr(0, ACT), 1 << 10, False),
            (lr(15, ACT, hw=1, phys=0x3FF), 2 << 10 | 15, True),
            (lr(15, ACT, hw=1, phys=0x3FF), 15, True),
            (lr(16, ACT, cpuid=3), 16, True),
            (lr(16, ACT, cpuid=3), 5 << 10 | 16, True),
            (lr(40, ACT), 7 << 10 | 40, True),
            (lr(40, ACT), 0xFFFF_E000 | 40, True),  # bits 31:13 are no part of it
        ):
            await self.prepare(cpu, word)
            await cpu.write("GICH_HCR", EN)
            await cpu.write("GICV_EOIR", value)
            assert await cpu.read("GICH_LR0") == (word & ~(3 << 28) if hit else word), f"{value:#x}"
            assert await self.count(cpu) == (0 if hit else 1), f"{value:#x}"


@pyuvm.test()
class WaitingSgiSourceIsNotOvertaken(CompletionTest):
    """V2-EOI-3: the same SGI from two CPUs, the second one pending while the first is served."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(2, PEND, 0x80, cpuid=1), lr(2, PEND, 0x80, cpuid=0))
        assert await cpu.read("GICV_IAR") == 1 << 10 | 2
        await cpu.write("GICV_EOIR", 2)  # of a source that is not active
        assert await cpu.states() == [ACT, PEND, INV, INV]
        assert await cpu.read("GICV_IAR") == 2
        await cpu.write("GICV_EOIR", 1 << 10 | 2)
        assert await cpu.states() == [INV, ACT, INV, INV]
        await cpu.write("GICV_EOIR", 2)
        assert await cpu.states() == [INV, INV, INV, INV]


@pyuvm.test()
class EoiWithoutAListRegisterCountsOnlyIfItDropped(CompletionTest):
    """V2-EOI-4"""

    async def scenario(self, cpu: Cpu) -> None:
        for register in COMPLETIONS:
            await self.prepare(cpu, active=RUNNING | 1)
            for count in (1, 2, 2, 2):
                await cpu.write(register, 40)
                assert await self.count(cpu) == count


@pyuvm.test()
class EoiCountWrapsAndLeavesItsNeighboursAlone(CompletionTest):
    """V2-EOI-4"""

    async def scenario(self, cpu: Cpu) -> None:
        await self.prepare(cpu, active=0b11)
        await cpu.write("GICH_HCR", 30 << COUNT_LSB | 0xFF)
        await cpu.write("GICV_EOIR", 40)
        assert await cpu.read("GICH_HCR") == 31 << COUNT_LSB | 0xFF
        await cpu.write("GICV_EOIR", 40)
        assert await cpu.read("GICH_HCR") == 0xFF


@pyuvm.test()
class OnlyActiveInterruptsAreCompleted(CompletionTest):
    """V2-EOI-5"""

    async def scenario(self, cpu: Cpu) -> None:
        for word in (lr(40, PEND, 0x80), lr(40, INV, eoi=1), lr(40, INV), lr(40, PEND, 0x80, hw=1, phys=40)):
            await self.prepare(cpu, 0, word)
            await cpu.write("GICV_EOIR", 40)
            assert await cpu.read("GICH_LR1") == word
            assert await self.count(cpu) == 1
        assert self.deactivated == []
        # The pending one is passed over for an active one behind it.
        await self.prepare(cpu, lr(40, PEND, 0x80), lr(40, PACT, 0x80))
        await cpu.write("GICV_EOIR", 40)
        assert await cpu.states() == [PEND, PEND, INV, INV]


@pyuvm.test()
class ActiveMatchIsDeactivatedWithoutAnActivePriority(CompletionTest):
    """V2-EOI-6"""

    async def scenario(self, cpu: Cpu) -> None:
        await self.prepare(cpu, lr(40, ACT, 0x80), lr(41, PACT, 0x80, hw=1, phys=500), active=0)
        await cpu.all(write("GICV_EOIR", 40), write("GICV_EOIR", 41))
        assert await cpu.states() == [INV, PEND, INV, INV]
        assert await cpu.read("GICH_APR") == 0
        assert await self.count(cpu) == 0
        assert self.deactivated == [(0, 500)]


@pyuvm.test()
class CompletionNeedsNeitherOrderNorPriority(CompletionTest):
    """V2-EOI-7"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open()
        for n, priority in enumerate((0xC0, 0x80, 0x40)):
            await cpu.write(f"GICH_LR{n}", lr(40 + n, PEND, priority))
            assert await cpu.read("GICV_IAR") == 40 + n
        for intid, states, active in (
            (40, [INV, ACT, ACT], 1 << 24 | 1 << 16),
            (41, [INV, INV, ACT], 1 << 24),
            (42, [INV, INV, INV], 0),
        ):
            await cpu.write("GICV_EOIR", intid)
            assert await cpu.states(3) == states
            assert await cpu.read("GICH_APR") == active
        assert await self.count(cpu) == 0


@pyuvm.test()
class IdsAreComparedInEveryBit(CompletionTest):
    """V2-EOI-7"""

    async def scenario(self, cpu: Cpu) -> None:
        for bit in range(10):
            other = 341 ^ 1 << bit
            await self.prepare(cpu, lr(341, ACT, 0x80), lr(other, ACT, 0x80))
            await cpu.write("GICV_EOIR", other)
            assert await cpu.states() == [ACT, INV, INV, INV]
            await cpu.write("GICV_EOIR", 341)
            assert await cpu.states() == [INV, INV, INV, INV]


@pyuvm.test()
class EisrRisesOnReachingInvalid(CompletionTest):
    """V2-EOI-8"""

    async def scenario(self, cpu: Cpu) -> None:
        for n in range(4):
            await self.prepare(cpu, 0, 0, 0, 0)
            await cpu.write(f"GICH_LR{n}", lr(40, PACT, 0x80, eoi=1))
            await cpu.write("GICV_EOIR", 40)
            assert await cpu.read("GICH_EISR0") == 0
            assert await cpu.lines() == {"virq"}
            assert await cpu.read("GICV_IAR") == 40
            assert await cpu.read("GICH_EISR0") == 0
            await cpu.write("GICV_EOIR", 40)
            assert await cpu.read("GICH_EISR0") == 1 << n
            assert await cpu.lines() == {"maint_irq"}
        await self.prepare(cpu, lr(40, ACT, 0x80), 0, 0, 0)
        await cpu.write("GICV_EOIR", 40)
        assert await cpu.all(read("GICH_EISR0"), read("GICH_MISR")) == [0, 0]


@pyuvm.test()
class HardwareCompletionSendsItsPhysicalIdAndNoEoi(CompletionTest):
    """V2-EOI-9: bit 19, EOI for HW=0, is a bit of the physical ID here."""

    async def scenario(self, cpu: Cpu) -> None:
        await self.prepare(
            cpu, lr(40, ACT, 0x80, hw=1, phys=0x2C3), lr(41, ACT, 0x80, hw=1, phys=0x03C, grp1=1)
        )
        await cpu.write("GICH_HCR", EN | UIE)
        await cpu.all(write("GICV_EOIR", 40), write("GICV_AEOIR", 41))
        assert await cpu.states() == [INV, INV, INV, INV]
        assert await cpu.all(read("GICH_EISR0"), read("GICH_MISR")) == [0, 0x2]
        await self.watcher.edges(4)
        assert self.deactivated == [(0, 0x2C3), (0, 0x03C)]


@pyuvm.test()
class SoftwareCompletionSendsNothing(CompletionTest):
    """V2-EOI-9"""

    async def scenario(self, cpu: Cpu) -> None:
        for word in (lr(40, ACT) | 0x3F << 13, lr(40, ACT, eoi=1), lr(40, PACT, eoi=1), lr(15, ACT, cpuid=7)):
            await self.prepare(cpu, word)
            await cpu.write("GICV_EOIR", word & 0x1FFF)
            assert await self.count(cpu) == 0
        await self.watcher.edges(4)
        assert self.deactivated == []


@pyuvm.test()
class PhysicalIdsOfNoPpiOrSpiAreNotSent(CompletionTest):
    """V2-EOI-10"""

    async def scenario(self, cpu: Cpu) -> None:
        for physical in (0, 1, 15, 1020, 1021, 1022, 1023, 16, 31, 32, 511, 512, 1018, 1019):
            await self.prepare(cpu, lr(40, ACT, 0x80, hw=1, phys=physical))
            await cpu.write("GICV_EOIR", 40)
            assert await cpu.states() == [INV, INV, INV, INV]
        await self.watcher.edges(4)
        assert self.deactivated == [(0, physical) for physical in (16, 31, 32, 511, 512, 1018, 1019)]


@pyuvm.test()
class Group1IsCompletedWithoutAckCtl(CompletionTest):
    """V2-EOI-11"""

    async def scenario(self, cpu: Cpu) -> None:
        await self.prepare(cpu, lr(40, ACT, 0x80, grp1=1), ctlr=GROUPS)
        await cpu.write("GICV_EOIR", 40)
        assert await cpu.states() == [INV, INV, INV, INV]
        assert await cpu.read("GICH_APR") == 0
        assert await self.count(cpu) == 0


@pyuvm.test()
class AliasCompletesGroup1(CompletionTest):
    """V2-AEOI-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for ctlr in (GROUPS, GROUPS | ACK_CTL):
            await self.prepare(cpu, lr(40, ACT, 0x80, grp1=1), lr(3, ACT, 0x80, grp1=1, cpuid=2), ctlr=ctlr)
            await cpu.write("GICV_AEOIR", 3)
            assert await cpu.states() == [ACT, ACT, INV, INV]
            await cpu.write("GICV_AEOIR", 2 << 10 | 3)
            assert await cpu.states() == [ACT, INV, INV, INV]
            await cpu.write("GICV_AEOIR", 40)
            assert await cpu.states() == [INV, INV, INV, INV]


@pyuvm.test()
class AliasIgnoresGroup0(CompletionTest):
    """V2-AEOI-1: wholly, the priority drop included."""

    async def scenario(self, cpu: Cpu) -> None:
        for mode in (0, EOI_MODE):
            for state in (ACT, PACT):
                await self.prepare(cpu, lr(40, state, 0x80, hw=1, phys=40), ctlr=GROUPS | mode)
                before = await cpu.registers()
                await cpu.write("GICV_AEOIR", 40)
                assert await cpu.registers() == before
        assert self.deactivated == []


@pyuvm.test()
class AliasWithoutAMatchIsAnOrdinaryEoi(CompletionTest):
    """V2-AEOI-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for word in (0, lr(40, PEND, 0x80), lr(41, ACT, 0x80)):
            await self.prepare(cpu, word)
            await cpu.write("GICH_HCR", EN)
            await cpu.write("GICV_AEOIR", 40)
            assert await cpu.read("GICH_LR0") == word
            assert await cpu.read("GICH_APR") == 0
            assert await self.count(cpu) == 1


@pyuvm.test()
class EveryListRegisterIsCompletedByItsOwnIdAlone(CompletionTest):
    """V2-EOI-3, V2-EOI-5: not by one that differs in a bit."""

    needs = ANY_DEVICE

    async def scenario(self, cpu: Cpu) -> None:
        await self.together(*map(self.fill_one_by_one, self.cpus))

    async def fill_one_by_one(self, cpu: Cpu) -> None:
        await cpu.open()
        for n in range(self.parameters.num_lr):
            for intid, cpuid, bits in ((341, 0, 10), (682, 0, 10), (5, 2, 13), (10, 5, 13)):
                key = cpuid << 10 | intid
                await cpu.write(f"GICH_LR{n}", lr(intid, ACT, cpuid=cpuid))
                await cpu.all(*(write("GICV_EOIR", key ^ 1 << bit) for bit in range(bits)))
                assert await cpu.read(f"GICH_LR{n}") == lr(intid, ACT, cpuid=cpuid)
                await cpu.write("GICV_EOIR", key)
                assert await cpu.read(f"GICH_LR{n}") == lr(intid, INV, cpuid=cpuid)


@pyuvm.test()
class SpecialIdsCompleteNothing(CompletionTest):
    """V2-SPUR-1, V2-LR-6"""

    async def scenario(self, cpu: Cpu) -> None:
        for mode in (0, EOI_MODE):
            words = [lr(intid, ACT, 0x80, hw=1, phys=40) for intid in range(1020, 1024)]
            await self.prepare(cpu, *words, active=0xFFFF_0000, ctlr=GROUPS | ACK_CTL | mode)
            before = await cpu.registers()
            for register in (*COMPLETIONS, "GICV_DIR"):
                for intid in range(1020, 1024):
                    await cpu.all(write(register, intid), write(register, 5 << 10 | intid))
            assert await cpu.registers() == before
        assert self.deactivated == []
