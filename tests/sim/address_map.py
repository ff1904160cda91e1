# SPDX-License-Identifier: Apache-2.0
"""Which register and which bank an address reaches: specification, section 1."""

from collections.abc import Iterable

import pyuvm

from tb.uvm.axi_lite import Access, Hold
from tb.uvm.directed_test import ACT, EN, PEND, SPURIOUS, TWO_CPUS, Cpu, DirectedTest, Needs, lr, read, write

ALL_ONES = 0xFFFF_FFFF
ACTIVE = 38
GICH = {0x00, 0x04, 0x08, 0x10, 0x20, 0x24, 0x30, 0x34, 0xF0, *range(0x100, 0x200, 4)}
GICV = {0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18, 0x1C, 0x20, 0x24, 0x28, 0xD0, 0xFC, 0x1000}


def wrong(accesses: list[Access], error: bool = False) -> list[str]:
    """The accesses that were not answered with this response, or read anything but 0."""
    return [
        f"{'write' if access.write else 'read'} {access.addr:#06x}, strobes {access.strb:#x}"
        for access in accesses
        if access.error != error or access.value
    ]


class AddressMapTest(DirectedTest):
    """Has banks with something in every register; LR2 holds ACTIVE, active and of Group 1."""

    @property
    def views(self) -> list[int]:
        """Where a port finds the GICH registers of its own and of each bank."""
        return [0x4000, *(0x5000 + 0x200 * cpu.number for cpu in self.cpus)]

    @property
    def registers(self) -> list[int]:
        """Where a port finds registers, and nothing in place of list registers that do not exist."""
        return [
            *(view + offset for view in self.views for offset in GICH),
            *(0x6000 + offset for offset in GICV),
        ]

    async def fill(self, cpu: Cpu) -> None:
        words = [
            lr(ACTIVE - 2 + n, n % 4, 8 * n % 0x100, grp1=n >> 1 & 1, cpuid=n % 8, eoi=1)
            for n in range(self.parameters.num_lr)
        ]
        await cpu.all(
            write("GICH_HCR", 0xF800_00FF),
            write("GICH_VMCR", 0xF84C_021B),
            write("GICH_APR", 0xA5A5_0000 | cpu.number),
            *(write(f"GICH_LR{n}", word) for n, word in enumerate(words)),
        )

    async def hold_nothing(self, addresses: Iterable[int]) -> None:
        """Each port writes ACTIVE to each and reads it: it reads 0, and no register of a bank changes.

        In any register this would change something: in EOIR and AEOIR the active priorities, in DIR LR2.
        """
        for each in self.cpus:
            await self.fill(each)
        before = await self.all_registers()
        await self.together(*(self.find_nothing(each, addresses) for each in self.cpus))
        assert await self.all_registers() == before

    async def find_nothing(self, cpu: Cpu, addresses: Iterable[int]) -> None:
        accesses = [make(addr) for addr in addresses for make in (lambda addr: write(addr, ACTIVE), read)]
        await cpu.all(*accesses)
        assert wrong(accesses) == []

    async def all_registers(self) -> list[dict[str, int]]:
        return [await cpu.registers() for cpu in self.cpus]


@pyuvm.test()
class EachWindowIsTheInterfaceOfItsCpu(DirectedTest):
    """V2-MAP-1, V2-MAP-2"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        everyone = range(len(self.cpus))
        for cpu in self.cpus:
            await cpu.all(write(0x4100, lr(100 + cpu.number, ACT)), write(0x40F0, 1 << cpu.number))
        for cpu in self.cpus:
            for n in everyone:
                addresses = 0x5100 + 0x200 * n, 0x50F0 + 0x200 * n
                assert await cpu.all(*map(read, addresses)) == [lr(100 + n, ACT), 1 << n]
                await cpu.write(0x5108 + 0x200 * n, lr(200 + cpu.number, ACT))
                assert await self.cpus[n].read(0x4108) == lr(200 + cpu.number, ACT)


@pyuvm.test()
class GuestPageIsTheInterfaceOfTheRequester(DirectedTest):
    """V2-MAP-3, V2-MAP-5"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        for cpu in self.cpus:
            await cpu.all(write(0x4000, EN), write(0x6000, 7), write(0x6004, 0x80 + 8 * cpu.number))
            await cpu.all(write(0x4100, lr(100 + cpu.number, PEND, 0x40)), write(0x6100, ALL_ONES))
        for cpu in self.cpus:
            assert await cpu.all(read(0x4000), read(0x6000), read(0x4100)) == [
                EN,
                7,
                lr(100 + cpu.number, PEND, 0x40),
            ]
            assert await cpu.all(read(0x6004), read(0x600C)) == [0x80 + 8 * cpu.number, 100 + cpu.number]
            assert await cpu.read(0x4008) == (16 + cpu.number) << 27 | 0x004C_0007


