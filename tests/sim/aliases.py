# SPDX-License-Identifier: Apache-2.0
"""Registers that show the same state: specification, section 2.2."""

import pyuvm

from tb.uvm.directed_test import CBPR, Cpu, DirectedTest, read, write

ALL_ONES = 0xFFFF_FFFF
GUEST = ("GICV_CTLR", "GICV_PMR", "GICV_BPR", "GICV_ABPR")


@pyuvm.test()
class ControlBitsAreThoseOfVmcr(DirectedTest):
    """V2-ALIAS-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for bit in (0, 1, 2, 3, 4, 9):
            await cpu.write("GICV_CTLR", 1 << bit)
            assert await cpu.read("GICH_VMCR") == 0x004C_0000 | 1 << bit
            await cpu.write("GICH_VMCR", 0x004C_021F & ~(1 << bit))
            assert await cpu.read("GICV_CTLR") == 0x21F & ~(1 << bit)


@pyuvm.test()
class MaskIsTheOneOfVmcr(DirectedTest):
    """V2-ALIAS-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for priority in range(0, 0x100, 8):
            await cpu.write("GICV_PMR", priority)
            assert await cpu.read("GICH_VMCR") == priority << 24 | 0x004C_0000
            await cpu.write("GICH_VMCR", (0xF8 - priority) << 24 | 0x004C_0000)
            assert await cpu.read("GICV_PMR") == 0xF8 - priority


@pyuvm.test()
class BinaryPointsAreThoseOfVmcr(DirectedTest):
    """V2-ALIAS-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for bpr in range(2, 8):
            for abpr in range(3, 8):
                await cpu.all(write("GICV_BPR", bpr), write("GICV_ABPR", abpr))
                assert await cpu.read("GICH_VMCR") == bpr << 21 | abpr << 18
                await cpu.write("GICH_VMCR", (9 - bpr) << 21 | (10 - abpr) << 18)
                assert await cpu.all(read("GICV_BPR"), read("GICV_ABPR")) == [9 - bpr, 10 - abpr]


@pyuvm.test()
class ActivePrioritiesAreOneRegister(DirectedTest):
    """V2-ALIAS-1, V2-APR-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for bit in range(32):
            await cpu.write("GICH_APR", 1 << bit)
            assert await cpu.read("GICV_APR0") == 1 << bit
            await cpu.write("GICV_APR0", ALL_ONES ^ 1 << bit)
            assert await cpu.read("GICH_APR") == ALL_ONES ^ 1 << bit


@pyuvm.test()
class ReservedBitsReadZero(DirectedTest):
    """V2-ALIAS-1"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.write("GICH_VMCR", ALL_ONES)
        assert await cpu.read("GICH_VMCR") == 0xF8FC_021F
        assert await cpu.all(*map(read, GUEST)) == [0x21F, 0xF8, 7, 7]
        await cpu.write("GICH_VMCR", 0)
        await cpu.all(*(write(name, ALL_ONES) for name in GUEST))
        assert await cpu.read("GICH_VMCR") == 0xF8FC_021F
        assert await cpu.all(*map(read, GUEST)) == [0x21F, 0xF8, 7, 7]
        await cpu.all(*(write(name, ALL_ONES & ~0x3FF) for name in GUEST))
        assert await cpu.read("GICH_VMCR") == 2 << 21 | 3 << 18


@pyuvm.test()
class BinaryPointsHaveMinimums(DirectedTest):
    """V2-BPR-1: in VMCR field by field."""

    async def scenario(self, cpu: Cpu) -> None:
        for point in range(8):
            await cpu.all(write("GICV_BPR", 7), write("GICV_ABPR", 7))
            await cpu.write("GICV_BPR", point)
            assert await cpu.all(read("GICV_BPR"), read("GICV_ABPR")) == [max(point, 2), 7]
            await cpu.all(write("GICV_BPR", 7), write("GICV_ABPR", point))
            assert await cpu.all(read("GICV_BPR"), read("GICV_ABPR")) == [7, max(point, 3)]
        for bpr in range(8):
            for abpr in range(8):
                await cpu.write("GICH_VMCR", 0xA800_0015 | bpr << 21 | abpr << 18)
                assert await cpu.read("GICH_VMCR") == 0xA800_0015 | max(bpr, 2) << 21 | max(abpr, 3) << 18


@pyuvm.test()
class AliasedBinaryPointIsItsOwnEvenWithCbpr(DirectedTest):
    """V2-BPR-2"""

    async def scenario(self, cpu: Cpu) -> None:
        for ctlr in (CBPR, 0, CBPR):
            await cpu.write("GICV_CTLR", ctlr)
            for bpr, abpr in ((2, 5), (6, 3), (4, 7)):
                await cpu.all(write("GICV_BPR", bpr), write("GICV_ABPR", abpr))
                assert await cpu.all(read("GICV_BPR"), read("GICV_ABPR")) == [bpr, abpr]
                assert await cpu.read("GICH_VMCR") == bpr << 21 | abpr << 18 | ctlr
