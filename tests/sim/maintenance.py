# SPDX-License-Identifier: Apache-2.0
"""Status registers and the maintenance interrupt: specification, section 3."""

import pyuvm

from tb.uvm.directed_test import (
    ACT,
    COUNT_LSB,
    EN,
    GROUPS,
    GRP0,
    GRP0_DIE,
    GRP0_EIE,
    GRP1,
    GRP1_DIE,
    GRP1_EIE,
    INV,
    LRENPIE,
    NPIE,
    PACT,
    PEND,
    UIE,
    Cpu,
    DirectedTest,
    Needs,
    lr,
    read,
    write,
)

EOI, U, LRENP, NP = 0x1, 0x2, 0x4, 0x8  # GICH_MISR
ALL_ENABLES = 0xFE
STATUS = ("GICH_MISR", "GICH_EISR0", "GICH_ELRSR0")


@pyuvm.test()
class HcrKeepsItsFieldsAndNoOtherBit(DirectedTest):
    """V2-HCR-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for bit in range(32):
            await cpu.write("GICH_HCR", 1 << bit)
            assert await cpu.read("GICH_HCR") == 1 << bit & 0xF800_00FF
        await cpu.write("GICH_HCR", 0xFFFF_FFFF)
        assert await cpu.read("GICH_HCR") == 0xF800_00FF
        await cpu.write("GICH_HCR", 0)
        assert await cpu.read("GICH_HCR") == 0


@pyuvm.test()
class EoiCountIsWrittenAndCountsOn(DirectedTest):
    """V2-HCR-1, V2-MI-6: not zero makes LRENP."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND), lr(41, PEND))
        for count in range(31):
            await cpu.all(write("GICH_HCR", count << COUNT_LSB | LRENPIE | EN), write("GICH_APR", 1))
            assert await cpu.lines() == ({"maint_irq"} if count else set())
            await cpu.write("GICV_EOIR", 99)
            assert await cpu.read("GICH_HCR") == count + 1 << COUNT_LSB | LRENPIE | EN
            assert await cpu.read("GICH_MISR") == LRENP
            assert await cpu.lines() == {"maint_irq", "virq"}


@pyuvm.test()
class StatusFollowsThePresentState(DirectedTest):
    """V2-MI-1: nothing latches, nothing is cleared by a write."""

    async def scenario(self, cpu: Cpu) -> None:
        ones = (1 << self.parameters.num_lr) - 1 & 0xFFFF_FFFF
        await cpu.write("GICH_HCR", EN | UIE)
        for n in range(4):
            owing, other = f"GICH_LR{n}", f"GICH_LR{(n + 1) % 4}"
            bit, other_bit = 1 << n, 1 << (n + 1) % 4
            await cpu.all(write(owing, lr(40, INV, eoi=1)), write(other, lr(41, PEND)))
            for _ in range(2):
                assert await cpu.all(*map(read, STATUS)) == [EOI | U, bit, ones ^ bit ^ other_bit]
                assert await cpu.lines() == {"maint_irq"}
                await cpu.all(*(write(name, 0xFFFF_FFFF) for name in STATUS))
                await cpu.all(*(write(name, 0) for name in STATUS))
            await cpu.write(owing, lr(40, ACT, eoi=1))
            assert await cpu.all(*map(read, STATUS)) == [0, 0, ones ^ bit ^ other_bit]
            assert await cpu.lines() == set()
            await cpu.all(write(owing, lr(40, INV, eoi=1)), write(other, lr(41, INV)))
            assert await cpu.all(*map(read, STATUS)) == [EOI | U, bit, ones ^ bit]
            await cpu.write(owing, 0)


