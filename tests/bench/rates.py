# SPDX-License-Identifier: Apache-2.0
"""How fast each way to drive the device is, for `make bench`. One CPU.

A random lockstep run comes first. The accesses that it made, but for those answered SLVERR, are then made by
a bus master that checks nothing and by our own agent under all checks. Rounds alternate between the ways.

Options `ways`: those of WAYS that are wanted, the first two among them; `rounds`; `accesses`, `traces` and
`records` as of the tests that take them.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles
from cocotb.utils import get_sim_time
from cocotb_bus.drivers.amba import AXI4LiteMaster
from pyuvm import uvm_object, uvm_root, uvm_subscriber

from tb.model.hardware.device import Accept
from tb.model.hardware.gic import Gic
from tb.uvm import config
from tb.uvm.axi_lite import Access
from tb.uvm.base_test import LockstepTest
from tb.uvm.predictor import Accepted
from tb.uvm.reset import CLOCK_PERIOD_NS, RESET_EDGES
from tb.uvm.sequences import KeepPort, PortSequence
from tests.sim.random_lockstep import RandomLockstep
from tests.sim.replay import SUMMARY, Replay

RATES = "rates.json"  # in the directory of the run: {way: [{"accesses": n, "cycles": n, "seconds": s}, ...]}
BATCH = 256  # accesses that our agent gets at once

recorded: list[Accept] = []
expected: list[int] = []  # what the reads among them return when all are made in this order
runs: dict[str, list[dict[str, float]]] = defaultdict(list)
objects_made = 0


@contextmanager
def timed(way: str) -> Iterator[dict[str, float]]:
    """Keeps seconds of processor time, clock cycles, pyuvm objects made; the body adds "accesses"."""
    run: dict[str, float] = {}
    made, cycles, seconds = objects_made, get_sim_time("ns"), process_time()
    yield run
    run["seconds"] = process_time() - seconds
    run["cycles"] = (get_sim_time("ns") - cycles) / CLOCK_PERIOD_NS
    run["objects"] = objects_made - made
    runs[way].append(run)


def count_object(made: uvm_object, name: str = "") -> None:
    """In place of its __init__."""
    global objects_made
    objects_made += 1
    initialise(made, name)


initialise, uvm_object.__init__ = uvm_object.__init__, count_object


class RecordedAccesses(uvm_subscriber):
    """Keeps what the reference accepted."""

    def write(self, accepted: Accepted) -> None:
        if not accepted.access.error:
            recorded.append(accepted.access)


def again() -> list[Access]:
    """The recorded accesses, to be made once more."""
    return [Access(access.write, access.addr, access.data) for access in recorded]


class Lockstep(RandomLockstep):
    """Makes the list, too."""

    def build_phase(self) -> None:
        super().build_phase()
        recorded.clear()
        self.recording = RecordedAccesses("recording", self)

    def connect_phase(self) -> None:
        self.env.predictor.accepted.connect(self.recording.analysis_export)

    async def stimulate(self) -> None:
        with timed("lockstep") as run:
            await super().stimulate()
            run["accesses"] = self.env.traffic.counts["accesses"]


class CheckedMaster(LockstepTest):
    """AXI4LiteMaster of cocotb-bus, under all checks."""

    async def stimulate(self) -> None:
        master = AXI4LiteMaster(cocotb.top, "s0_axi", cocotb.top.aclk)
        assert await drive(master, "checked master") == expected


class ReplayOfATrace(Replay):
    """Option `records`: how many."""

    async def stimulate(self) -> None:
        with timed("replay") as run:
            await super().stimulate()
            run["accesses"] = self.env.traffic.counts["accesses"]
        assert json.loads(Path(SUMMARY).read_text())["mismatches"] == 0


class Sequenced(LockstepTest):
    """Our agent, each access an item of the sequencer, made when the one before is answered."""

    async def stimulate(self) -> None:
        port = PortSequence("port")
        await self.on_port(0, port)
        accesses = again()
        with timed("sequenced") as run:
            for access in accesses:
                await port.access(access)
            run["accesses"] = len(accesses)
        assert [access.value for access in accesses if not access.write] == expected


class OneByOne(LockstepTest):
    """Our agent, whose port one sequence keeps: each access when the one before is answered."""

    async def stimulate(self) -> None:
        port = KeepPort()
        keeping = cocotb.start_soon(self.on_port(0, port))
        await port.item.opened.wait()
        accesses = again()
        with timed("one by one") as run:
            for access in accesses:
                port.item.issue(access)
                await access.responded.wait()
            run["accesses"] = len(accesses)
        port.item.closed.set()
        await keeping
        assert [access.value for access in accesses if not access.write] == expected


class BackToBack(LockstepTest):
    """Our agent, as fast as the bus takes them; a read may then overtake a write."""

    async def stimulate(self) -> None:
        port = PortSequence("port")
        await self.on_port(0, port)
        accesses = again()
        with timed("back to back") as run:
            for start in range(0, len(accesses), BATCH):
                await port.issue(accesses[start : start + BATCH])
            for access in accesses[-BATCH:]:
                await access.responded.wait()
            run["accesses"] = len(accesses)


async def bare(dut: Any) -> None:
    """AXI4LiteMaster of cocotb-bus; nothing else runs."""
    Clock(dut.aclk, CLOCK_PERIOD_NS, unit="ns", impl="gpi").start()
    dut.deact_ready.value = 1
    dut.aresetn.value = 0
    await ClockCycles(dut.aclk, RESET_EDGES)
    dut.aresetn.value = 1
    assert await drive(AXI4LiteMaster(dut, "s0_axi", dut.aclk), "bare") == expected


async def drive(master: AXI4LiteMaster, way: str) -> list[int]:
    """Have it make the recorded accesses: what was read."""
    values = []
    with timed(way) as run:
        for access in recorded:
            if access.write:
                await master.write(access.addr, access.data)
            else:
                values.append(int(await master.read(access.addr)))
        run["accesses"] = len(recorded)
    return values


async def model(dut: Any) -> None:
    """The untimed reference alone: no simulator, no bus."""
    gic = Gic(config.parameters())
    with timed("model") as run:
        responses = [gic.access(0, access.write, access.addr, access.data) for access in recorded]
        run["accesses"] = len(recorded)
    expected[:] = [
        response.value for response, access in zip(responses, recorded, strict=True) if not access.write
    ]
    assert expected


WAYS = {
    "lockstep": Lockstep,
    "model": model,
    "bare": bare,
    "checked master": CheckedMaster,
    "sequenced": Sequenced,
    "one by one": OneByOne,
    "back to back": BackToBack,
    "replay": ReplayOfATrace,
}
WANTED = config.option("ways", ",".join(WAYS)).split(",")
ROUNDS = int(config.option("rounds", "3"))


@cocotb.test()
@cocotb.parametrize(turn=range(ROUNDS * len(WANTED)))
async def rate(dut, turn):
    way = WAYS[WANTED[turn % len(WANTED)]]
    await (uvm_root().run_test(way) if isinstance(way, type) else way(dut))
    Path(RATES).write_text(json.dumps(runs))
