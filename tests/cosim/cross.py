# SPDX-License-Identifier: Apache-2.0
"""The cross of co-simulations: dialects, scenarios and devices."""

from tb.cases import Case
from tb.model.defects import FAITHFUL
from tb.model.hardware.parameters import Parameters
from tb.model.machine.machine import Setup
from tb.model.machine.scenarios import SCENARIOS
from tb.simulator import Build

DIALECTS = tuple(FAITHFUL)
# NUM_LR -> vCPUs and physical CPUs: more vCPUs than CPUs, as many, fewer.
SIZES = {1: (3, 2), 2: (2, 2), 4: (3, 2), 16: (4, 3), 33: (2, 3)}


def case(dialect: str, scenario: str, num_lr: int, seed: int, entries: int) -> Case:
    """A run of the cross."""
    return Case(dialect, scenario, Setup(*SIZES[num_lr], num_lr, seed, entries))


def build(num_lr: int) -> Build:
    """The device that it runs on."""
    return Build("verilator", Parameters(num_lr=num_lr, num_cpu=SIZES[num_lr][1]))


def parametrize(metafunc) -> None:
    """A test for each dialect, device and seed; in `make test`, for each dialect and each device once."""
    option = metafunc.config.getoption
    if option("regress"):
        groups = [(dialect, num_lr) for dialect in DIALECTS for num_lr in SIZES]
        turns = range(option("seeds"))
    else:
        groups, turns = list(zip(DIALECTS, SIZES, strict=True)), range(1)
    metafunc.parametrize("turn", turns)
    metafunc.parametrize(("dialect", "num_lr"), groups)


def share(dialect: str) -> list[str]:
    """The scenarios that a dialect has in `make test`, where each is run once."""
    return list(SCENARIOS)[DIALECTS.index(dialect) :: len(DIALECTS)]