@pyuvm.test()
class MaintenanceLineNeedsEnableAndMisrDoesNot(DirectedTest):
    """V2-MI-2"""

    async def scenario(self, cpu: Cpu) -> None:
        both_disabled = ALL_ENABLES & ~LRENPIE
        for en, lines in ((0, set()), (EN, {"maint_irq"}), (0, set())):
            await cpu.write("GICH_HCR", both_disabled | en)
            await cpu.load(lr(40, INV, eoi=1))
            assert await cpu.read("GICH_MISR") == 0xA0 | NP | U | EOI
            assert await cpu.lines() == lines
        for cause, ctlr, misr in ((UIE, 0, U), (NPIE, 0, NP), (GRP0_DIE, 0, 0x20), (GRP1_EIE, GRP1, 0x40)):
            await cpu.load(0)
            await cpu.write("GICV_CTLR", ctlr)
            for en, lines in ((0, set()), (EN, {"maint_irq"})):
                await cpu.write("GICH_HCR", cause | en)
                assert await cpu.read("GICH_MISR") == misr
                assert await cpu.lines() == lines


@pyuvm.test()
class EoiCauseNeedsNoEnableAndEndsWithItsLastListRegister(DirectedTest):
    """V2-MI-3, V2-MI-5"""

    async def scenario(self, cpu: Cpu) -> None:
        owed = lr(40, INV, eoi=1)
        served = (lr(40, PEND, eoi=1), lr(40, ACT, eoi=1), lr(40, PACT, eoi=1), lr(40, INV), owed | 1 << 31)
        await cpu.write("GICH_HCR", EN)
        for first in served:
            for second in served:
                await cpu.load(owed, 0, owed, 0)
                assert await cpu.all(read("GICH_EISR0"), read("GICH_MISR")) == [0b101, EOI]
                assert await cpu.lines() == {"maint_irq"}
                await cpu.write("GICH_LR0", first)
                assert await cpu.all(read("GICH_EISR0"), read("GICH_MISR")) == [0b100, EOI]
                assert await cpu.lines() == {"maint_irq"}
                await cpu.write("GICH_LR2", second)
                assert await cpu.all(read("GICH_EISR0"), read("GICH_MISR")) == [0, 0]
                assert await cpu.lines() == set()


@pyuvm.test()
class OwedEoiIsNeitherValidNorEmpty(DirectedTest):
    """V2-MI-4"""

    async def scenario(self, cpu: Cpu) -> None:
        others = (1 << self.parameters.num_lr) - 8 & 0xFFFF_FFFF
        await cpu.write("GICH_HCR", EN | UIE)
        owed = lr(0, INV, eoi=1)
        for words, misr, eisr, elrsr in (
            ((owed, owed, owed), EOI | U, 0b111, 0b000),
            ((owed, lr(41, PEND), owed), EOI | U, 0b101, 0b000),
            ((lr(40, ACT), lr(41, PEND), owed), EOI, 0b100, 0b000),
            ((lr(40, ACT), lr(41, INV, hw=1, phys=0x200), owed), EOI | U, 0b100, 0b010),
            ((lr(40, ACT), lr(41, PACT), lr(42, INV)), 0, 0b000, 0b100),
        ):
            await cpu.load(*words)
            assert await cpu.all(*map(read, STATUS)) == [misr, eisr, others | elrsr]


@pyuvm.test()
class DirectlyWrittenOwedEoiShowsAtOnce(DirectedTest):
    """V2-MI-5, V2-CYC-1"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.write("GICH_HCR", EN)
        for n in range(4):
            (timing,) = await self.at_once((0, write(f"GICH_LR{n}", lr(0, INV, eoi=1))))
            before, after = (self.watcher.registers(timing.accepted + edge, 0) for edge in (0, 1))
            assert (before["GICH_EISR0"], after["GICH_EISR0"]) == (0, 1 << n)
            line = timing.accepted + 1 + self.parameters.irq_reg
            assert self.watcher.waveform(0, timing.accepted) == [
                (timing.accepted, set()),
                (line, {"maint_irq"}),
            ]
            await cpu.write(f"GICH_LR{n}", 0)
            assert await cpu.lines() == set()


@pyuvm.test()
class UnderflowEndsWithTwoValidInterrupts(DirectedTest):
    """V2-MI-6"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.write("GICH_HCR", EN | UIE)
        for first in (INV, PEND, ACT, PACT):
            for second in (INV, PEND, ACT, PACT):
                await cpu.load(0, lr(40, first), 0, lr(41, second))
                misr = 0 if first and second else U
                assert await cpu.read("GICH_MISR") == misr
                assert await cpu.lines() == ({"maint_irq"} if misr else set())
        await cpu.load(0, 0, 0, 0)
        assert await cpu.lines() == {"maint_irq"}
        await cpu.write("GICH_HCR", EN)
        assert await cpu.read("GICH_MISR") == 0
        assert await cpu.lines() == set()


