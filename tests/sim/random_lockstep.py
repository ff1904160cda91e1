# SPDX-License-Identifier: Apache-2.0
"""Constrained-random traffic on all ports, in lockstep with the reference."""

import pyuvm

from tb.uvm import config
from tb.uvm.base_test import LockstepTest
from tb.uvm.random_traffic import (
    BALANCED,
    PACES,
    SOURCES,
    STALLING,
    STORMY,
    Open,
    RandomTraffic,
    distributor_pace,
)
from tb.uvm.sequences import TakeDeactivations

PHASE = 250  # accesses of a port before its pace changes
STORMS = 0.1  # phases that fill the deactivation queues
RESETS = 0.3  # phases with a reset in their midst


@pyuvm.test()
class RandomLockstep(LockstepTest):
    """Option `accesses`: how many in all."""

    required = ("read data", "write responses", "deactivations", "lines high")

    async def stimulate(self) -> None:
        cpus = range(self.parameters.num_cpu)
        for bank in cpus:
            pace = distributor_pace(config.rng(f"deactivation{bank}"))
            await TakeDeactivations(bank, pace).start(self.env.deactivation.sequencer)
        sources = [
            [
                source(cpu, self.parameters, config.rng(f"{source.__name__}{cpu}"), self.env.monitor)
                for source in SOURCES
            ]
            for cpu in cpus
        ]
        mixing = [config.rng(f"port{cpu}") for cpu in cpus]
        phases = config.rng("phases")
        is_closed = True  # by a reset
        for _ in range(max(1, int(config.option("accesses", "20000")) // (PHASE * len(cpus)))):
            if is_closed:
                await self.together(*(self.on_port(cpu, Open()) for cpu in cpus))
            is_closed = phases.random() < RESETS
            weights = STORMY if phases.random() < STORMS else BALANCED
            choice = STALLING if is_closed else PACES  # so that a reset finds something under way
            running = [
                self.on_port(
                    cpu, RandomTraffic(sources[cpu], weights, mixing[cpu], PHASE, phases.choice(choice))
                )
                for cpu in cpus
            ]
            if is_closed:
                running.append(self.reset(after=phases.randrange(PHASE)))
            await self.together(*running)
