# SPDX-License-Identifier: Apache-2.0
"""Reset, also in the midst of traffic: specification, section 7."""

import pyuvm

from tb.uvm.axi_lite import Access, Hold
from tb.uvm.deactivation import ALWAYS, NEVER
from tb.uvm.directed_test import (
    ACK_CTL,
    ACT,
    EN,
    FIQ_EN,
    GROUPS,
    PEND,
    UIE,
    Cpu,
    DirectedTest,
    lr,
    read,
    write,
)

GUEST = {
    "GICV_CTLR": 0,
    "GICV_PMR": 0,
    "GICV_BPR": 2,
    "GICV_IAR": 0x3FF,
    "GICV_RPR": 0xFF,
    "GICV_HPPIR": 0x3FF,
    "GICV_ABPR": 3,
    "GICV_AIAR": 0x3FF,
    "GICV_AHPPIR": 0x3FF,
    "GICV_APR0": 0,
}
FOR_EVER = 1000


class ResetTest(DirectedTest):
    """Resets with one low edge, and knows what reset leaves."""

    async def reset_at(self, after: int = 0) -> int:
        """Have aresetn low at one edge, `after` edges behind the next one; returns that edge."""
        await self.reset(edges=1, after=after)
        await self.watcher.edges(4)
        low = [sample.cycle for sample in self.watcher.samples if not sample.aresetn]
        assert low[-1] - low[-2] > 1, "one edge"
        return low[-1]

    def registers_after_reset(self) -> dict[str, int]:
        num_lr = self.parameters.num_lr
        names = ("HCR", "MISR", "APR", "EISR0", "EISR1", *(f"LR{n}" for n in range(num_lr)))
        ones = (1 << num_lr) - 1
        return {f"GICH_{name}": 0 for name in names} | {
            "GICH_VMCR": 0x004C_0000,
            "GICH_ELRSR0": ones & 0xFFFF_FFFF,
            "GICH_ELRSR1": ones >> 32,
        }

    def assert_outputs_low(self, since: int) -> None:
        """From an edge to the last one."""
        for edge in range(since, len(self.watcher.samples)):
            for port in range(len(self.cpus)):
                pins = ("virq", "vfiq", "maint_irq", "deact_valid", "bvalid", "rvalid")
                assert {name: self.watcher.pin(edge, port, name) for name in pins} == dict.fromkeys(pins, 0)

    async def assert_fresh(self, reset_edge: int) -> None:
        """All is as after power-up; nothing that was under way is answered, and the next accesses are."""
        await self.watcher.edges(8)
        self.assert_outputs_low(reset_edge + 1)
        for cpu in self.cpus:
            assert await cpu.registers() == self.registers_after_reset()
        for cpu in self.cpus:
            timings = await self.at_once(
                (cpu.number, write("GICH_LR1", lr(90, ACT))), (cpu.number, read("GICH_VMCR", hold=Hold(ar=1)))
            )
            assert all(timing.accepted == timing.taken for timing in timings)
            changed = self.registers_after_reset() | {"GICH_LR1": lr(90, ACT)}
            changed["GICH_ELRSR0"] &= ~2
            assert await cpu.registers() == changed
            await cpu.write("GICH_LR1", 0)


@pyuvm.test()
class ResetLoadsEveryRegisterOfEveryBank(ResetTest):
    """V2-RST-1"""

    async def scenario(self, cpu: Cpu) -> None:
        num_lr = self.parameters.num_lr
        for each in self.cpus:
            await each.load(*(lr(32 + n, n % 4, 0x80, eoi=1, grp1=n & 1) for n in range(num_lr)))
            await each.all(
                write("GICH_HCR", 0xF800_00FF),
                write("GICH_VMCR", 0xF8FC_021F),
                write("GICH_APR", 0xFF00_0000),
            )
        assert (await cpu.lines()) >= {"maint_irq"}
        edge = await self.reset_at()
        self.assert_outputs_low(edge + 1)
        for each in self.cpus:
            assert await each.registers() == self.registers_after_reset()
            expected = self.registers_after_reset() | {"GICH_VTR": 0x9000_0000 | num_lr - 1} | GUEST
            assert await each.all(*map(read, expected)) == list(expected.values())
            assert await each.read("GICV_IIDR") == self.parameters.iidr


