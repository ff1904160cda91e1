# SPDX-License-Identifier: Apache-2.0
"""Which line a group is signalled on: specification, section 4."""

import pyuvm

from tb.uvm.directed_test import ACK_CTL, FIQ_EN, GROUPS, GRP0, GRP1, PEND, Cpu, DirectedTest, lr, read, write


@pyuvm.test()
class Group0FollowsFiqEnableAndGroup1IsAlwaysIrq(DirectedTest):
    """V2-SIG-1: AckCtl plays no part."""

    async def scenario(self, cpu: Cpu) -> None:
        for ack_ctl in (0, ACK_CTL):
            for fiq_en in (0, FIQ_EN):
                await cpu.open(lr(40, PEND, 0x80), ctlr=GROUPS | ack_ctl | fiq_en)
                assert await cpu.lines() == ({"vfiq"} if fiq_en else {"virq"})
                await cpu.load(lr(40, PEND, 0x80, grp1=1))
                assert await cpu.lines() == {"virq"}
                await cpu.load(0)
                assert await cpu.lines() == set()


@pyuvm.test()
class DisabledGroupIsNotSignalled(DirectedTest):
    """V2-SIG-1, V2-IAR-2"""

    async def scenario(self, cpu: Cpu) -> None:
        for grp1 in (0, 1):
            for fiq_en in (0, FIQ_EN):
                await cpu.open(lr(40, PEND, 0x80, grp1=grp1), ctlr=fiq_en | ACK_CTL)
                assert await cpu.lines() == set()
                await cpu.write("GICV_CTLR", (GRP0 if grp1 else GRP1) | fiq_en | ACK_CTL)
                assert await cpu.lines() == set()
                await cpu.write("GICV_CTLR", (GRP1 if grp1 else GRP0) | fiq_en | ACK_CTL)
                assert await cpu.lines() == ({"vfiq"} if fiq_en and not grp1 else {"virq"})


@pyuvm.test()
class BetterInterruptOfAnotherGroupMovesTheRequest(DirectedTest):
    """V2-SIG-2"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(41, PEND, 0x80, grp1=1), ctlr=GROUPS | ACK_CTL | FIQ_EN)
        assert await cpu.lines() == {"virq"}
        for n, (grp1, lines) in enumerate(((0, {"vfiq"}), (1, {"virq"}), (0, {"vfiq"})), start=1):
            since = len(self.watcher.samples) - 1
            await cpu.write(f"GICH_LR{n}", lr(41 + n, PEND, 0x80 - 8 * n, grp1=grp1))
            assert await cpu.lines() == lines
            assert [high for _, high in self.watcher.waveform(0, since)][1:] == [lines]  # at one edge
        for n, lines in ((3, {"virq"}), (2, {"vfiq"}), (1, {"virq"}), (0, set())):
            assert await cpu.read("GICV_IAR") == 41 + n
            assert await cpu.lines() == set()
            await cpu.write("GICV_EOIR", 41 + n)
            assert await cpu.lines() == lines


@pyuvm.test()
class LinesAreLevels(DirectedTest):
    """V2-SIG-2: they follow the selection, not the acknowledge alone."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x80), ctlr=GROUPS | FIQ_EN)
        for _ in range(2):
            assert await cpu.lines() == {"vfiq"}
            await self.watcher.edges(20)
            assert await cpu.lines() == {"vfiq"}
            await cpu.load(0)
            assert await cpu.lines() == set()
            await cpu.load(lr(40, PEND, 0x80))
        await cpu.all(write("GICV_CTLR", GROUPS), read("GICV_HPPIR"))
        assert await cpu.lines() == {"virq"}
