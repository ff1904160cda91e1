# SPDX-License-Identifier: Apache-2.0
"""When an access takes effect, shows and is answered: specification, section 8."""

import pyuvm

from tb.uvm.axi_lite import Access, Hold
from tb.uvm.directed_test import (
    ACK_CTL,
    ACT,
    CBPR,
    COUNT_LSB,
    EN,
    EOI_MODE,
    FIQ_EN,
    GROUPS,
    GRP1,
    INV,
    PEND,
    SPURIOUS,
    TWO_CPUS,
    UIE,
    Cpu,
    DirectedTest,
    lr,
    read,
    write,
)

RUNNING = 1 << 16  # 0x80


class CyclesTest(DirectedTest):
    """Knows at which edge what an access did must show."""

    async def changes(self, access: Access) -> dict[str, tuple[int, int]]:
        """Make an access that nothing holds up; which registers changed at T+1: name -> (old, new) value.

        Asserts that none changed at T or later than T+1.
        """
        (timing,) = await self.at_once((0, access))
        accepted = timing.taken
        edges = [self.watcher.registers(accepted + after, 0) for after in (-1, 0, 1, 2)]
        assert edges[0] == edges[1]
        assert edges[2] == edges[3]
        return {name: (old, edges[2][name]) for name, old in edges[1].items() if old != edges[2][name]}

    async def lines_change(self, access: Access, before: set[str], after: set[str]) -> None:
        """Make an access that nothing holds up; asserts that the lines change in time, and once."""
        (timing,) = await self.at_once((0, access))
        await self.watcher.edges(3)
        shown = timing.taken + 1 + self.parameters.irq_reg
        expected = [(timing.taken, before), (shown, after)]
        assert self.watcher.waveform(0, timing.taken) == expected, f"{access.addr:#06x}={access.data:#x}"


@pyuvm.test()
class WriteShowsInStateAndStatusOneEdgeLater(CyclesTest):
    """V2-CYC-1"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.write("GICH_HCR", EN | UIE)
        empty = (1 << self.parameters.num_lr) - 1 & 0xFFFF_FFFF
        pending, owed = lr(40, PEND, 0x80), lr(41, INV, eoi=1)
        assert await self.changes(write("GICH_LR0", pending)) == {
            "GICH_LR0": (0, pending),
            "GICH_ELRSR0": (empty, empty - 1),
        }
        assert await self.changes(write("GICH_LR1", owed)) == {
            "GICH_LR1": (0, owed),
            "GICH_ELRSR0": (empty - 1, empty - 3),
            "GICH_EISR0": (0, 2),
            "GICH_MISR": (2, 3),
        }
        assert await self.changes(write("GICH_LR1", lr(41, ACT))) == {
            "GICH_LR1": (owed, lr(41, ACT)),
            "GICH_EISR0": (2, 0),
            "GICH_MISR": (3, 0),
        }


@pyuvm.test()
class WriteShowsOnEveryLineInTime(CyclesTest):
    """V2-CYC-1: one edge later, two with IRQ_REG=1."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(ctlr=GROUPS | FIQ_EN)
        for name, on, off in (
            (
                "virq",
                write("GICH_LR0", lr(40, PEND, 0x80, grp1=1)),
                write("GICH_LR0", lr(40, ACT, 0x80, grp1=1)),
            ),
            ("vfiq", write("GICH_LR3", lr(40, PEND, 0x80)), write("GICH_LR3", 0)),
            ("maint_irq", write("GICH_LR2", lr(40, INV, eoi=1)), write("GICH_LR2", 0)),
            ("maint_irq", write("GICH_HCR", EN | UIE), write("GICH_HCR", EN)),
        ):
            await self.lines_change(on, set(), {name})
            await self.lines_change(off, {name}, set())


@pyuvm.test()
class WriteUsesTheHalfThatWasTakenFirst(CyclesTest):
    """V2-CYC-1: not the next write's, which is on the pins when the other half comes."""

    async def scenario(self, cpu: Cpu) -> None:
        for hold in (Hold(aw=4), Hold(w=4)):
            for n in range(4):
                first = write(f"GICH_LR{n}", lr(40 + n, ACT), hold=hold)
                await cpu.all(first, write(f"GICH_LR{(n + 1) % 4}", lr(50, PEND)))
                assert await cpu.read(f"GICH_LR{n}") == lr(40 + n, ACT)