@pyuvm.test()
class MaintenanceStaysLowAfterReset(ResetTest):
    """V2-RST-2"""

    async def scenario(self, cpu: Cpu) -> None:
        await cpu.write("GICH_HCR", EN | UIE)
        assert await cpu.lines() == {"maint_irq"}
        edge = await self.reset_at()
        await self.watcher.edges(20)
        self.assert_outputs_low(edge + 1)
        assert await cpu.all(read("GICH_MISR"), read("GICH_HCR")) == [0, 0]
        await cpu.write("GICH_HCR", EN)
        assert await cpu.lines() == set()


@pyuvm.test()
class ResetLowersEveryLineAtOnce(ResetTest):
    """V2-RST-1: whatever IRQ_REG is."""

    async def scenario(self, cpu: Cpu) -> None:
        for fiq_en, line in ((0, "virq"), (FIQ_EN, "vfiq")):
            for each in self.cpus:
                await each.open(lr(40, PEND, 0x80), hcr=EN | UIE, ctlr=GROUPS | fiq_en)
                assert await each.lines() == {line, "maint_irq"}
            edge = await self.reset_at()
            for each in self.cpus:
                assert self.watcher.waveform(each.number, edge) == [
                    (edge, {line, "maint_irq"}),
                    (edge + 1, set()),
                ]
            await self.assert_fresh(edge)


@pyuvm.test()
class ResetDropsWhatIsOnItsWayToTheLines(ResetTest):
    """V2-RST-3: an output stage of IRQ_REG=1 holds nothing over."""

    async def scenario(self, cpu: Cpu) -> None:
        for after in (1, 2, 3):
            await cpu.open()
            await cpu.lines()
            pending = write("GICH_LR0", lr(40, PEND, 0x80))
            await cpu.issue([pending])
            edge = await self.reset_at(after)
            accepted = self.watcher.timing(pending).taken
            assert edge == accepted + after
            shown = accepted + 1 + self.parameters.irq_reg
            waveform = [(accepted, set()), (shown, {"virq"}), (edge + 1, set())]
            assert self.watcher.waveform(0, accepted) == (waveform if shown <= edge else waveform[:1])
            await self.assert_fresh(edge)


@pyuvm.test()
class NothingIsTakenAtAResetEdge(ResetTest):
    """V2-RST-3"""

    async def scenario(self, cpu: Cpu) -> None:
        await self.watcher.edges(4)
        for each in self.cpus:
            accesses = [write("GICH_LR0", lr(40, PEND, 0x80)), read("GICV_IAR")]
            await each.issue(accesses)
        edge = await self.reset_at()
        for port in range(len(self.cpus)):
            for name in ("awvalid", "wvalid", "arvalid"):
                assert self.watcher.pin(edge, port, name) == 1
            for name in ("awready", "wready", "arready"):
                assert self.watcher.pin(edge + 1, port, name) == 1
        await self.assert_fresh(edge)


class UnderWayTest(ResetTest):
    """Resets while something is under way."""

    async def interrupted(self, cpu: Cpu, *accesses: Access) -> None:
        """Reset eight edges after these accesses were made; none of them may be answered."""
        await cpu.issue(accesses)
        edge = await self.reset_at(after=8)
        assert all(access.aborted for access in accesses)
        await self.assert_fresh(edge)


@pyuvm.test()
class ResetDropsATakenReadAddress(UnderWayTest):
    """V2-RST-3: behind a response that the master does not take; the acknowledge never happens."""

    async def scenario(self, cpu: Cpu) -> None:
        for each in self.cpus:
            await each.open(lr(40, PEND, 0x80))
            await self.interrupted(each, read("GICV_PMR", hold=Hold(r=FOR_EVER)), read("GICV_IAR"))


