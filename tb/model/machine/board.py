# SPDX-License-Identifier: Apache-2.0
"""What the actors of a machine share."""

from dataclasses import dataclass, field

from tb.model.machine.cpus import Vcpu
from tb.model.machine.events import Injected, Injecting, Publisher
from tb.model.machine.hardware import Hardware
from tb.model.machine.host import Host
from tb.model.machine.hypervisors import Hypervisor
from tb.model.machine.platform import MachinePlatform
from tb.model.machine.scheduler import Scheduler, Signal


@dataclass
class Board:
    """The parts of a machine.

    seed      of all that happens
    booted    vCPUs whose guest has set up its interrupts
    ready     comes when all have
    draining  the run comes to its end: start nothing new, and complete what was started
    exchanged   SPIs that a guest has made edges for a while, or levels
    exchanging  it is about it
    """

    seed: int
    scheduler: Scheduler
    publisher: Publisher
    hardware: Hardware
    platform: MachinePlatform
    hypervisor: Hypervisor
    host: Host
    vcpus: list[Vcpu]
    booted: set[int] = field(default_factory=set)
    ready: Signal = field(default_factory=lambda: Signal("all guests to boot"))
    draining: bool = False
    exchanged: set[int] = field(default_factory=set)
    exchanging: bool = False

    @property
    def is_ready(self) -> bool:
        """All guests have booted."""
        return len(self.booted) == len(self.vcpus)

    def boot(self, vcpu: int) -> None:
        """A guest has set up its interrupts."""
        self.booted.add(vcpu)
        if self.is_ready:
            self.scheduler.notify(self.ready)

    async def inject(self, vcpu: int | None, intid: int, level: int) -> None:
        """The current actor tells the VGIC of a wire."""
        actor = self.scheduler.current.name
        self.publisher.publish(Injecting(actor, vcpu, intid, level))
        result = await self.hypervisor.vgic.inject(vcpu, intid, level)
        self.publisher.publish(Injected(actor, vcpu, intid, level, result))
