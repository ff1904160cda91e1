# SPDX-License-Identifier: Apache-2.0
"""The deactivation port of a bank and its queue: specification, V2-CYC-7 and V2-CYC-8."""

from itertools import chain

import pyuvm

from tb.uvm.axi_lite import Access
from tb.uvm.deactivation import ALWAYS, NEVER
from tb.uvm.directed_test import (
    ACT,
    EOI_MODE,
    GROUPS,
    INV,
    SPURIOUS,
    TWO_CPUS,
    Cpu,
    DirectedTest,
    lr,
    read,
    write,
)

DEPTH = 4


class DeactivationTest(DirectedTest):
    """Has four active hardware interrupts: virtual IDs 40..43, physical IDs 500..503."""

    async def activate(self, cpu: Cpu, ctlr: int = GROUPS) -> None:
        await cpu.open(*(lr(40 + n, ACT, 0x80, hw=1, phys=500 + n) for n in range(DEPTH)), ctlr=ctlr)

    async def fill_queue(self, cpu: Cpu) -> None:
        """Nobody takes the requests of four completions."""
        await self.take_deactivations(cpu.number, NEVER)
        await self.activate(cpu)
        completions = [write("GICV_EOIR", 40 + n) for n in range(DEPTH)]
        await cpu.all(*completions)
        await self.watcher.edges(1)
        timings = [self.watcher.timing(completion) for completion in completions]
        assert all(timing.accepted == timing.taken for timing in timings), "three entries hold nothing back"


@pyuvm.test()
class RequestShowsOneEdgeAfterTheCompletion(DeactivationTest):
    """V2-CYC-7: deact_cpu is the bank's number."""

    async def scenario(self, cpu: Cpu) -> None:
        for each in self.cpus:
            for register, ctlr in (("GICV_EOIR", GROUPS), ("GICV_DIR", GROUPS | EOI_MODE)):
                await self.activate(each, ctlr)
                (timing,) = await self.at_once((each.number, write(register, 42)))
                shown = timing.accepted + 1
                assert self.watcher.deactivations[-1] == (each.number, 502, each.number, shown, shown)
        assert len(self.deactivated) == 2 * len(self.cpus)


@pyuvm.test()
class RequestHoldsUntilReady(DeactivationTest):
    """V2-CYC-7"""

    async def scenario(self, cpu: Cpu) -> None:
        for held in (1, 2, 7):
            await self.take_deactivations(0, iter([held]))
            await self.activate(cpu)
            (timing,) = await self.at_once((0, write("GICV_EOIR", 41)))
            await self.watcher.edges(held + 2)
            shown = timing.accepted + 1
            assert self.watcher.deactivations[-1] == (0, 501, 0, shown, shown + held)
            valid = [
                self.watcher.pin(cycle, 0, "deact_valid") for cycle in range(shown - 1, shown + held + 2)
            ]
            assert valid == [0, *[1] * (held + 1), 0]


@pyuvm.test()
class RequestsLeaveInOrderOfAcceptance(DeactivationTest):
    """V2-CYC-7"""

    async def scenario(self, cpu: Cpu) -> None:
        orders = ((40, 41, 42, 43), (43, 42, 41, 40), (41, 43, 40, 42))
        for order in orders:
            await self.take_deactivations(0, NEVER)
            await self.activate(cpu)
            await cpu.all(*(write("GICV_EOIR", intid) for intid in order))
            await self.take_deactivations(0, ALWAYS)
            await self.watcher.edges(DEPTH + 1)
            last = self.watcher.deactivations[-DEPTH:]
            assert [request.intid for request in last] == [460 + intid for intid in order]
            assert [request.taken - last[0].taken for request in last] == [0, 1, 2, 3]
        assert len(self.deactivated) == DEPTH * len(orders)


@pyuvm.test()
class RequestPassesAtEveryEdge(DeactivationTest):
    """V2-CYC-7, V2-CYC-16: one comes as another leaves."""

    async def scenario(self, cpu: Cpu) -> None:
        for waiting in range(DEPTH):  # requests in the queue when the stream begins
            await self.take_deactivations(0, NEVER)
            await self.activate(cpu)
            await cpu.all(*(write("GICV_EOIR", 40 + n) for n in range(waiting)))
            await self.take_deactivations(0, ALWAYS)
            completions = [write("GICV_EOIR", 40 + n) for n in range(waiting, DEPTH)]
            await cpu.all(*completions)
            await self.watcher.edges(DEPTH + 1)
            last = self.watcher.deactivations[-DEPTH:]
            assert [request.intid for request in last] == [500, 501, 502, 503]
            assert last[-1].taken - last[0].taken == DEPTH - 1
            accepted = [self.watcher.timing(completion).accepted for completion in completions]
            assert accepted == list(range(accepted[0], accepted[0] + DEPTH - waiting))


