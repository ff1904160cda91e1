# SPDX-License-Identifier: Apache-2.0
"""The simulations that code coverage of the RTL is taken from."""

from pathlib import Path

from tb import progress, simulator
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.paths import ROOT
from tb.simulator import Build
from tb.uvm.directed_test import directed_tests

DEVICE = Parameters(num_lr=4, num_cpu=2)
ACCESSES = 40_000  # of the random traffic


def simulate(seed: int) -> list[Path]:
    """All directed tests that the device is for, and random traffic, in lockstep: the runs' directories."""
    build = Build("verilator", DEVICE, coverage=True)
    random = "tests.sim.random_lockstep"
    modules: dict[str, list[str] | None] = {random: None}
    for path in sorted((ROOT / "tests" / "sim").glob("*.py")):
        module = f"tests.sim.{path.stem}"
        tests = directed_tests(module)
        if names := [name for name, test in tests.items() if test.needs.met_by(DEVICE)]:
            modules[module] = names
    directories = []
    for module, chosen in progress.counted(modules.items(), len(modules), "RTL"):
        options = {"ACCESSES": str(ACCESSES)} if module == random else None
        result = simulator.run(build, module, chosen, seed=seed, name="coverage", options=options)
        if not result.ok:
            raise UserError(f"{module} fails, so it covers nothing: {result.failures}")
        directories.append(result.directory)
    return directories
