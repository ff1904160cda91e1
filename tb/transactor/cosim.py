# SPDX-License-Identifier: Apache-2.0
"""Co-simulation ahead of the device: a machine runs on the reference, then the transactor plays its accesses.

The machine's accesses depend on what the hardware answers alone, so they are those of a live run as long as
the device does what the reference does, and that is compared: each answer, all lines and the observation port
after each access.
"""

import json
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import cocotb

from tb import watch
from tb.commands.cosim import OUTCOMES
from tb.model.cosim import Cosimulation
from tb.model.hardware.address_map import address
from tb.model.hardware.parameters import Parameters
from tb.model.machine.hardware import Access, Answer, ReferenceHardware
from tb.model.machine.machine import Setup
from tb.transactor.player import CheckedPlayer
from tb.transactor.tape import Command
from tb.uvm import config


class AheadHardware(ReferenceHardware):
    """The reference, which keeps the accesses as a tape."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self.tape: list[Command | None] = [None]

    async def access(self, access: Access) -> Answer:
        """Takes no time."""
        self.tape.append(Command(access.cpu, access.write, address(access.register), access.value))
        return await super().access(access)


@cocotb.test()
async def cosim(dut: Any) -> None:
    """Option `cases`: for each its dialect, scenario and setup, in JSON. Leaves an Outcome of each."""
    player = CheckedPlayer(dut, config.parameters())
    with Path(OUTCOMES).open("w", encoding="utf-8") as outcomes:
        for dialect, scenario, setup in json.loads(config.option("cases", "[]")):
            started = perf_counter()
            hardware = AheadHardware(config.parameters())
            cosim = Cosimulation(dialect, scenario, Setup(**setup), hardware)
            watch.leave_word(cosim.publisher, setup["entries"])
            await cosim.run()
            wrong = await player.check(hardware.tape)
            if wrong:
                cosim.mismatches = len(wrong)
                cosim.failure = f"the device differs at access {wrong[0]}"
            outcome = cosim.outcome
            accesses = len(hardware.tape) - 1
            counts = {"accesses": accesses, "cycles": accesses, "mismatches": len(wrong), **outcome.counts}
            outcome = replace(outcome, counts=counts, seconds=perf_counter() - started)
            outcomes.write(json.dumps(vars(outcome)) + "\n")
            outcomes.flush()