@pyuvm.test()
class AllLinesChangeAtTheSameEdge(CyclesTest):
    """V2-CYC-1, V2-CYC-11"""

    async def scenario(self, cpu: Cpu) -> None:
        for fiq_en, line in ((0, "virq"), (FIQ_EN, "vfiq")):
            await cpu.open(lr(40, PEND, 0x80), ctlr=GROUPS | fiq_en, hcr=UIE)
            await self.lines_change(write("GICH_HCR", UIE | EN), set(), {line, "maint_irq"})
            await self.lines_change(write("GICH_HCR", UIE), {line, "maint_irq"}, set())


@pyuvm.test()
class ReadDataComesOneEdgeLaterAndIsHeld(CyclesTest):
    """V2-CYC-2: later changes of state do not alter it."""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        old = lr(40, ACT, 0x80)
        for number, held in enumerate((0, 1, 2, 9)):
            name = f"GICH_LR{number}"
            await cpu.write(name, old)
            reading, following = read(name, hold=Hold(r=held)), read("GICH_VTR")
            changing = [write(name, lr(50 + n, ACT), bank=0) for n in range(8)]
            await cpu.issue([reading, following])
            await self.watcher.edges(1)
            await self.cpus[1].all(*changing)
            await following.responded.wait()
            await self.watcher.edges(1)
            timing = self.watcher.timing(reading)
            assert 1 <= self.watcher.timing(changing[0]).accepted - timing.taken <= 2
            assert (timing.valid, timing.answered) == (timing.taken + 1, timing.taken + 1 + held)
            assert reading.value == old
            for edge in range(timing.valid, timing.answered + 1):
                assert self.watcher.read_data(edge, 0) == old


@pyuvm.test()
class ReadIsOfTheStateBeforeItsOwnEdge(CyclesTest):
    """V2-CYC-2, V2-CYC-4: a write at the edge before is seen, one at the edge behind is not."""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        count = 8
        writes = [write("GICH_LR1", lr(100 + n, ACT), bank=0) for n in range(count)]
        reads = [read("GICH_LR1") for _ in range(count)]
        await self.cpus[1].issue(writes)
        await cpu.issue(reads)
        for access in (*writes, *reads):
            await access.responded.wait()
        await self.watcher.edges(1)
        accepted = {self.watcher.timing(access).accepted: n for n, access in enumerate(writes)}
        for access in reads:
            before = [n for edge, n in accepted.items() if edge < self.watcher.timing(access).accepted]
            assert access.value == (lr(100 + max(before), ACT) if before else 0)
        edges = sorted((*accepted, *(self.watcher.timing(access).accepted for access in reads)))
        assert edges == list(range(edges[0], edges[0] + 2 * count))


@pyuvm.test()
class AcknowledgeTakesEffectOnceHoweverLongTheMasterStalls(CyclesTest):
    """V2-CYC-3: an interrupt that comes meanwhile, and would preempt, stays pending."""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        for register in ("GICV_IAR", "GICV_AIAR"):
            for held in (0, 1, 5, 20):
                await cpu.open(lr(40, PEND, 0x80, grp1=1), 0)
                await cpu.write("GICH_APR", 0)
                reading = read(register, hold=Hold(r=held))
                await cpu.issue([reading])
                await self.watcher.edges(1)
                accepted = self.watcher.timing(reading).taken
                await self.cpus[1].write("GICH_LR1", lr(41, PEND, 0x40, grp1=1), bank=0)
                await reading.responded.wait()
                await self.watcher.edges(4)
                before, after, later = (
                    self.watcher.registers(edge, 0) for edge in (accepted, accepted + 1, -1)
                )
                assert (before["GICH_APR"], after["GICH_APR"], later["GICH_APR"]) == (0, RUNNING, RUNNING)
                assert before["GICH_LR0"] == lr(40, PEND, 0x80, grp1=1)
                assert after["GICH_LR0"] == later["GICH_LR0"] == lr(40, ACT, 0x80, grp1=1)
                assert later["GICH_LR1"] == lr(41, PEND, 0x40, grp1=1)
                assert reading.value == 40


