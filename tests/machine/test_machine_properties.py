# SPDX-License-Identifier: Apache-2.0
"""Small machines of any kind come to rest, and what they violate is a known defect of their dialect."""

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tb.model.cosim import Cosimulation
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import run
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Setup
from tb.model.machine.scenarios import SCENARIOS

SETUPS = st.builds(
    Setup,
    vcpus=st.integers(1, 4),
    pcpus=st.integers(1, 3),
    num_lr=st.sampled_from((1, 2, 3, 4, 8, 33)),
    seed=st.integers(0, 2**32 - 1),
    entries=st.integers(20, 60),
)


def simulate(dialect: str, scenario: str, setup: Setup) -> Cosimulation:
    parameters = Parameters(num_cpu=setup.pcpus, num_lr=setup.num_lr)
    cosim = Cosimulation(dialect, scenario, setup, ReferenceHardware(parameters))
    run(cosim.run())
    return cosim


@given(st.sampled_from(sorted(HYPERVISORS)), st.sampled_from(sorted(SCENARIOS)), SETUPS)
@settings(max_examples=40, phases=[Phase.explicit, Phase.generate])
@example("kvm17", "late", Setup(vcpus=3, pcpus=2, num_lr=4, seed=1, entries=300))  # once had no end
def test_any_machine_comes_to_rest_with_known_violations_only(
    dialect: str, scenario: str, setup: Setup
) -> None:
    cosim = simulate(dialect, scenario, setup)
    assert cosim.failure == ""
    assert cosim.tally.entries >= setup.entries
    assert sum(cosim.ledger.evaluations.values()) > 1000


@given(st.sampled_from(sorted(HYPERVISORS)), st.sampled_from(sorted(SCENARIOS)), SETUPS)
@settings(max_examples=10)
def test_the_same_machine_does_the_same(dialect: str, scenario: str, setup: Setup) -> None:
    one, other = (simulate(dialect, scenario, setup).outcome for _ in range(2))
    assert one == other
