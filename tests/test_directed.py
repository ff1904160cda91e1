# SPDX-License-Identifier: Apache-2.0
"""The directed tests of tests/sim/, each on every device that it is for."""

import pytest

from tb.model.hardware.parameters import Parameters
from tb.paths import ROOT
from tb.simulator import Build, run
from tb.uvm.directed_test import directed_tests
from tests.icarus import needs_icarus

DEVICES = [
    Parameters(),
    Parameters(irq_reg=1),
    Parameters(grp_filter=0),
    Parameters(hppir_pmr=1),
    Parameters(num_lr=33),
    Parameters(num_cpu=8),
    Parameters(num_cpu=1, num_lr=1),
]


def label(parameters: Parameters) -> str:
    """The parameters that are not as in the first device."""
    usual = vars(DEVICES[0])
    others = [f"{name}={value}" for name, value in vars(parameters).items() if value != usual[name]]
    return ",".join(others) or "default"


MODULES = {
    module: tests
    for path in sorted((ROOT / "tests" / "sim").glob("*.py"))
    if (tests := directed_tests(module := f"tests.sim.{path.stem}"))
}
CASES = [
    pytest.param(parameters, module, names, id=f"{module.rpartition('.')[2]}-{label(parameters)}")
    for parameters in DEVICES
    for module, tests in MODULES.items()
    if (names := [name for name, test in tests.items() if test.needs.met_by(parameters)])
]


@pytest.mark.parametrize(("parameters", "module", "names"), CASES)
def test_feature(parameters, module, names, seed):
    passes(Build("verilator", parameters), module, names, seed)


@needs_icarus
@pytest.mark.parametrize(
    ("parameters", "module", "names"), [case for case in CASES if case.values[0] == DEVICES[0]]
)
def test_feature_on_icarus(parameters, module, names, seed):
    passes(Build("icarus", parameters), module, names, seed)


@pytest.mark.parametrize("power_up", [1, 2, 3])
def test_reset_does_not_need_a_power_up_state(power_up):
    module = "tests.sim.reset"
    passes(Build("verilator", Parameters(), random_power_up=True), module, list(MODULES[module]), power_up)


def passes(build, module, names, seed):
    result = run(build, module, names, seed=seed, name=f"directed-{module.rpartition('.')[2]}")
    assert result.ok, result.failures
    assert result.passed == len(names)


def test_every_directed_test_has_a_device():
    run_somewhere = {name for case in CASES for name in case.values[2]}
    assert run_somewhere == {name for tests in MODULES.values() for name in tests}


def test_no_two_directed_tests_have_one_name():
    names = [name for tests in MODULES.values() for name in tests]
    assert len(names) == len(set(names))
