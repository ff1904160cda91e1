# SPDX-License-Identifier: Apache-2.0
"""What every test of the RTL shares: the environment, reset, the end, the verdict."""

import gc
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import cocotb
from pyuvm import uvm_sequence, uvm_test

from tb.model.hardware.device import QUEUE_DEPTH
from tb.uvm import config
from tb.uvm.deactivation import ALWAYS
from tb.uvm.env import Env
from tb.uvm.reset import RESET_EDGES
from tb.uvm.sequences import Reset, TakeDeactivations
from tb.verdict import Verdict


class LockstepTest(uvm_test):
    """Runs `stimulate` after a reset, with the whole environment checking; fails if nothing was checked.

    required  checks that must have had something to check, beside those that every test has
    counted   checks that the test makes itself, by name
    """

    required: tuple[str, ...] = ()

    def build_phase(self) -> None:
        gc.collect()  # the environment of the test before this one
        gc.set_threshold(50_000, 20, 100)  # most that it would look at is kept, or freed without it
        self.parameters = config.parameters()
        self.env = Env("env", self, cocotb.top, self.parameters, config.seed())
        self.counted: Counter[str] = Counter()

    async def run_phase(self) -> None:
        self.raise_objection()
        await self.reset()
        await self.stimulate()
        await self._finish()
        self.drop_objection()

    async def stimulate(self) -> None:
        """The test."""
        raise NotImplementedError

    async def reset(self, edges: int = RESET_EDGES, after: int = 0) -> None:
        """Hold the device in reset at a number of edges, some edges from now."""
        await Reset(edges, after).start(self.env.reset.sequencer)

    async def on_port(self, port: int, sequence: uvm_sequence) -> None:
        """Run a sequence on a CPU's port."""
        await sequence.start(self.env.ports[port].sequencer)

    async def together(self, *coroutines: Coroutine[Any, Any, None]) -> None:
        """Run coroutines at one time, until all have ended."""
        for task in [cocotb.start_soon(coroutine) for coroutine in coroutines]:
            await task

    async def _finish(self) -> None:
        """Let everything under way end, and the last effects reach the pins."""
        for bank in range(self.parameters.num_cpu):
            await TakeDeactivations(bank, ALWAYS).start(self.env.deactivation.sequencer)
        for port in self.env.ports:
            await port.driver.pins.at_most(0)
        await self.reset(edges=0, after=QUEUE_DEPTH + 1 + self.parameters.irq_reg)

    def check_phase(self) -> None:
        checks = self.env.checks + self.counted
        missing = [name for name in ("edges", "state changes", *self.required) if not checks[name]]
        assert not missing, f"nothing was checked: {', '.join(missing)}"

    def report_phase(self) -> None:
        checks, traffic = self.env.checks + self.counted, self.env.traffic.counts
        Verdict(checks["edges"], checks, traffic, config.repeat()).append(Path())
        held = ", ".join(f"{count} {name}" for name, count in checks.items())
        self.logger.info(
            "%d accesses in %d cycles agree with the reference; checked: %s; seed %d; again: %s",
            *(traffic["accesses"], checks["edges"], held, config.seed(), config.repeat()),
        )