@pyuvm.test()
class EachBankHasItsOwnPort(DeactivationTest):
    """V2-CYC-7, V2-BANK-1"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        for stuck, free in ((self.cpus[0], self.cpus[-1]), (self.cpus[-1], self.cpus[0])):
            await self.fill_queue(stuck)
            await self.activate(free)
            timings = await self.at_once(*((free.number, write("GICV_EOIR", 40 + n)) for n in range(DEPTH)))
            assert all(timing.accepted == timing.taken for timing in timings)
            assert self.deactivated[-DEPTH:] == [(free.number, 500 + n) for n in range(DEPTH)]
            await self.take_deactivations(stuck.number, ALWAYS)
            await self.watcher.edges(DEPTH + 1)
            assert self.deactivated[-DEPTH:] == [(stuck.number, 500 + n) for n in range(DEPTH)]


# Every write that counts as a completion, whether it would do something or not.
COMPLETIONS = (
    ("GICV_EOIR", 99, 0xF),
    ("GICV_AEOIR", 99, 0xF),
    ("GICV_DIR", 99, 0xF),
    ("GICV_EOIR", SPURIOUS, 0xF),
    ("GICV_EOIR", 99, 0x1),
    ("GICV_DIR", 99, 0x0),
    (0x6011, 99, 0xF),
    (0x6026, 99, 0xE),
    (0x7003, 99, 0xF),
)


@pyuvm.test()
class FullQueueHoldsBackEveryCompletion(DeactivationTest):
    """V2-CYC-8: an entry handed over at an edge still counts there."""

    async def scenario(self, cpu: Cpu) -> None:
        for register, value, strobes in COMPLETIONS:
            row = f"{register}={value}, strobes {strobes:#x}"
            await self.reset()
            await self.fill_queue(cpu)
            before = await cpu.registers()
            stalled = write(register, value, strb=strobes)
            await cpu.issue([stalled])
            await self.watcher.edges(12)
            timing = self.watcher.timing(stalled)
            assert timing.taken > 0, row
            assert timing.valid < 0, row
            assert await cpu.registers() == before, row
            await self.take_deactivations(0, chain([0], NEVER))
            await stalled.responded.wait()
            await self.watcher.edges(1)
            handed_over = self.watcher.deactivations[-1].taken
            assert (timing.accepted, timing.answered) == (handed_over + 1, handed_over + 2), row


@pyuvm.test()
class FullQueueHoldsBackNothingElse(DeactivationTest):
    """V2-CYC-8"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        await self.fill_queue(cpu)
        # Reads of what holds back writes, every other write of the same port, everything from another port.
        same_port: list[Access] = [
            *map(read, ("GICV_EOIR", "GICV_AEOIR", "GICV_DIR", "GICV_IAR", "GICH_HCR")),
            *(
                write(name)
                for name in ("GICV_IAR", "GICV_PMR", "GICV_RPR", "GICH_LR0", "GICH_HCR", 0x6011 - 4)
            ),
            write(0x4010, 99),  # the offset of EOIR, in the other block
        ]
        for access in same_port:
            (timing,) = await self.at_once((0, access))
            assert timing.accepted == timing.taken, f"{access.addr:#06x}"
        for access in (write("GICH_LR0", lr(44, ACT), 0), read("GICH_LR0", 0), write("GICV_EOIR", 44)):
            (timing,) = await self.at_once((1, access))
            assert timing.accepted == timing.taken, f"{access.addr:#06x}"
        assert self.deactivated == []


@pyuvm.test()
class FullQueueHoldsBackNoNeighbourOfACompletion(DeactivationTest):
    """V2-CYC-8: no write, from any port, to an address that one bit tells from a completion's."""

    async def scenario(self, cpu: Cpu) -> None:
        neighbours = [addr ^ 1 << bit for addr in (0x6010, 0x6024, 0x7000) for bit in range(2, 16)]
        for each in self.cpus:
            await self.fill_queue(each)
            for addr in neighbours:
                (timing,) = await self.at_once((each.number, write(addr)))
                assert timing.accepted == timing.taken, f"{addr:#06x}"


@pyuvm.test()
class StalledCompletionHoldsBackItsPortsWritesAndNoRead(DeactivationTest):
    """V2-CYC-8"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        await self.fill_queue(cpu)
        stalled = [write("GICV_EOIR", 99), write("GICH_LR0", lr(50, ACT)), write("GICV_EOIR", 98)]
        await cpu.issue(stalled)
        await self.watcher.edges(3)
        for port, access in (
            (0, read("GICH_LR0")),
            (1, read("GICH_LR0", 0)),
            (1, write("GICH_LR1", lr(51, ACT), 0)),
        ):
            (timing,) = await self.at_once((port, access))
            assert timing.accepted == timing.taken
            assert access.value == (0 if access.write else lr(40, INV, 0x80, hw=1, phys=500))
        timings = list(map(self.watcher.timing, stalled))
        assert [timing.valid for timing in timings] == [-1, -1, -1]
        await self.take_deactivations(0, ALWAYS)
        for access in stalled:
            await access.responded.wait()
        await self.watcher.edges(1)
        first = self.watcher.deactivations[0].taken + 1
        assert [timing.accepted for timing in timings] == [first, first + 1, first + 2]
        assert await cpu.all(read("GICH_LR0"), read("GICH_LR1")) == [lr(50, ACT), lr(51, ACT)]


@pyuvm.test()
class StalledCompletionIsPassedOverInTheRing(DeactivationTest):
    """V2-CYC-8, V2-CYC-5: it is first again as soon as it may go."""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        await self.fill_queue(cpu)
        stalled = write("GICV_EOIR", 99)
        await cpu.issue([stalled])
        reads = [read("GICH_LR0") for _ in range(8)], [read("GICH_LR0", 0) for _ in range(8)]
        for port in (0, 1):
            await self.cpus[port].issue(reads[port])
        await self.watcher.edges(6)
        await self.take_deactivations(0, chain([0], NEVER))
        await stalled.responded.wait()
        for port in (0, 1):
            await reads[port][-1].responded.wait()
        await self.watcher.edges(1)
        accepted = sorted(self.watcher.timing(access).accepted for access in (*reads[0], *reads[1], stalled))
        assert accepted == list(range(accepted[0], accepted[0] + 17))  # one at every edge
        handed_over = self.watcher.deactivations[0].taken
        assert 1 <= self.watcher.timing(stalled).accepted - handed_over <= 2
