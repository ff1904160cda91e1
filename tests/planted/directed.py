# SPDX-License-Identifier: Apache-2.0
"""For each planted error the directed tests that the testplan names for its rule; nothing else checks.

Here a test that passes did not notice the error: tests/planted/test_caught_by_directed.py reads the outcome.
"""

import tomllib

import cocotb
from cocotb.triggers import with_timeout
from pyuvm import uvm_root

from tb import planting
from tb.paths import ROOT
from tb.uvm import config
from tb.uvm.protocol import ProtocolChecker
from tb.uvm.scoreboard import Scoreboard
from tests.test_directed import MODULES

PLAN = tomllib.loads((ROOT / "tests" / "testplan.toml").read_text())
TESTS = {
    name: test
    for tests in MODULES.values()
    for name, test in tests.items()
    if test.needs.met_by(config.parameters())
}
CASES = [(0, name) for name in TESTS] + [
    (error.number, name)
    for error in planting.load()
    if error.parameters == config.parameters()
    for name in PLAN[error.rule]["tests"]
    if name in TESTS
]
LONGEST_US = 100  # of simulated time; an error can make a test wait for ever


def count_only(self, sample):
    """In place of the comparison with the reference."""
    self.checks.update(("edges", "state changes"))


@cocotb.test()
@cocotb.parametrize((("number", "name"), CASES))
async def planted(dut, number, name):
    """Number 0 is the device without an error: it must pass."""
    Scoreboard.write_actual = count_only
    ProtocolChecker.write = ProtocolChecker.check_phase = lambda *_: None
    dut.planted.value = number
    await with_timeout(uvm_root().run_test(TESTS[name]), LONGEST_US, "us")
