# SPDX-License-Identifier: Apache-2.0
"""Runs dialects with some of their defects, and conformance of mended ones."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from tb.model.conformance import Subjects
from tb.model.conformance.classic import ClassicSubject
from tb.model.conformance.new_vgic import NewVgicSubject
from tb.model.cosim import Cosimulation
from tb.model.defects import FIXED, Defect, Version, fixed, known_in
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.classic import ClassicVgic, Variant
from tb.model.hypervisor.platform import run
from tb.model.ledger import Violation
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import kind
from tb.model.machine.machine import Setup
from tests.cosim.cross import SIZES

ENTRIES = 300


class Place(NamedTuple):
    """A run in which something is seen."""

    scenario: str
    num_lr: int
    seed: int

    @property
    def setup(self) -> Setup:
        """What it takes."""
        return Setup(*SIZES[self.num_lr], self.num_lr, self.seed, ENTRIES)


def with_only(dialect: str, defect: Defect) -> Version:
    """A dialect with all other defects mended."""
    return fixed(dialect, [other for other in known_in(dialect) if other is not defect])


def violations(dialect: str, version: Version, defect: Defect, place: Place) -> list[Violation]:
    """Those of a run that look like the defect's."""
    setup = place.setup
    hardware = ReferenceHardware(Parameters(num_cpu=setup.pcpus, num_lr=setup.num_lr))
    cosim = Cosimulation(dialect + FIXED, place.scenario, setup, hardware, kind(dialect, version))
    run(cosim.run())
    return [violation for violation in cosim.ledger.violations if defect.explains(violation)]


def subjects(dialect: str, version: Version) -> Subjects:
    """To be held to the golden traces of the dialect."""
    if not isinstance(version, Variant):
        return {dialect: partial(NewVgicSubject, dialects={dialect: version})}

    class Mended(ClassicVgic):
        def __init__(self, *args: Any) -> None:
            *sizes, _ = args
            super().__init__(*sizes, version)

    def subject(config: Mapping[str, Any]) -> ClassicSubject:
        return ClassicSubject(config, Mended)

    return {"classic": subject}
