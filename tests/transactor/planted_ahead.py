# SPDX-License-Identifier: Apache-2.0
"""Co-simulations ahead of the device with planted errors: option `planted`, their numbers in JSON."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cocotb

from tb.commands.cosim import OUTCOMES
from tb.model.machine.machine import Setup
from tb.transactor.cosim import run_case
from tb.transactor.player import CheckedPlayer
from tb.uvm import config


@cocotb.test()
async def planted(dut: Any) -> None:
    """Leaves an Outcome of each."""
    parameters = config.parameters()
    setup = Setup(3, parameters.num_cpu, parameters.num_lr, config.seed(), entries=200)
    player = CheckedPlayer(dut, parameters)
    with Path(OUTCOMES).open("w", encoding="utf-8") as outcomes:
        for number in json.loads(config.option("planted", "[0]")):
            dut.planted.value = number
            outcome = await run_case(player, ("kvm17", "mixed", asdict(setup)))
            outcomes.write(json.dumps(vars(outcome)) + "\n")
