# SPDX-License-Identifier: Apache-2.0
"""Turns of the ports at a bank: specification, V2-CYC-5.

Requester 2n is the write of port n, 2n+1 its read: the order of the ring.
"""

from itertools import combinations

import pyuvm

from tb.uvm.axi_lite import Access, Hold
from tb.uvm.directed_test import ACT, ANY_DEVICE, TWO_CPUS, Cpu, DirectedTest, Timing, lr, read, write


class ArbitrationTest(DirectedTest):
    """Has accesses of any requester to any bank."""

    @property
    def requesters(self) -> range:
        return range(2 * len(self.cpus))

    def make(self, requester: int, bank: int) -> Access:
        return read("GICH_LR0", bank) if requester & 1 else write("GICH_LR0", requester, bank)

    async def meet(self, requesters: list[int], bank: int) -> list[Timing]:
        """These requesters put one access each on their pins at the same edge."""
        timings = await self.at_once(
            *((requester // 2, self.make(requester, bank)) for requester in requesters)
        )
        assert len({timing.taken for timing in timings}) == 1
        return timings

    async def busy(self, requester: int, bank: int, count: int) -> list[Access]:
        """Have a requester ask again as soon as it is served."""
        accesses = [self.make(requester, bank) for _ in range(count)]
        await self.cpus[requester // 2].issue(accesses)
        return accesses

    async def accepted(self, accesses: list[Access]) -> list[int]:
        """The edges at which they were accepted, once all are answered."""
        for access in accesses:
            await access.responded.wait()
        await self.watcher.edges(1)
        return [self.watcher.timing(access).accepted for access in accesses]


@pyuvm.test()
class AnyTwoThatMeetGoByTheRing(ArbitrationTest):
    """V2-CYC-5: each pair of ports and directions, behind each last one."""

    needs = ANY_DEVICE

    async def scenario(self, cpu: Cpu) -> None:
        ring = self.requesters
        for last in ring:
            for pair in combinations(ring, 2):
                bank = (last + pair[0]) % len(self.cpus)
                await self.meet([last], bank)
                first, second = sorted(pair, key=lambda requester: (requester - last - 1) % len(ring))
                first_timing, second_timing = await self.meet([first, second], bank)
                row = f"requesters {pair} at bank {bank} behind {last}"
                assert first_timing.accepted == first_timing.taken, row
                assert second_timing.accepted == second_timing.taken + 1, row


@pyuvm.test()
class AllThatMeetGoByTheRing(ArbitrationTest):
    """V2-CYC-5"""

    needs = ANY_DEVICE

    async def scenario(self, cpu: Cpu) -> None:
        ring = self.requesters
        for bank in range(len(self.cpus)):
            for last in ring:
                await self.meet([last], bank)
                for requester, timing in zip(ring, await self.meet(list(ring), bank), strict=True):
                    assert timing.accepted - timing.taken == (requester - last - 1) % len(ring)


@pyuvm.test()
class NobodyWaitsForMoreThanAllOthers(ArbitrationTest):
    """V2-CYC-5: whoever asks again and again is served at every 2*NUM_CPU-th edge."""

    needs = ANY_DEVICE

    async def scenario(self, cpu: Cpu) -> None:
        rounds = 6
        for bank in range(len(self.cpus)):
            await self.reset()
            streams = [await self.busy(requester, bank, rounds) for requester in self.requesters]
            edges = [await self.accepted(stream) for stream in streams]
            start = edges[0][0]
            for requester in self.requesters:
                assert edges[requester] == [
                    start + requester + len(self.requesters) * turn for turn in range(rounds)
                ]


@pyuvm.test()
class LatecomerWaitsForItsPlaceInTheRing(ArbitrationTest):
    """V2-CYC-5"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        others_count = len(self.requesters) - 1
        for latecomer in self.requesters:
            waits = []
            for delay in range(others_count):
                others = [
                    await self.busy(requester, 0, 5)
                    for requester in self.requesters
                    if requester != latecomer
                ]
                await self.watcher.edges(others_count + delay)
                (timing,) = await self.meet([latecomer], 0)
                for stream in others:
                    await self.accepted(stream)
                waits.append(timing.accepted - timing.taken)
                assert waits[-1] < others_count + 1
            assert max(waits) == others_count - 1  # it has been served before, so never all of them


@pyuvm.test()
class TwoBanksAcceptFromOnePortAtOneEdge(ArbitrationTest):
    """V2-CYC-5, V2-MAP-5"""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        for port in range(len(self.cpus)):
            for write_bank in range(len(self.cpus)):
                for read_bank in range(len(self.cpus)):
                    writing, reading = await self.at_once(
                        (port, self.make(0, write_bank)), (port, self.make(1, read_bank))
                    )
                    waited = writing.accepted - writing.taken + reading.accepted - reading.taken
                    assert waited == (1 if write_bank == read_bank else 0)


@pyuvm.test()
class IdleEdgesAndOtherBanksLeaveTheTurn(ArbitrationTest):
    """V2-CYC-5: the ring goes on behind the last accepted, at this bank."""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        for last in self.requesters:
            await self.meet([last], 1)
            for requester in self.requesters:
                await self.meet([requester], 0)
            await self.watcher.edges(10)
            following = (last + 1) % len(self.requesters)
            loser, winner = await self.meet([last, following], 1)
            assert (winner.accepted, loser.accepted) == (winner.taken, loser.taken + 1)


@pyuvm.test()
class FullResponseChannelGivesTheTurnAway(ArbitrationTest):
    """V2-CYC-5: condition (b); a channel that is emptied at an edge counts as empty there."""

    needs = TWO_CPUS

    async def scenario(self, cpu: Cpu) -> None:
        for blocked, hold in ((0, Hold(b=9)), (1, Hold(r=9))):
            await self.reset()
            filler, stuck = self.make(blocked, 0), self.make(blocked, 0)
            filler.hold = hold
            await self.cpus[0].issue([filler, stuck])
            rivals = await self.busy(3, 0, 5)
            filler_edge, stuck_edge = await self.accepted([filler, stuck])
            rival_edges = await self.accepted(rivals)
            assert filler_edge == self.watcher.timing(filler).taken
            assert rival_edges == list(range(filler_edge + 1, filler_edge + 6))
            assert stuck_edge == self.watcher.timing(filler).answered == filler_edge + 10


@pyuvm.test()
class AddressWithoutDatumGivesTheTurnAway(ArbitrationTest):
    """V2-CYC-5: condition (a), for either half of a write."""

    needs = ANY_DEVICE

    async def scenario(self, cpu: Cpu) -> None:
        for hold in (Hold(w=8), Hold(aw=8)):
            await self.reset()
            late = write("GICH_LR0", lr(77, ACT), hold=hold)
            await cpu.issue([late])
            reads = await self.busy(1, 0, 12)
            (late_edge,) = await self.accepted([late])
            read_edges = await self.accepted(reads)
            timing = self.watcher.timing(late)
            start = read_edges[0]
            assert (timing.taken, late_edge) == (start + 8, start + 8)  # it follows a read in the ring
            assert read_edges == [edge for edge in range(start, start + 13) if edge != late_edge]
            seen = [lr(77, ACT) if edge > late_edge else 0 for edge in read_edges]
            assert [access.value for access in reads] == seen


@pyuvm.test()
class Port0WriteIsFirstAfterReset(ArbitrationTest):
    """V2-CYC-5, V2-RST-3"""

    needs = ANY_DEVICE

    async def scenario(self, cpu: Cpu) -> None:
        for last in self.requesters:
            for bank in range(len(self.cpus)):
                await self.meet([last], bank)
            await self.reset()
            for bank in range(len(self.cpus)):
                for requester, timing in zip(
                    self.requesters, await self.meet(list(self.requesters), bank), strict=True
                ):
                    assert timing.accepted - timing.taken == requester