@pyuvm.test()
class SecondGuestPageHoldsOnlyDir(DirectedTest):
    """V2-MAP-4"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, ACT, 0x80), ctlr=0x203)
        before = await cpu.registers()
        accesses = [make(0x7000 + offset) for offset in range(4, 0x1000, 4) for make in (read, write)]
        await cpu.all(*accesses)
        assert wrong(accesses) == []
        assert await cpu.registers() == before
        assert await cpu.read(0x7000) == 0
        await cpu.write(0x7000, 40)
        assert (await cpu.states())[0] == 0


@pyuvm.test()
class UnlistedOffsetsReadZeroAndIgnoreWrites(AddressMapTest):
    """V2-MAP-6"""

    async def scenario(self, cpu: Cpu) -> None:
        await self.hold_nothing(
            [
                *(
                    view + offset
                    for view in self.views
                    for offset in range(0, 0x200, 4)
                    if offset not in GICH
                ),
                *(0x6000 + offset for offset in range(0, 0x2000, 4) if offset not in GICV),
            ]
        )


@pyuvm.test()
class GapsReadZeroAndIgnoreWrites(AddressMapTest):
    """V2-MAP-6"""

    async def scenario(self, cpu: Cpu) -> None:
        await self.hold_nothing(
            [
                *range(0, 0x4000, 0x44),
                0x3FFC,
                *range(0x4200, 0x5000, 4),
                *range(0x8000, 0x10000, 0x44),
                0xFFFC,
                *(addr ^ bit for addr in self.registers for bit in (0x4000, 0x8000)),
            ]
        )


@pyuvm.test()
class WindowsOfMissingCpusReadZeroAndIgnoreWrites(AddressMapTest):
    """V2-MAP-6"""

    needs = Needs(num_lr=range(1, 65), num_cpu=range(1, 8))

    async def scenario(self, cpu: Cpu) -> None:
        await self.hold_nothing(range(0x5000 + 0x200 * len(self.cpus), 0x6000, 4))


@pyuvm.test()
class AccessToNoBankTakesATurnAtTheRequestersBank(DirectedTest):
    """V2-MAP-6"""

    needs = Needs(num_lr=range(1, 65), num_cpu=range(2, 8))

    async def scenario(self, cpu: Cpu) -> None:
        for nowhere in (0x0000, 0x4200, 0x5E00, 0x8000, 0xFFFC):
            mine, other, its_own = await self.at_once(
                (1, read(nowhere)), (0, read(0x5200)), (0, write(0x4100, 0))
            )
            assert other.accepted - other.taken + mine.accepted - mine.taken == 1, f"{nowhere:#06x}"
            assert its_own.accepted == its_own.taken, f"{nowhere:#06x}"


@pyuvm.test()
class UnalignedAndPartialAccessesHaveNoEffect(AddressMapTest):
    """V2-MAP-7: wherever they point."""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(
            lr(40, PEND, 0x40), lr(41, ACT, 0x80, hw=1, phys=41), lr(42, ACT, 0x80, grp1=1), ctlr=0x207
        )
        await cpu.write("GICH_APR", 1 << 16)
        before = await self.all_registers()
        for base in (
            *(0x0000, 0x3FFC, 0x4000, 0x4008, 0x40F0, 0x4104, 0x4200, 0x4FFC),
            *(0x5000, 0x5104, 0x5304, 0x5F04, 0x8000, 0xFFFC),
            *(0x6000, 0x6004, 0x6008, 0x600C, 0x6010, 0x6020, 0x6024, 0x60D0, 0x60FC, 0x6FFC, 0x7000, 0x7FFC),
        ):
            accesses = [
                *(make(base + byte) for byte in (1, 2, 3) for make in (read, lambda addr: write(addr, 41))),
                *(write(base, 42, strb=strobes) for strobes in range(0xF)),
                write(base + 2, 41, strb=0xC),
            ]
            await cpu.all(*accesses)
            assert wrong(accesses, error=True) == []
        assert await self.all_registers() == before
        assert self.deactivated == []
        assert await cpu.all(read("GICV_IAR"), read("GICV_IAR")) == [40, SPURIOUS]


@pyuvm.test()
class UnalignedAccessesReachNoRegister(AddressMapTest):
    """V2-MAP-7: of each register, in each view, from each port."""

    async def scenario(self, cpu: Cpu) -> None:
        for each in self.cpus:
            await self.fill(each)
        before = await self.all_registers()
        await self.together(*map(self.find_errors, self.cpus))
        assert await self.all_registers() == before

    async def find_errors(self, cpu: Cpu) -> None:
        bytes_of_words = [addr + byte for addr in self.registers for byte in (1, 2)]
        accesses = [
            make(addr) for addr in bytes_of_words for make in (lambda addr: write(addr, ACTIVE), read)
        ]
        await cpu.all(*accesses)
        assert wrong(accesses, error=True) == []


@pyuvm.test()
class StrobesThatCameBeforeTheAddressDecide(DirectedTest):
    """V2-MAP-7: not the next write's, which are on the pins when the address comes."""

    async def scenario(self, cpu: Cpu) -> None:
        for strobes, following in ((0x7, 0xF), (0xF, 0x7)):
            first = write("GICH_LR0", lr(40, ACT), strb=strobes, hold=Hold(aw=4))
            second = write("GICH_LR1", lr(41, ACT), strb=following)
            await cpu.all(first, second)
            assert [first.error, second.error] == [strobes != 0xF, following != 0xF]
            assert await cpu.states(2) == [ACT if strobes == 0xF else 0, ACT if following == 0xF else 0]
            await cpu.load(0, 0)