@pyuvm.test()
class AcknowledgeThatWaitsInItsSlotHasNoEffect(CyclesTest):
    """V2-CYC-3: until its response channel is emptied."""

    async def scenario(self, cpu: Cpu) -> None:
        for register in ("GICV_IAR", "GICV_AIAR"):
            await cpu.open(lr(40, PEND, 0x80, grp1=1))
            await cpu.write("GICH_APR", 0)
            await self.watcher.edges(2)
            filler, waiting = read("GICH_LR0", hold=Hold(r=12)), read(register)
            await cpu.all(filler, waiting)
            await self.watcher.edges(4)
            before, accepted = self.watcher.timing(waiting).taken, self.watcher.timing(waiting).accepted
            assert accepted == self.watcher.timing(filler).answered > before + 8
            for edge in range(before, accepted + 1):
                assert self.watcher.registers(edge, 0)["GICH_LR0"] == lr(40, PEND, 0x80, grp1=1)
                assert self.watcher.lines(edge, 0) == {"virq"}
            assert self.watcher.registers(accepted + 1, 0)["GICH_LR0"] == lr(40, ACT, 0x80, grp1=1)
            assert waiting.value == 40


@pyuvm.test()
class WriteIsAnsweredOneEdgeLater(CyclesTest):
    """V2-CYC-4: counted from the later of address and datum; the response holds until the master takes it."""

    async def scenario(self, cpu: Cpu) -> None:
        for hold in (Hold(), Hold(aw=3), Hold(w=4), Hold(b=5), Hold(aw=1, w=2, b=1), Hold(aw=2, w=1, b=3)):
            access = write("GICH_LR0", lr(40, ACT), hold=hold)
            start = len(self.watcher.samples)
            (timing,) = await self.at_once((0, access))
            taken = start + max(hold.aw, hold.w)
            assert timing == type(timing)(taken, taken + 1, taken + 1 + hold.b), f"{hold}"
            words = [self.watcher.registers(edge, 0)["GICH_LR0"] for edge in (taken, taken + 1)]
            assert words == [0, lr(40, ACT)]
            await cpu.write("GICH_LR0", 0)


@pyuvm.test()
class EveryWriteOfAStreamIsAnsweredOneEdgeLater(CyclesTest):
    """V2-CYC-4: also while the response before it leaves."""

    async def scenario(self, cpu: Cpu) -> None:
        writes = [write(f"GICH_LR{n % 4}", lr(40 + n, ACT), strb=0xF if n % 3 else 0x7) for n in range(12)]
        await cpu.all(*writes)
        await self.watcher.edges(1)
        for access in writes:
            timing = self.watcher.timing(access)
            assert timing.valid == timing.answered == timing.taken + 1
            assert access.error == (access.strb != 0xF)


