# SPDX-License-Identifier: Apache-2.0
"""Co-simulations on the device, in lockstep with the reference: each is a test of its own.

Option `cases`: for each its dialect, scenario and setup, in JSON; by default one small one.
Option `records`: for each the trace that its accesses go to, in JSON; by default none.
With COVERAGE=1 their outcomes have the cover points' bins that they hit.
"""

import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import cocotb
from pyuvm import uvm_root

from tb import settings, watch
from tb.commands.cosim import OUTCOMES
from tb.model.cosim import Cosimulation, Outcome
from tb.model.defects import FAITHFUL
from tb.model.machine.events import Accessed
from tb.model.machine.hypervisors import Kind
from tb.model.machine.machine import Setup
from tb.model.trace import Writer
from tb.uvm import config
from tb.uvm.base_test import LockstepTest
from tb.uvm.cosim import Cosimulate, Effects, RtlHardware
from tb.uvm.monitor import note_moment
from tb.uvm.recorder import CheckError
from tb.uvm.sample import Layout

CASES = json.loads(config.option("cases", "[]")) or [None]
RECORDS = json.loads(config.option("records", "[]")) or [None] * len(CASES)


class CosimTest(LockstepTest):
    """The case of a number."""

    number = 0
    kind: Kind | None = None  # another hypervisor than the dialect's
    required = ("read data", "write responses", "lines high")

    def build_phase(self) -> None:
        self.cosim: Cosimulation | None = None
        self.collector = None
        super().build_phase()
        self.effects = Effects("effects", self, Layout(self.parameters))
        self.device = self.hardware()
        self.cosim = Cosimulation(*self._case(), self.device, self.kind)
        if settings.switch("COVERAGE") and self.cosim.dialect in FAITHFUL:
            from tb import coverage  # which takes a second

            self.collector = coverage.attach(self.cosim.publisher, self.cosim.dialect, self.cosim.vgic)
        self._seen = 0
        self.cosim.publisher.subscribe(Accessed, self._look)
        watch.leave_word(self.cosim.publisher, self._case()[2].entries)

    def connect_phase(self) -> None:
        self.env.monitor.ap.connect(self.effects.analysis_export)

    def _look(self, _):
        """Note the moment of the first failure that does not end the run at once."""
        cosim = self.cosim
        found = len(cosim.ledger.violations) + len(cosim.switches.mismatches)
        if found > self._seen:
            self._seen = found
            if cosim.unexpected or cosim.switches.mismatches:
                note_moment()

    def hardware(self) -> RtlHardware:
        """What the machine runs on."""
        return RtlHardware(self.effects, self.parameters.num_cpu)

    async def stimulate(self) -> None:
        cosim, device = self.cosim, self.device
        self.started = perf_counter()
        with ExitStack() as stack:
            if record := RECORDS[self.number]:
                cosim.record(stack.enter_context(Writer(record)), self.parameters)
            await Cosimulate(cosim, device, [port.sequencer for port in self.env.ports]).start()
            await self.reset(edges=0, after=2)  # of an error of the device the scoreboard has more to say

    def _case(self) -> tuple[str, str, Setup]:
        if case := CASES[self.number]:
            dialect, scenario, setup = case
            return dialect, scenario, Setup(**setup)
        size = self.parameters
        return "kvm17", "mixed", Setup(3, size.num_cpu, size.num_lr, config.seed(), entries=200)

    def check_phase(self) -> None:
        super().check_phase()
        if self.cosim.failure:
            raise CheckError(self.cosim.failure)

    def outcome(self, failure: str) -> Outcome:
        """What it came to; `failure`: what ended the test, but for the checks."""
        cosim, env = self.cosim, self.env
        if not cosim:
            return Outcome("cosim: no verdict", failure)
        cosim.mismatches += bool(env.recorder.failure)
        cosim.failure = env.recorder.failure or cosim.failure or failure
        outcome = cosim.outcome
        outcome.counts["accesses"] = env.traffic.counts["accesses"]
        outcome.counts["cycles"] = env.checks["edges"]
        if self.collector:
            hits = {name: sorted(labels) for name, labels in self.collector.hits.items()}
            wrong = "\n".join(sorted(self.collector.errors))
            outcome = replace(outcome, hits=hits, failure=outcome.failure or wrong)
        return replace(outcome, seconds=perf_counter() - self.started)


async def simulate(kind: type[CosimTest]) -> None:
    """Run a test and leave its outcome for the command, also where a check has ended it."""
    failure = "the test did not come to its end"
    try:
        await uvm_root().run_test(kind)
        failure = ""
    except Exception as error:
        failure = str(error)
        raise
    finally:
        outcome = uvm_root().uvm_test_top.outcome(failure)
        with Path(OUTCOMES).open("a", encoding="utf-8") as file:
            file.write(json.dumps(vars(outcome)) + "\n")


@cocotb.test()
@cocotb.parametrize(number=range(len(CASES)))
async def cosim(dut, number):
    await simulate(type(f"Case{number}", (CosimTest,), {"number": number}))
