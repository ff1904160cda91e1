# SPDX-License-Identifier: Apache-2.0
"""Co-simulations of exhibits, up to their violation, live on a right device or ahead of it.

Option `cases`: as of tests/sim/cosim.py. Option `exhibits`: for each the name of the exhibit, in JSON.
"""

import json
from pathlib import Path

import cocotb

from tb.commands.cosim import OUTCOMES
from tb.transactor.cosim import run_case
from tb.transactor.player import CheckedPlayer
from tb.uvm import config
from tests.museum.catalogue import EXHIBITS
from tests.museum.hunt import stop_at
from tests.sim.cosim import CASES, CosimTest, simulate

NAMED = {str(exhibit): exhibit for exhibit in EXHIBITS}
SHOWN = [NAMED[name] for name in json.loads(config.option("exhibits", "[]"))]


class Shown(CosimTest):
    """Of an exhibit."""

    def build_phase(self) -> None:
        self.kind = SHOWN[self.number].kind
        super().build_phase()
        stop_at(self.cosim, SHOWN[self.number].invariants)


@cocotb.test()
@cocotb.parametrize(number=range(len(CASES)))
async def live(dut, number):
    await simulate(type(f"Shown{number}", (Shown,), {"number": number}))


@cocotb.test()
async def ahead(dut):
    player = CheckedPlayer(dut, config.parameters())
    with Path(OUTCOMES).open("w", encoding="utf-8") as outcomes:
        for exhibit, case in zip(SHOWN, CASES, strict=True):
            outcomes.write(json.dumps(vars(await run_case(player, case, exhibit.kind))) + "\n")