@pyuvm.test()
class ReadRightBehindAWriteSeesIt(CyclesTest):
    """V2-CYC-4"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        for port in (0, 1):
            for n in range(4):
                word = lr(100 * port + 40 + n, ACT)
                reading = read(f"GICH_LR{n}", bank=0, hold=Hold(ar=1))
                writing, read_timing = await self.at_once((0, write(f"GICH_LR{n}", word)), (port, reading))
                assert read_timing.accepted == writing.accepted + 1
                assert reading.value == word


@pyuvm.test()
class CompletionChangesEverythingAtOneEdge(CyclesTest):
    """V2-CYC-6"""

    async def scenario(self, cpu: Cpu) -> None:
        active, done = lr(40, ACT, 0x80, hw=1, phys=40), lr(40, INV, 0x80, hw=1, phys=40)
        empty = (1 << self.parameters.num_lr) - 1 & 0xFFFF_FFFF
        both = {"GICH_LR0": (active, done), "GICH_ELRSR0": (empty - 1, empty), "GICH_APR": (RUNNING, 0)}
        counts = {"GICH_HCR": (EN, 1 << COUNT_LSB | EN)}
        for register, mode, intid, expected in (
            ("GICV_EOIR", 0, 40, both),
            ("GICV_EOIR", 0, 99, {"GICH_APR": (RUNNING, 0)} | counts),
            ("GICV_AEOIR", 0, 99, {"GICH_APR": (RUNNING, 0)} | counts),
            ("GICV_EOIR", EOI_MODE, 40, {"GICH_APR": (RUNNING, 0)}),
            ("GICV_DIR", EOI_MODE, 40, {name: both[name] for name in ("GICH_LR0", "GICH_ELRSR0")}),
            ("GICV_DIR", EOI_MODE, 99, counts),
        ):
            await cpu.open(active, ctlr=GROUPS | mode)
            await cpu.write("GICH_APR", RUNNING)
            await self.watcher.edges(2)
            assert await self.changes(write(register, intid)) == expected, f"{register}={intid}"


@pyuvm.test()
class AcknowledgeLowersTheLineAtOnce(CyclesTest):
    """V2-CYC-9"""

    async def scenario(self, cpu: Cpu) -> None:
        for grp1, fiq_en, line in ((0, 0, "virq"), (0, FIQ_EN, "vfiq"), (1, FIQ_EN, "virq")):
            for lower in (INV, PEND):  # alone, or before another that does not preempt
                words = lr(40, PEND, 0x80, grp1=grp1), lr(41, lower, 0x88, grp1=1)
                await cpu.open(*words, ctlr=GROUPS | ACK_CTL | fiq_en)
                await cpu.write("GICH_APR", 0)
                await self.watcher.edges(2)
                await self.lines_change(read("GICV_IAR"), {line}, set())


@pyuvm.test()
class AcknowledgeThatFailsLeavesTheLine(CyclesTest):
    """V2-CYC-9, V2-IAR-3"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x80, grp1=1), ctlr=GROUPS)
        await self.watcher.edges(2)
        (timing,) = await self.at_once((0, read("GICV_IAR")))
        assert self.watcher.waveform(0, timing.taken) == [(timing.taken, {"virq"})]


@pyuvm.test()
class PendingWrittenRightBehindAnAcknowledgePreempts(CyclesTest):
    """V2-CYC-9, V2-CYC-1: the line is low for one edge."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x80), 0)
        await self.watcher.edges(2)
        urgent = write("GICH_LR1", lr(41, PEND, 0x40), hold=Hold(aw=1, w=1))
        acknowledge, _ = await self.at_once((0, read("GICV_IAR")), (0, urgent))
        await self.watcher.edges(1)
        low = acknowledge.taken + 1 + self.parameters.irq_reg
        assert self.watcher.waveform(0, low - 1) == [(low - 1, {"virq"}), (low, set()), (low + 1, {"virq"})]


@pyuvm.test()
class AcknowledgeRightBehindThePendingWriteReturnsIt(CyclesTest):
    """V2-CYC-10"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        for register in ("GICV_IAR", "GICV_AIAR"):
            for hypervisor in (0, 1):
                for n in range(4):
                    await cpu.open(0, 0, 0, 0)
                    await cpu.write("GICH_APR", 0)
                    await self.watcher.edges(2)
                    pending = write(f"GICH_LR{n}", lr(40 + n, PEND, 0x80, grp1=1), bank=0)
                    acknowledge = read(register, hold=Hold(ar=1))
                    write_timing, read_timing = await self.at_once((hypervisor, pending), (0, acknowledge))
                    await self.watcher.edges(1)
                    assert read_timing.accepted == write_timing.accepted + 1
                    assert acknowledge.value == 40 + n
                    high = write_timing.accepted + 1 + self.parameters.irq_reg  # for this one edge
                    waveform = [(high - 1, set()), (high, {"virq"}), (high + 1, set())]
                    assert self.watcher.waveform(0, high - 1) == waveform


@pyuvm.test()
class EnableTakesEffectOnTheLinesInTime(CyclesTest):
    """V2-CYC-11"""

    async def scenario(self, cpu: Cpu) -> None:
        for line, words, ctlr, cause in (
            ({"virq"}, (lr(40, PEND, 0x80), lr(41, PEND)), GROUPS, 0),
            ({"vfiq"}, (lr(40, PEND, 0x80), lr(41, PEND)), GROUPS | FIQ_EN, 0),
            ({"maint_irq"}, (0, 0), GROUPS, UIE),
        ):
            await cpu.open(*words, hcr=EN | cause, ctlr=ctlr)
            await self.watcher.edges(2)
            for _ in range(2):
                await self.lines_change(write("GICH_HCR", cause), line, set())
                await self.lines_change(write("GICH_HCR", cause | EN), set(), line)


