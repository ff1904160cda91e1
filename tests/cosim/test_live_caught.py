# SPDX-License-Identifier: Apache-2.0
"""What is wrong in the device, or between the device and the machine, ends a co-simulation."""

import json
from dataclasses import asdict

from tb import planting, simulator
from tb.commands.cosim import OUTCOMES
from tb.model.cosim import Outcome
from tb.model.hardware.parameters import Parameters
from tb.model.machine.machine import Setup
from tb.paths import SIM_BUILD
from tb.synthesis import sources

# Planted errors that hypervisors and guests meet by themselves, and what the message names.
PLANTED = {
    "own_view_reaches_bank_zero": "bank0 accepted access",
    "least_urgent_wins": "APR.P",
    "owed_eoi_counts_as_valid": "EISR0.Status",
    "eoi_maintenance_needs_underflow_enable": "MISR.EOI",
    "maintenance_is_latched": "maint_irq",
    "virq_falls_one_edge_after_the_acknowledge": "virq",
    "hardware_interrupt_has_a_source": "axi_rdata",
    "split_completion_deactivates": "LR0.State",
    "acknowledge_deactivates_the_hardware_interrupt": "deact_valid",
    "every_bank_is_cpu_zero_to_the_distributor": "deact_cpu",
}
# Errors of tests/cosim/wrong_answers.py: a dialect to run, and what sees them, if it is always the same.
WRONG = {
    "LosesDeactivations": ("kvm17-fixed", "INV-HW-1"),
    "LosesAnAnswer": ("kvm17", ""),
    "LosesAWrite": ("kvm17", "NV-FLUSH-2"),
    "HidesMaintenance": ("kvm17", "INV-MI-1"),
    "HidesAListRegister": ("kvm17", "NV-FLUSH-2"),
}


def outcomes(build, module, seed, **options):
    """What came of each co-simulation of a module, in order."""
    result = simulator.run(
        build, module, seed=seed, name="caught", options=options, plusargs=["+verilator+noassert"]
    )
    lines = (result.directory / OUTCOMES).read_text().splitlines()
    return [Outcome(**json.loads(line)) for line in lines]


def test_planted_errors_of_the_device_are_caught(seed):
    """By the scoreboard, in the midst of the run, which leaves a trace to replay."""
    files = planting.plant_all(planting.load(), sources(), SIM_BUILD / "planted")
    build = simulator.Build("verilator", Parameters(), variant="planted", sources=files, defines=("PLANTED",))
    numbers = {error.name: error.number for error in planting.load()}
    planted = json.dumps([0, *(numbers[name] for name in PLANTED)])
    right, *wrong = outcomes(build, "tests.cosim.planted", seed, PLANTED=planted)
    assert right.failure == ""
    for outcome, (name, word) in zip(wrong, PLANTED.items(), strict=True):
        assert word in outcome.failure, name
        assert "make replay TRACE=" in outcome.failure
        assert outcome.line.endswith(", 1 mismatches")


def test_wrong_answers_to_the_machine_are_caught(seed):
    """By those who watch the machine: on the pins all is well."""
    build = simulator.Build("verilator", Parameters())
    setup = Setup(vcpus=3, pcpus=2, num_lr=4, seed=seed, entries=200)
    cases = [
        (dialect, "mixed", asdict(setup))
        for dialect in ("kvm17", *(dialect for dialect, _ in WRONG.values()))
    ]
    right, *wrong = outcomes(build, "tests.cosim.wrong_answers", seed, CASES=json.dumps(cases))
    assert right.failure == ""
    for outcome, (name, (_, word)) in zip(wrong, WRONG.items(), strict=True):
        assert outcome.failure, name
        assert word in outcome.failure, name
        assert "TRACE=" not in outcome.failure
