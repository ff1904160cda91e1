# SPDX-License-Identifier: Apache-2.0
"""Co-simulations on the device, in lockstep with the reference: each is a test of its own.

Option `cases`: for each its dialect, scenario and setup, in JSON; by default one small one.
Option `records`: for each the trace that its accesses go to, in JSON; by default none.
"""

import json
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

import cocotb
from pyuvm import uvm_root

from tb.commands.cosim import OUTCOMES
from tb.model.cosim import Cosimulation
from tb.model.machine.machine import Setup
from tb.model.trace import Writer
from tb.uvm import config
from tb.uvm.base_test import LockstepTest
from tb.uvm.cosim import Cosimulate, Effects, RtlHardware
from tb.uvm.recorder import CheckError
from tb.uvm.sample import Layout

CASES = json.loads(config.option("cases", "[]")) or [None]
RECORDS = json.loads(config.option("records", "[]")) or [None] * len(CASES)


class CosimTest(LockstepTest):
    """The case of a number."""

    number = 0
    required = ("read data", "write responses", "lines high")

    def build_phase(self) -> None:
        super().build_phase()
        self.effects = Effects("effects", self, Layout(self.parameters))

    def connect_phase(self) -> None:
        self.env.monitor.ap.connect(self.effects.analysis_export)

    def hardware(self) -> RtlHardware:
        """What the machine runs on."""
        return RtlHardware(self.effects, self.parameters.num_cpu)

    async def stimulate(self) -> None:
        hardware = self.hardware()
        self.cosim = cosim = Cosimulation(*self._case(), hardware)
        self.started = perf_counter()
        with ExitStack() as stack:
            if record := RECORDS[self.number]:
                cosim.record(stack.enter_context(Writer(record)), self.parameters)
            await Cosimulate(cosim, hardware, [port.sequencer for port in self.env.ports]).start()
            await self.reset(edges=0, after=2)  # of an error of the device the scoreboard has more to say

    def _case(self) -> tuple[str, str, Setup]:
        if case := CASES[self.number]:
            dialect, scenario, setup = case
            return dialect, scenario, Setup(**setup)
        device = self.parameters
        return "kvm17", "mixed", Setup(3, device.num_cpu, device.num_lr, config.seed(), entries=200)

    def check_phase(self) -> None:
        super().check_phase()
        if self.cosim.failure:
            raise CheckError(self.cosim.failure)

    def leave_outcome(self, failure: str) -> None:
        """For the command, what it came to; `failure`: what ended the test, but for the checks."""
        cosim, env = self.cosim, self.env
        cosim.mismatches += bool(env.recorder.failure)
        cosim.failure = env.recorder.failure or cosim.failure or failure
        outcome = vars(cosim.outcome)
        outcome["counts"] |= {"accesses": env.traffic.counts["accesses"], "cycles": env.checks["edges"]}
        outcome["seconds"] = perf_counter() - self.started
        with Path(OUTCOMES).open("a", encoding="utf-8") as file:
            file.write(json.dumps(outcome) + "\n")


async def simulate(kind: type[CosimTest]) -> None:
    """Run a test and leave its outcome, also where a check has ended it."""
    failure = ""
    try:
        await uvm_root().run_test(kind)
    except Exception as error:
        failure = str(error)
        raise
    finally:
        uvm_root().uvm_test_top.leave_outcome(failure)


@cocotb.test()
@cocotb.parametrize(number=range(len(CASES)))
async def cosim(dut, number):
    await simulate(type(f"Case{number}", (CosimTest,), {"number": number}))