@pyuvm.test()
class EveryControlReevaluatesTheLinesInTime(CyclesTest):
    """V2-CYC-12"""

    async def scenario(self, cpu: Cpu) -> None:
        virq, vfiq, low = {"virq"}, {"vfiq"}, set()
        # While 0x80 runs, 0x98 of this group is pending.
        for grp1, steps in (
            (0, (("GICH_APR", 0, virq), ("GICV_PMR", 0x98, low), ("GICV_PMR", 0xA0, virq))),
            (
                0,
                (
                    ("GICV_APR0", 1 << 20, virq),
                    ("GICV_BPR", 5, low),
                    ("GICV_BPR", 4, virq),
                    ("GICV_BPR", 7, low),
                ),
            ),
            (
                1,
                (
                    ("GICV_APR0", 1 << 20, virq),
                    ("GICV_ABPR", 6, low),
                    ("GICV_ABPR", 4, virq),
                    ("GICH_APR", 1, low),
                ),
            ),
            (1, (("GICH_APR", 1 << 20, virq), ("GICV_BPR", 7, virq), ("GICV_CTLR", GROUPS | CBPR, low))),
            (0, (("GICH_APR", 0, virq), ("GICV_CTLR", GRP1, low), ("GICV_CTLR", GROUPS | FIQ_EN, vfiq))),
            (0, (("GICH_APR", 0, virq), ("GICH_VMCR", 0x904C_0003, low), ("GICH_VMCR", 0xA04C_000B, vfiq))),
            (0, (("GICV_APR0", 0, virq), ("GICV_APR0", 1 << 31, virq), ("GICV_APR0", 1 << 19, low))),
        ):
            await self.reset()
            await cpu.open(lr(40, PEND, 0x98, grp1=grp1), ctlr=GROUPS)
            await cpu.write("GICH_APR", RUNNING)
            await self.watcher.edges(2)
            lines: set[str] = low
            for register, value, expected in steps:
                if expected == lines:
                    await cpu.write(register, value)
                    assert await cpu.lines() == expected, f"{register}={value:#x}"
                else:
                    await self.lines_change(write(register, value), lines, expected)
                lines = expected


@pyuvm.test()
class NothingChangesWithoutAnAccess(CyclesTest):
    """V2-CYC-13: neither by the passing of time, nor by what waits, nor by a deactivation that leaves."""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        words = (
            lr(40, ACT, 0x80, hw=1, phys=40),
            lr(41, PEND, 0x40),
            lr(42, INV, eoi=1),
            lr(43, PEND, 0x20, grp1=1),
        )
        await self.take_deactivations(0, iter([8]))
        await cpu.open(*words, hcr=EN | UIE)
        await cpu.all(write("GICH_APR", 0x8001_0000), write("GICV_EOIR", 40))
        held = read("GICV_IAR", hold=Hold(r=40)), read("GICV_AIAR")
        half = write("GICV_EOIR", 41, hold=Hold(w=60)), write("GICH_HCR", 0, bank=0, hold=Hold(aw=60))
        await cpu.issue([*held, half[0]])
        await self.cpus[1].issue([half[1]])
        await self.watcher.edges(3)
        first = await cpu.registers()
        since = len(self.watcher.samples) - 1
        await self.watcher.edges(34)
        for edge in range(since, len(self.watcher.samples)):
            assert self.watcher.registers(edge, 0) == first
        assert len(self.watcher.waveform(0, since)) == 1
        assert self.deactivated == [(0, 40)]
        assert self.watcher.timing(held[1]).taken > 0
        assert self.watcher.timing(held[1]).valid == -1
        for access in (*held, *half):
            await access.responded.wait()
        assert [access.value for access in held] == [43, SPURIOUS]


