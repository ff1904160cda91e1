# SPDX-License-Identifier: Apache-2.0
"""A co-simulation on a device that may have a bug, up to the first violation.

Option `cases`: as of tests/sim/cosim.py. Option `lockstep`: who looks for the bug: 0 the ledger alone, 1 the
lockstep with the reference, too.
"""

import cocotb

from tb.model.ledger import SENTENCES
from tb.uvm import config
from tb.uvm.protocol import ProtocolChecker
from tb.uvm.scoreboard import Scoreboard
from tests.museum.hunt import stop_at
from tests.sim.cosim import CosimTest, simulate


def count_only(self, sample):
    """In place of the comparison with the reference."""
    self.checks.update(("edges", "state changes"))


if config.option("lockstep", "1") == "0":
    Scoreboard.write_actual = count_only
    ProtocolChecker.write = ProtocolChecker.check_phase = lambda *_: None


class Hunt(CosimTest):
    def build_phase(self) -> None:
        super().build_phase()
        stop_at(self.cosim, SENTENCES)


@cocotb.test()
async def hunt(dut):
    await simulate(Hunt)
