# SPDX-License-Identifier: Apache-2.0
"""A co-simulation on a device with a bug of tests/museum/errors.toml, up to the first violation.

Option `cases`: as of tests/sim/cosim.py. Option `planted`: the bug's number; 0: none. Option `lockstep`: who
looks for it: 0 the ledger alone, 1 the lockstep with the reference, too.
"""

import cocotb

from tb.uvm import config
from tb.uvm.protocol import ProtocolChecker
from tb.uvm.scoreboard import Scoreboard
from tests.museum.hunt import stop_at_a_violation
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
        stop_at_a_violation(self.cosim)


@cocotb.test()
async def hunt(dut):
    dut.planted.value = int(config.option("planted", "0"))
    await simulate(Hunt)
