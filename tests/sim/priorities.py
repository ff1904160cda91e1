# SPDX-License-Identifier: Apache-2.0
"""Priority mask, binary points, preemption, running priority: specification, sections 4 and 5."""

import pyuvm

from tb.uvm.directed_test import (
    ACK_CTL,
    CBPR,
    GROUPS,
    PEND,
    SPURIOUS,
    Cpu,
    DirectedTest,
    lr,
    read,
    write,
)

LOWEST = 0xF8


@pyuvm.test()
class MaskIsStrict(DirectedTest):
    """V2-PRI-1"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open()
        for priority in range(0, 0xF8, 8):
            for grp1 in (0, 1):
                await cpu.write("GICH_LR0", lr(40, PEND, priority, grp1=grp1))
                for mask, lines in (
                    (priority, set()),
                    (priority + 8, {"virq"}),
                    (0x00, set()),
                    (0xF8, {"virq"}),
                ):
                    await cpu.write("GICV_PMR", mask)
                    assert await cpu.lines() == lines, f"priority {priority:#x}, mask {mask:#x}"


@pyuvm.test()
class MaskedInterruptIsNotAcknowledged(DirectedTest):
    """V2-PRI-1, V2-IAR-2"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x80), pmr=0x80)
        assert await cpu.read("GICV_IAR") == SPURIOUS
        await cpu.write("GICV_PMR", 0x88)
        assert await cpu.read("GICV_IAR") == 40


@pyuvm.test()
class LowestPriorityIsNeverSignalled(DirectedTest):
    """V2-PRI-1: PMR is at most 0xF8; its bits 2:0 are RAZ/WI."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, LOWEST), pmr=0xFFFF_FFFF)
        assert await cpu.read("GICV_PMR") == 0xF8
        assert await cpu.lines() == set()
        assert await cpu.all(read("GICV_IAR"), read("GICV_AIAR")) == [SPURIOUS, SPURIOUS]
        await cpu.write("GICV_PMR", 0x07)
        assert await cpu.read("GICV_PMR") == 0


# Group priority of 0xE8 by the value of the binary point register; ABPR splits one bit further left than BPR.
BY_BPR = {2: 0xE8, 3: 0xE0, 4: 0xE0, 5: 0xC0, 6: 0x80, 7: 0x00}
BY_ABPR = {3: 0xE8, 4: 0xE0, 5: 0xE0, 6: 0xC0, 7: 0x80}


@pyuvm.test()
class BinaryPointSplitsThePriority(DirectedTest):
    """V2-PRI-2, V2-RPR-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for grp1, cbpr, register, other, split in (
            (0, 0, "GICV_BPR", "GICV_ABPR", BY_BPR),
            (0, CBPR, "GICV_BPR", "GICV_ABPR", BY_BPR),
            (1, 0, "GICV_ABPR", "GICV_BPR", BY_ABPR),
            (1, CBPR, "GICV_BPR", "GICV_ABPR", BY_BPR),
        ):
            await cpu.open(ctlr=GROUPS | ACK_CTL | cbpr)
            for point, group_priority in split.items():
                for other_point in (3, 7):
                    await cpu.all(write(register, point), write(other, other_point))
                    await cpu.load(lr(40, PEND, 0xE8, grp1=grp1))
                    assert await cpu.read("GICV_IAR") == 40
                    row = f"group {grp1}, CBPR {cbpr:#x}, {register}={point}"
                    assert await cpu.read("GICH_APR") == 1 << group_priority // 8, row
                    assert await cpu.read("GICV_RPR") == group_priority, row
                    await cpu.write("GICV_EOIR", 40)


