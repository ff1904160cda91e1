# SPDX-License-Identifier: Apache-2.0
"""The cross of co-simulations: dialects, scenarios and devices."""

from tb.commands.cosim import Case
from tb.model.hardware.parameters import Parameters
from tb.model.machine.machine import Setup
from tb.simulator import Build

DIALECTS = ("xen", "kvm17", "kvm19", "classic", "classic-v310")
# NUM_LR -> vCPUs and physical CPUs: more vCPUs than CPUs, as many, fewer.
SIZES = {1: (3, 2), 2: (2, 2), 4: (3, 2), 16: (4, 3), 33: (2, 3)}


def case(dialect: str, scenario: str, num_lr: int, seed: int, entries: int) -> Case:
    """A run of the cross."""
    return Case(dialect, scenario, Setup(*SIZES[num_lr], num_lr, seed, entries))


def build(num_lr: int) -> Build:
    """The device that it runs on."""
    return Build("verilator", Parameters(num_lr=num_lr, num_cpu=SIZES[num_lr][1]))
