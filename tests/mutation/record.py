# SPDX-License-Identifier: Apache-2.0
"""Tests of the regression, with all that they see at the device's pins written to a file.

In these runs the whole environment compares the device with the reference at every edge, as ever, so what a
passing run has recorded is what the reference wants.
"""

from pathlib import Path
from typing import Any, Final

import cocotb
from pyuvm import uvm_root, uvm_subscriber

from tb.paths import ROOT
from tb.uvm import config
from tb.uvm.base_test import LockstepTest
from tb.uvm.directed_test import directed_tests
from tb.uvm.sample import CycleSample
from tests.sim.cosim import CASES, CosimTest
from tests.sim.random_lockstep import RandomLockstep
from tests.sim.replay import Replay

FILE: Final = "recording"  # in the directory of the run: the samples of all edges, the first byte highest
DIRECTED: Final = {
    name: test
    for path in sorted((ROOT / "tests" / "sim").glob("*.py"))
    for name, test in directed_tests(f"tests.sim.{path.stem}").items()
    if test.needs.met_by(config.parameters())
}


class Tap(uvm_subscriber):
    """Writes each sample. The first is zero: what the device holds before a reset is not known."""

    def __init__(self, name: str, parent: Any) -> None:
        super().__init__(name, parent)
        self._file = Path(FILE).open("ab")  # noqa: SIM115

    def write(self, sample: CycleSample) -> None:
        self._file.write(sample.raw[::-1])

    def final_phase(self) -> None:
        self._file.close()


async def _record(test: type[LockstepTest], **members: Any) -> None:
    class Recorded(test):
        def build_phase(self) -> None:
            super().build_phase()
            self.tap = Tap("tap", self)

        def connect_phase(self) -> None:
            super().connect_phase()
            self.env.monitor.ap.connect(self.tap.analysis_export)

    await uvm_root().run_test(type(test.__name__, (Recorded,), members))


@cocotb.test()
async def random(dut: Any) -> None:
    """Random traffic. Option `accesses`."""
    await _record(RandomLockstep)


@cocotb.test()
async def traces(dut: Any) -> None:
    """Replays. Options `traces` and `records`."""
    await _record(Replay)


@cocotb.test()
@cocotb.parametrize(number=range(len(CASES)))
async def machine(dut: Any, number: int) -> None:
    """Co-simulations. Option `cases`."""
    await _record(CosimTest, number=number)


@cocotb.test()
@cocotb.parametrize(name=list(DIRECTED))
async def directed(dut: Any, name: str) -> None:
    """Directed tests."""
    await _record(DIRECTED[name])