@pyuvm.test()
class WriteOnlyReadsZeroAndReadOnlyIgnoresWrites(AddressMapTest):
    """V2-MAP-8"""

    async def scenario(self, cpu: Cpu) -> None:
        read_only = [
            0x4004,
            0x4010,
            0x4020,
            0x4024,
            0x4030,
            0x4034,
            0x600C,
            0x6014,
            0x6018,
            0x6020,
            0x6028,
            0x60FC,
        ]
        for each in self.cpus:
            await self.fill(each)
            before = await each.registers()
            accesses = [
                *(write(addr, value) for addr in read_only for value in (ALL_ONES, 0, ACTIVE)),
                *map(read, (0x6010, 0x6024, 0x7000)),
            ]
            await each.all(*accesses)
            assert wrong(accesses) == []
            assert await each.registers() == before


@pyuvm.test()
class PortsProceedOnTheSameEdgeAtTheirOwnBanks(DirectedTest):
    """V2-MAP-5"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        everyone = range(len(self.cpus))
        for register in ("GICH_LR0", "GICV_PMR"):
            for make in (read, write):
                timings = await self.at_once(*((n, make(register)) for n in everyone))
                assert {timing.accepted for timing in timings} == {timings[0].taken}


@pyuvm.test()
class OneBankDoesNotDisturbAnother(AddressMapTest):
    """V2-BANK-1"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        for each in self.cpus:
            await self.fill(each)
        for busy in (self.cpus[0], self.cpus[-1]):
            quiet = [each.number for each in self.cpus if each is not busy]
            since = len(self.watcher.samples) + 1
            await self.watcher.edges(2)
            words = lr(40, PEND, 0x40, hw=1, phys=500), lr(41, PEND, 0x20, eoi=1), lr(42, PEND, 0x10, grp1=1)
            await busy.open(*words, *[0] * (self.parameters.num_lr - len(words)))
            await busy.write("GICH_APR", 0)
            for intid in (42, 41, 40):
                assert "virq" in await busy.lines()
                assert await busy.read("GICV_IAR") == intid
                await busy.write("GICV_EOIR", intid)
            await busy.all(write("GICV_DIR", 40), write("GICV_CTLR"), write("GICH_HCR"), write(0x4101, 1))
            for n in quiet:
                cycles = range(since, len(self.watcher.samples))
                assert len({self.watcher.observation(cycle, n) for cycle in cycles}) == 1
                assert len(self.watcher.waveform(n, since)) == 1
        assert self.deactivated == [(0, 500), (self.cpus[-1].number, 500)]