@pyuvm.test()
class EveryListRegisterCounts(DirectedTest):
    """V2-MI-1, V2-MI-4, V2-MI-6: alone, and with the next one."""

    needs = Needs(num_lr=range(2, 65))

    async def scenario(self, cpu: Cpu) -> None:
        await self.together(*map(self.fill_one_by_one, self.cpus))

    async def fill_one_by_one(self, cpu: Cpu) -> None:
        num_lr = self.parameters.num_lr
        await cpu.write("GICH_HCR", UIE | NPIE)
        for n in range(num_lr):
            one, other = f"GICH_LR{n}", f"GICH_LR{(n + 1) % num_lr}"
            await cpu.write(one, lr(40, PEND))
            assert await cpu.read("GICH_MISR") == U
            await cpu.write(other, lr(41, ACT))
            assert await cpu.read("GICH_MISR") == 0
            await cpu.write(one, lr(40, INV, eoi=1))
            status = map(read, ("GICH_MISR", "GICH_EISR0", "GICH_EISR1"))
            assert await cpu.all(*status) == [EOI | U | NP, 1 << n & 0xFFFF_FFFF, 1 << n >> 32]
            await cpu.all(write(one), write(other))


@pyuvm.test()
class NoPendingEndsWithAPendingInterrupt(DirectedTest):
    """V2-MI-6: active and pending does not count as pending."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.write("GICH_HCR", EN | NPIE)
        for n in range(4):
            for state, misr in ((INV, NP), (ACT, NP), (PACT, NP), (PEND, 0)):
                await cpu.write(f"GICH_LR{n}", lr(40, state))
                assert await cpu.read("GICH_MISR") == misr
                assert await cpu.lines() == ({"maint_irq"} if misr else set())
            await cpu.write(f"GICH_LR{n}", 0)
        assert await cpu.lines() == {"maint_irq"}
        await cpu.write("GICH_HCR", EN)
        assert await cpu.lines() == set()


@pyuvm.test()
class NoPendingShowsWhenTheLastPendingIsAcknowledged(DirectedTest):
    """V2-MI-6"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x80), hcr=EN | NPIE)
        assert await cpu.lines() == {"virq"}
        assert await cpu.read("GICV_IAR") == 40
        assert await cpu.lines() == {"maint_irq"}


@pyuvm.test()
class EoiCountCauseEndsWithZero(DirectedTest):
    """V2-MI-6, V2-HCR-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for count in (1, 2, 4, 8, 16, 31):
            await cpu.write("GICH_HCR", count << COUNT_LSB | EN)
            assert await cpu.read("GICH_MISR") == 0
            await cpu.write("GICH_HCR", count << COUNT_LSB | LRENPIE | EN)
            assert await cpu.read("GICH_MISR") == LRENP
            assert await cpu.lines() == {"maint_irq"}
            await cpu.write("GICH_HCR", LRENPIE | EN)
            assert await cpu.read("GICH_MISR") == 0
            assert await cpu.lines() == set()


@pyuvm.test()
class GroupCausesFollowTheGroupEnables(DirectedTest):
    """V2-MI-6"""

    async def scenario(self, cpu: Cpu) -> None:
        for ctlr, met in (
            (0, GRP0_DIE | GRP1_DIE),
            (GRP0, GRP0_EIE | GRP1_DIE),
            (GRP1, GRP0_DIE | GRP1_EIE),
            (GROUPS, GRP0_EIE | GRP1_EIE),
        ):
            await cpu.write("GICV_CTLR", ctlr)
            for cause in (GRP0_EIE, GRP0_DIE, GRP1_EIE, GRP1_DIE, GRP0_EIE | GRP0_DIE | GRP1_EIE | GRP1_DIE):
                await cpu.write("GICH_HCR", EN | cause)
                assert await cpu.read("GICH_MISR") == cause & met  # causes and enables stand at the same bits
                assert await cpu.lines() == ({"maint_irq"} if cause & met else set())