@pyuvm.test()
class PreemptionComparesTheGroupPriorityOnly(DirectedTest):
    """V2-PRI-3"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open()
        await cpu.write("GICH_APR", 1 << (0x80 >> 3))
        for point, enough in ((2, 0x78), (3, 0x78), (4, 0x78), (5, 0x78), (6, 0x78)):
            await cpu.write("GICV_BPR", point)
            for priority in (enough, enough + 8, 0x98, 0xF0):
                await cpu.write("GICH_LR0", lr(40, PEND, priority))
                preempts = priority <= enough
                assert await cpu.lines() == ({"virq"} if preempts else set()), f"BPR {point}, {priority:#x}"
        # The running priority's own subgroup does not count: 0x98 and 0x80 are one group for BPR=4.
        await cpu.write("GICH_APR", 1 << (0x98 >> 3))
        for point, least in ((2, 0x90), (3, 0x88), (4, 0x78), (5, 0x78), (6, 0x78)):
            await cpu.write("GICV_BPR", point)
            for priority in (least, least + 8):
                await cpu.write("GICH_LR0", lr(40, PEND, priority))
                preempts = priority == least
                assert await cpu.lines() == ({"virq"} if preempts else set()), f"BPR {point}, {priority:#x}"


@pyuvm.test()
class BinaryPointSevenPreemptsNothingButSignalsWhenIdle(DirectedTest):
    """V2-PRI-3"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x00))
        await cpu.write("GICV_BPR", 7)
        assert await cpu.lines() == {"virq"}
        for level in range(32):
            await cpu.write("GICH_APR", 1 << level)
            assert await cpu.lines() == set()
            assert await cpu.read("GICV_IAR") == SPURIOUS
        await cpu.write("GICH_APR", 0)
        assert await cpu.read("GICV_IAR") == 40
        assert await cpu.read("GICH_APR") == 1


@pyuvm.test()
class BothSidesAreMaskedWithTheCandidatesMask(DirectedTest):
    """V2-PRI-4: the running 0x88 came through ABPR=3, the candidate's own group uses BPR."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x88, grp1=1))
        assert await cpu.read("GICV_IAR") == 40
        for grp1, point, lines in ((0, 2, {"virq"}), (0, 3, set()), (0, 4, set()), (1, 4, {"virq"})):
            await cpu.all(write("GICV_BPR", point), write("GICH_LR1", lr(41, PEND, 0x80, grp1=grp1)))
            assert await cpu.lines() == lines, f"group {grp1}, BPR {point}"
        await cpu.write("GICV_ABPR", 4)
        assert await cpu.lines() == set()
        assert await cpu.read("GICV_RPR") == 0x88


@pyuvm.test()
class RunningPriorityIsTheMostUrgentActiveOne(DirectedTest):
    """V2-RPR-1"""

    async def scenario(self, cpu: Cpu) -> None:
        assert await cpu.read("GICV_RPR") == 0xFF
        for level in range(32):
            for active in (1 << level, 1 << level | 1 << 31, 0xFFFF_FFFF << level & 0xFFFF_FFFF):
                await cpu.write("GICH_APR", active)
                assert await cpu.read("GICV_RPR") == 8 * level
        await cpu.write("GICH_APR", 0)
        assert await cpu.read("GICV_RPR") == 0xFF


@pyuvm.test()
class RunningPriorityIsOfTheTimeOfTheAcknowledge(DirectedTest):
    """V2-RPR-1"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0xB8))
        await cpu.write("GICV_BPR", 4)
        assert await cpu.read("GICV_IAR") == 40
        for point in (2, 3, 7):
            await cpu.write("GICV_BPR", point)
            assert await cpu.read("GICV_RPR") == 0xA0
        await cpu.write("GICH_LR0", lr(40, PEND, 0x00))
        assert await cpu.read("GICV_RPR") == 0xA0


@pyuvm.test()
class ActivePrioritiesAreReplacedAsAWhole(DirectedTest):
    """V2-APR-1: through GICH_APR and GICV_APR0 alike."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x80))
        for register in ("GICH_APR", "GICV_APR0"):
            for value, running, lines in (
                (0xFFFF_FFFF, 0x00, set()),
                (0x0002_0000, 0x88, {"virq"}),
                (0x8001_0000, 0x80, set()),
                (0x0000_0000, 0xFF, {"virq"}),
                (0x8000_0000, 0xF8, {"virq"}),
            ):
                await cpu.write(register, value)
                assert await cpu.all(read("GICH_APR"), read("GICV_RPR")) == [value, running]
                assert await cpu.lines() == lines
