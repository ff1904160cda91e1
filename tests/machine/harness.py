# SPDX-License-Identifier: Apache-2.0
"""Runs machines on the reference model and keeps what happened."""

from dataclasses import replace
from inspect import getmembers, isclass
from typing import Any, TypeVar

from tiny_vgic import TinyVgic

from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import run
from tb.model.machine import events
from tb.model.machine.events import Publisher
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import Hypervisor, Kind
from tb.model.machine.machine import Machine, Setup
from tb.model.machine.scenarios import SCENARIOS, Scenario
from tb.model.machine.tally import Tally

Event = TypeVar("Event")
DIALECTS = ("xen", "kvm17", "kvm19", "classic", "classic-v310")
SETUP = Setup(vcpus=3, pcpus=2, num_lr=4, seed=1, entries=400)
QUIET = (events.LockTaken, events.LockFreed, events.Accessed)  # too many to keep


def tiny(vgic: type[TinyVgic] = TinyVgic) -> Kind:
    """A hypervisor with a TinyVgic, or with one that has an error."""
    return Kind(Hypervisor, vgic)


class Run:
    """A run that is over. `log`: its events in order, without QUIET ones unless they are named in `more`."""

    def __init__(self, kind: Kind, scenario: Scenario | str, *more: type, **setup: int) -> None:
        self.setup = replace(SETUP, **setup)
        self.scenario = SCENARIOS[scenario] if isinstance(scenario, str) else scenario
        self.publisher = Publisher()
        self.log: list[Any] = []
        kinds = (kind for _, kind in getmembers(events, isclass) if kind.__module__ == events.__name__)
        for event in kinds:
            if event not in QUIET or event in more:
                self.publisher.subscribe(event, self.log.append)
        self.tally = Tally(self.publisher)
        parameters = Parameters(num_cpu=self.setup.pcpus, num_lr=self.setup.num_lr)
        self.hardware = ReferenceHardware(parameters)
        self.machine = Machine(kind, self.scenario, self.setup, self.hardware, self.publisher)
        run(self.machine.run())

    def all(self, kind: type[Event]) -> list[Event]:
        """Events of a type."""
        return [event for event in self.log if isinstance(event, kind)]
