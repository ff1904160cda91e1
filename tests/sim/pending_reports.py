# SPDX-License-Identifier: Apache-2.0
"""What HPPIR and AHPPIR report: specification, section 5."""

import pyuvm

from tb.uvm.directed_test import (
    ACK_CTL,
    GROUPS,
    GRP0,
    GRP1,
    OTHER_GROUP,
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

REPORTS = ("GICV_HPPIR", "GICV_AHPPIR")


@pyuvm.test()
class ReportIgnoresMaskAndRunningPriority(DirectedTest):
    """V2-HPP-1 with HPPIR_PMR=0"""

    needs = Needs(hppir_pmr=(0,))

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(41, PEND, 0xF8, grp1=1))
        for mask in (0x00, 0x80, 0xF8):
            for active in (0, 1, 1 << 16):
                await cpu.all(write("GICV_PMR", mask), write("GICH_APR", active))
                assert await cpu.all(*map(read, REPORTS)) == [41, 41]
                assert await cpu.lines() == set()


@pyuvm.test()
class ReportHonoursTheMaskAndNotTheRunningPriority(DirectedTest):
    """V2-HPP-1 with HPPIR_PMR=1"""

    needs = Needs(hppir_pmr=(1,))

    async def scenario(self, cpu: Cpu) -> None:
        for grp1, values in ((0, [41, SPURIOUS]), (1, [41, 41])):
            await cpu.open(lr(41, PEND, 0x80, grp1=grp1))
            for mask, expected in (
                (0x00, [SPURIOUS] * 2),
                (0x80, [SPURIOUS] * 2),
                (0x88, values),
                (0xF8, values),
            ):
                for active in (0, 1, 1 << 16):
                    await cpu.all(write("GICV_PMR", mask), write("GICH_APR", active))
                    assert await cpu.all(*map(read, REPORTS)) == expected


@pyuvm.test()
class ReportNeedsTheInterruptsGroupEnabled(DirectedTest):
    """V2-HPP-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for grp1, ctlr in ((0, GRP1), (0, 0), (1, GRP0), (1, 0)):
            await cpu.open(lr(41, PEND, 0x80, grp1=grp1), ctlr=ctlr | ACK_CTL)
            assert await cpu.all(*map(read, REPORTS)) == [SPURIOUS, SPURIOUS]
            await cpu.write("GICV_CTLR", GROUPS | ACK_CTL)
            assert (await cpu.all(*map(read, REPORTS)))[0] == 41


@pyuvm.test()
class EachReportNamesItsGroup(DirectedTest):
    """V2-HPP-2"""

    async def scenario(self, cpu: Cpu) -> None:
        for winner, ack_ctl, values in (
            (lr(40, PEND, 0x80), 0, [40, SPURIOUS]),
            (lr(40, PEND, 0x80), ACK_CTL, [40, SPURIOUS]),
            (lr(41, PEND, 0x80, grp1=1), 0, [OTHER_GROUP, 41]),
            (lr(41, PEND, 0x80, grp1=1), ACK_CTL, [41, 41]),
            (lr(5, PEND, 0x80, cpuid=3), 0, [3 << 10 | 5, SPURIOUS]),
            (lr(5, PEND, 0x80, grp1=1, cpuid=3), 0, [OTHER_GROUP, 3 << 10 | 5]),
            (lr(5, PEND, 0x80, grp1=1, hw=1, phys=0x3FF), 0, [OTHER_GROUP, 5]),
        ):
            # The loser is of the other group: the overall winner decides.
            loser = lr(99, PEND, 0x90, grp1=1 - (winner >> 30 & 1))
            await cpu.open(loser, winner, ctlr=GROUPS | ack_ctl)
            assert await cpu.all(*map(read, REPORTS)) == values, f"LR1={winner:#010x}"


@pyuvm.test()
class ActiveAndPendingIsNeverReported(DirectedTest):
    """V2-HPP-2"""

    async def scenario(self, cpu: Cpu) -> None:
        for grp1 in (0, 1):
            await cpu.open(lr(40, PACT, 0x00, grp1=grp1), 0)
            assert await cpu.all(*map(read, REPORTS)) == [SPURIOUS, SPURIOUS]
            await cpu.write("GICH_LR1", lr(41, PEND, 0x80, grp1=1))
            assert await cpu.all(*map(read, REPORTS)) == [41, 41]


@pyuvm.test()
class ReportHasNoSideEffect(DirectedTest):
    """V2-HPP-2"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x80), lr(41, PEND, 0x70, grp1=1))
        before = await cpu.registers()
        for _ in range(3):
            assert await cpu.all(*map(read, REPORTS)) == [41, 41]
        assert await cpu.registers() == before
