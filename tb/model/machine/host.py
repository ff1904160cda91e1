# SPDX-License-Identifier: Apache-2.0
"""The host: gives physical CPUs to vCPUs and takes physical interrupts."""

from random import Random
from typing import Final

from tb.model.machine.cpus import Pcpu, Vcpu
from tb.model.machine.scheduler import Scheduler, Signal


class Host:
    """Its physical CPUs. A vCPU gets any that is free, so it moves about."""

    def __init__(self, scheduler: Scheduler, random: Random, cpus: list[Pcpu]) -> None:
        self._scheduler: Final = scheduler
        self._random: Final = random
        self._free: Final = list(cpus)
        self._freed: Final = Signal("a physical CPU")

    async def take(self, vcpu: Vcpu) -> Pcpu:
        """A physical CPU for the vCPU."""
        await self._scheduler.pause()
        while not self._free:
            await self._scheduler.wait(self._freed)
        cpu = self._free.pop(self._random.randint(0, len(self._free) - 1))
        cpu.vcpu = vcpu
        return cpu

    def give(self, cpu: Pcpu) -> None:
        """The vCPU has left it."""
        cpu.vcpu = None
        self._free.append(cpu)
        self._scheduler.notify(self._freed)

    def unmask(self, cpu: Pcpu) -> None:
        """The hypervisor takes interrupts on this CPU again."""
        cpu.masked = False
        self._scheduler.notify(cpu.unmasked)
