# SPDX-License-Identifier: Apache-2.0
"""The register model against the device, and what the register tests are worth."""

import re
from xml.etree import ElementTree

import pytest
from pyuvm import uvm_access_e, uvm_reg_bus_op, uvm_status_e

from tb.model.hardware.parameters import Parameters
from tb.simulator import Build, run
from tb.uvm.ral import RegisterAdapter
from tests.bus.wrong_expectations import WRONG
from tests.icarus import needs_icarus

QUICK = [
    "RegistersHaveTheirResetValues",
    "EveryBitIsStoredOrReservedAsTheTableSays",
    "AliasesAndWindowsShowTheSameFlops",
]
# Which tests `make test` runs on which device; `make regress` runs all on all.
CHOICE = {
    Parameters(): None,
    Parameters(num_lr=33): None,
    Parameters(num_lr=1, num_cpu=1): QUICK,
    Parameters(num_cpu=3, num_lr=5, grp_filter=0, hppir_pmr=1, irq_reg=1, iidr=0xFFFF_FFFF): QUICK,
    Parameters(num_cpu=8): QUICK[:1],
}


@pytest.mark.parametrize("parameters", CHOICE, ids=lambda p: f"lr{p.num_lr}-cpu{p.num_cpu}")
def test_registers(parameters, seed, regress):
    tests = None if regress else CHOICE[parameters]
    result = run(Build("verilator", parameters), "tests.sim.registers", tests, seed=seed, name="registers")
    assert result.ok, result.failures


@needs_icarus
def test_registers_on_icarus(seed):
    result = run(Build("icarus", Parameters()), "tests.sim.registers", seed=seed, name="registers")
    assert result.ok, result.failures


def test_a_wrong_expectation_is_noticed(seed):
    build = Build("verilator", Parameters())
    result = run(build, "tests.bus.wrong_expectations", seed=seed, name="registers")
    said = {}
    for case in ElementTree.parse(result.directory / "results.xml").iter("testcase"):
        number = int(re.fullmatch(r"expects/number=(\d+)", case.attrib["name"])[1])
        said[number] = " ".join(failure.text or failure.get("message") for failure in case.iter("failure"))
    assert len(said) == len(WRONG)
    for number, (_, test, text) in enumerate(WRONG):
        assert re.search(text, said[number]), f"{test.__name__} {text}: {said[number]}"


@pytest.mark.parametrize(
    ("error", "aborted", "status"),
    [
        (False, False, uvm_status_e.UVM_IS_OK),
        (True, False, uvm_status_e.UVM_NOT_OK),
        (False, True, uvm_status_e.UVM_NOT_OK),
    ],
)
def test_only_an_okay_is_success(error, aborted, status):
    item = RegisterAdapter().reg2bus(uvm_reg_bus_op(uvm_access_e.UVM_READ, addr=0x4000))
    (access,) = item.accesses
    access.value, access.error, access.aborted = 5, error, aborted
    operation = uvm_reg_bus_op()
    RegisterAdapter().bus2reg(item, operation)
    assert operation.status == status
    assert (operation.kind, operation.addr, operation.data) == (uvm_access_e.UVM_READ, 0x4000, 5)