@pyuvm.test()
class PendingInterruptWaitsForItsAcknowledge(CyclesTest):
    """V2-CYC-13: after any number of other accesses."""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.open(lr(40, PEND, 0x80), lr(41, ACT, 0xC0))
        before = await cpu.registers()
        for _ in range(40):
            assert await cpu.read("GICV_HPPIR") == 40
            await self.watcher.edges(3)
            assert await cpu.registers() == before
            assert await cpu.lines() == {"virq"}


@pyuvm.test()
class EveryPlaceAnswersAtTheSamePace(CyclesTest):
    """V2-CYC-14"""

    async def scenario(self, cpu: Cpu) -> None:
        accesses = [
            access
            for addr in (
                0x0000,
                0x4000,
                0x4100,
                0x41FC,
                0x4200,
                0x5000,
                0x5E00,
                0x6000,
                0x600C,
                0x6800,
                0x7000,
                0x8000,
            )
            for access in (
                *(read(addr), write(addr, 99), write(addr, 99, strb=0x3), write(addr, 99, strb=0)),
                *(make(addr + byte) for byte in (1, 2, 3) for make in (read, write)),
            )
        ]
        for access in accesses:
            (timing,) = await self.at_once((0, access))
            row = f"{'write' if access.write else 'read'} {access.addr:#06x} strobes {access.strb:#x}"
            assert (timing.accepted, timing.answered) == (timing.taken, timing.taken + 1), row
            assert access.error == (access.addr & 3 != 0 or access.strb != 0xF), row


class ThroughputTest(CyclesTest):
    """Looks at the edges of streams."""

    async def stream(self, *accesses: Access) -> list[int]:
        await self.cpus[0].all(*accesses)
        await self.watcher.edges(1)
        return sorted(self.watcher.timing(access).accepted for access in accesses)

    @staticmethod
    def consecutive(edges: list[int]) -> bool:
        return edges == list(range(edges[0], edges[0] + len(edges)))


@pyuvm.test()
class OneReadIsAcceptedAtEveryEdge(ThroughputTest):
    """V2-CYC-16"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.load(*(lr(40 + n, ACT) for n in range(4)))
        reads = [read(f"GICH_LR{n % 4}") for n in range(64)]
        assert self.consecutive(await self.stream(*reads))
        assert [access.value for access in reads] == [lr(40 + n % 4, ACT) for n in range(64)]


@pyuvm.test()
class OneWriteIsAcceptedAtEveryEdge(ThroughputTest):
    """V2-CYC-16"""

    async def scenario(self, cpu: Cpu) -> None:
        writes = [write(f"GICH_LR{n % 4}", lr(40 + n, ACT)) for n in range(64)]
        assert self.consecutive(await self.stream(*writes))
        assert await cpu.all(*(read(f"GICH_LR{n}") for n in range(4))) == [lr(100 + n, ACT) for n in range(4)]


@pyuvm.test()
class ReadsAndWritesToOneBankShareTheRate(ThroughputTest):
    """V2-CYC-16"""

    async def scenario(self, cpu: Cpu) -> None:
        mixed = [access for n in range(32) for access in (write("GICH_LR0", lr(n, ACT)), read("GICH_LR0"))]
        assert self.consecutive(await self.stream(*mixed))


@pyuvm.test()
class ReadsAndWritesToTwoBanksHaveTheFullRateEach(ThroughputTest):
    """V2-CYC-16, V2-CYC-5"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        mixed = [
            access for n in range(32) for access in (write("GICH_LR0", lr(n, ACT), bank=1), read("GICH_LR0"))
        ]
        edges = await self.stream(*mixed)
        assert edges[::2] == edges[1::2]
        assert self.consecutive(edges[::2])


@pyuvm.test()
class EveryPortHasTheFullRateAtItsOwnBank(ThroughputTest):
    """V2-CYC-16, V2-MAP-5"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        streams = [[read("GICH_LR0") for _ in range(32)] for _ in self.cpus]
        for each, stream in zip(self.cpus, streams, strict=True):
            await each.issue(stream)
        for stream in streams:
            await stream[-1].responded.wait()
        await self.watcher.edges(1)
        edges = [[self.watcher.timing(access).accepted for access in stream] for stream in streams]
        assert all(self.consecutive(each) for each in edges)
        assert len({each[0] for each in edges}) == 1
