# SPDX-License-Identifier: Apache-2.0
"""Hypothesis drives a machine on the reference model, rule by rule, with the ledger as its invariant.

It finds bugs of the museum by itself, and shrinks what leads to them.
"""

from typing import ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tb.model.ledger import SENTENCES, Violation
from tb.model.machine import gicd
from tb.model.machine.events import Acknowledged, Publisher
from tb.model.machine.hypervisors import Kind
from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess, VirtualAccess, Wait
from tb.model.shrink.play import play
from tb.model.shrink.script import Action, Pulse, Script, Step, Tick
from tests.museum.catalogue import EXHIBITS
from tests.museum.exhibit import unchanged

VCPUS, SGI = 2, 1
SPIS = (32, 33)  # edges; the first one goes to vCPU 0, the second to vCPU 1
ENABLED = sum(gicd.bit(gicd.ISENABLER, intid)[1] for intid in SPIS)
EXAMPLES = settings(max_examples=100, stateful_step_count=12, phases=(Phase.generate, Phase.shrink))


class ViolatedError(AssertionError):
    """An invariant was found violated."""


def written(register: str, value: int) -> VirtualAccess:
    return VirtualAccess(register, True, value)


def distributor(offset: int, value: int, length: int = 4) -> DistributorAccess:
    return DistributorAccess(True, offset, length, value)


BOOT = [
    *(Step(f"vCPU {vcpu}", written("GICV_CTLR", 1)) for vcpu in range(VCPUS)),
    *(Step(f"vCPU {vcpu}", written("GICV_PMR", 0xF0)) for vcpu in range(VCPUS)),
    Step("vCPU 0", distributor(gicd.CTLR, 1)),
    *(Step("vCPU 0", distributor(gicd.ITARGETSR + intid, 1 << n, 1)) for n, intid in enumerate(SPIS)),
    Step("vCPU 0", distributor(gicd.ICFGR + 8, 0b1010)),
    Step("vCPU 0", distributor(gicd.ISENABLER + 4, ENABLED)),
]
OPERATIONS: tuple[Action, ...] = (
    VirtualAccess("GICV_IAR", False, 0),
    Tick(),
    Wait(False),
    *(distributor(gicd.SGIR, 1 << 16 + vcpu | SGI) for vcpu in range(VCPUS)),
    *(written("GICV_EOIR", value) for value in (*SPIS, SGI, 1 << 10 | SGI)),
)


class Guests(RuleBasedStateMachine):
    """Two vCPUs, two devices. What a rule adds to the script is played when there are no more.

    dialect, kind  of the hypervisor
    wanted         the invariants that may fail it
    failing        the last script that did, after the boot
    deliveries     of all plays
    """

    dialect: ClassVar[str]
    kind: ClassVar[Kind]
    wanted: ClassVar[frozenset[str]]
    failing: ClassVar[list[Step]]
    deliveries: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Step] = []

    @rule(vcpu=st.integers(0, VCPUS - 1), operation=st.sampled_from(OPERATIONS))
    def guest(self, vcpu: int, operation: Action) -> None:
        self.steps.append(Step(f"vCPU {vcpu}", operation))

    @rule(intid=st.sampled_from(SPIS))
    def edge(self, intid: int) -> None:
        self.steps.append(Step(f"device {intid}", Pulse(intid)))

    def teardown(self) -> None:
        setup = Setup(VCPUS, pcpus=2, num_lr=2, seed=1, entries=1)
        script = Script(self.dialect, "prompt", setup, (*BOOT, *self.steps), rests=True)
        outcome = play(script, self.matches, self.kind, [self.count])
        if outcome.violation:
            type(self).failing = self.steps
            raise ViolatedError(outcome.violation.detail)

    def matches(self, violation: Violation) -> bool:
        return violation.id in self.wanted

    def count(self, publisher: Publisher) -> None:
        publisher.subscribe(Acknowledged, self.delivered)

    def delivered(self, event: Acknowledged) -> None:
        type(self).deliveries += event.intid < 1020


def hunt(name: str, dialect: str, kind: Kind, invariants: frozenset[str]) -> type[Guests]:
    """The machine of Hypothesis for a hypervisor."""
    values = {"dialect": dialect, "kind": kind, "wanted": invariants, "failing": [], "deliveries": 0}
    return type(name, (Guests,), values)


@pytest.mark.parametrize(
    ("name", "invariant", "senders"),
    [
        ("one list register for each sender", "INV-LR-1", 2),
        ("sender of an active SGI forgotten", "INV-SGI-2", 1),
    ],
)
def test_it_finds_a_bug_of_the_museum_and_shrinks_it(name: str, invariant: str, senders: int) -> None:
    (exhibit,) = (exhibit for exhibit in EXHIBITS if exhibit.name == name)
    machine = hunt("Mutant", exhibit.dialect, exhibit.kind, frozenset({invariant}))
    with pytest.raises(ViolatedError):
        run_state_machine_as_test(machine, settings=EXAMPLES)
    assert len(machine.failing) <= 4
    assert sum(isinstance(step.action, DistributorAccess) for step in machine.failing) == senders


def test_who_was_about_to_sleep_finishes_too() -> None:
    """In a WFI with an SGI active and another sender's pending: it completes the one and takes the other."""
    steps = (
        Step("vCPU 1", distributor(gicd.SGIR, 1 << 16 | SGI)),
        Step("vCPU 0", distributor(gicd.SGIR, 1 << 16 | SGI)),
        Step("vCPU 0", VirtualAccess("GICV_IAR", False, 0)),
        Step("vCPU 0", Wait(False), turns=10),
    )
    taken: list[int] = []
    setup = Setup(VCPUS, pcpus=2, num_lr=2, seed=1, entries=1)
    outcome = play(
        Script("kvm17", "prompt", setup, (*BOOT, *steps), rests=True),
        lambda violation: violation.id in SENTENCES,
        unchanged("kvm17"),
        [lambda publisher: publisher.subscribe(Acknowledged, lambda event: taken.append(event.value))],
    )
    assert outcome.violation is None
    assert [value for value in taken if value & 0x3FF == SGI] == [SGI, 1 << 10 | SGI]


def test_without_it_the_same_guests_violate_nothing() -> None:
    machine = hunt("Mended", "kvm17", unchanged("kvm17"), frozenset(SENTENCES))
    run_state_machine_as_test(machine, settings=EXAMPLES)
    assert machine.deliveries > 100