@pyuvm.test()
class ResetDropsATakenWriteAddress(UnderWayTest):
    """V2-RST-3: the datum that comes later belongs to another write."""

    async def scenario(self, cpu: Cpu) -> None:
        for each in self.cpus:
            await self.interrupted(each, write("GICH_LR0", lr(40, PEND), hold=Hold(w=FOR_EVER)))


@pyuvm.test()
class ResetDropsATakenWriteDatum(UnderWayTest):
    """V2-RST-3: so does the address."""

    async def scenario(self, cpu: Cpu) -> None:
        for each in self.cpus:
            await self.interrupted(each, write("GICH_LR0", lr(40, PEND), hold=Hold(aw=FOR_EVER)))


@pyuvm.test()
class ResetDropsATakenWrite(UnderWayTest):
    """V2-RST-3: address and datum, behind a response that the master does not take."""

    async def scenario(self, cpu: Cpu) -> None:
        for each in self.cpus:
            first = write("GICV_PMR", 0xF8, hold=Hold(b=FOR_EVER))
            await self.interrupted(each, first, write("GICH_LR0", lr(40, PEND)))


@pyuvm.test()
class ResetDropsResponses(UnderWayTest):
    """V2-RST-1"""

    async def scenario(self, cpu: Cpu) -> None:
        for each in self.cpus:
            await self.interrupted(each, read("GICV_PMR", hold=Hold(r=FOR_EVER)))
            await self.interrupted(each, write("GICV_PMR", 0xF8, hold=Hold(b=FOR_EVER)))


@pyuvm.test()
class ResetEmptiesTheDeactivationQueue(UnderWayTest):
    """V2-RST-1, V2-RST-3: with any number of entries, and with a completion that waits for room."""

    async def scenario(self, cpu: Cpu) -> None:
        for each in self.cpus:
            for entries in range(1, 5):
                await self.take_deactivations(each.number, NEVER)
                await each.open(*(lr(40 + n, ACT, 0x80, hw=1, phys=500 + n) for n in range(4)))
                await each.all(*(write("GICV_EOIR", 40 + n) for n in range(entries)))
                await self.watcher.edges(2)
                assert self.watcher.pin(-1, each.number, "deact_valid") == 1
                if entries == 4:
                    await self.interrupted(each, write("GICV_EOIR", 40), write("GICH_LR0", lr(50, ACT)))
                else:
                    await self.assert_fresh(await self.reset_at())
                await self.take_deactivations(each.number, ALWAYS)
                await self.watcher.edges(6)
                # Room for four again, and in order.
                await each.open(*(lr(60 + n, ACT, 0x80, hw=1, phys=600 + n) for n in range(4)))
                await each.all(*(write("GICV_EOIR", 60 + n) for n in range(4)))
                await self.watcher.edges(6)
                assert self.deactivated == [(each.number, 600 + n) for n in range(4)]
                self.watcher.deactivations.clear()
                await self.reset_at()


@pyuvm.test()
class ResetEndsABusyMoment(UnderWayTest):
    """V2-RST-3: at every edge of a burst on all ports."""

    async def scenario(self, cpu: Cpu) -> None:
        for after in range(12):
            for each in self.cpus:
                await each.open(lr(40, PEND, 0x80), hcr=EN | UIE, ctlr=GROUPS | ACK_CTL)
            for each in self.cpus:
                burst = [
                    *(read("GICV_IAR"), write("GICV_EOIR", 40), read("GICH_LR0", 0, hold=Hold(r=3))),
                    *(
                        write("GICH_LR0", lr(41, PEND, 0x40), 0, hold=Hold(w=2, b=1)),
                        read("GICV_IAR", hold=Hold(ar=1)),
                    ),
                    *(write("GICH_HCR", EN), write("GICH_LR2", lr(42, PEND), 0), read("GICH_APR", 0)),
                ]
                await each.issue(burst)
            await self.assert_fresh(await self.reset_at(after))
