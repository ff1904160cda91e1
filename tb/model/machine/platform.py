# SPDX-License-Identifier: Apache-2.0
"""The world of a VGIC model, made of a scheduler's actors."""

from collections.abc import Awaitable, Callable
from typing import Final

from gicv2_registers import REGISTERS
from tb.model.hypervisor.platform import Physical, Platform
from tb.model.machine.cpus import Pcpu, Vcpu
from tb.model.machine.events import (
    Accessed,
    Halted,
    Kicked,
    Logged,
    MaintenanceTaken,
    Notified,
    Place,
    Publisher,
    Resumed,
    Sampled,
    WindowOpened,
)
from tb.model.machine.hardware import Access, Answer, Hardware
from tb.model.machine.locks import Locks
from tb.model.machine.physical import PhysicalInterrupts
from tb.model.machine.scheduler import Scheduler, Signal


class MachinePlatform(Locks, Platform):
    """A platform on which others run at each await.

    physical_interrupts  those of the host
    listeners            whom to call when the level interrupt of an INTID was completed (NV-SYNC-3)
    halting              the vCPU for whose sake all others stay out of the guest, if any
    resumed              comes when they may enter again
    """

    def __init__(
        self,
        scheduler: Scheduler,
        publisher: Publisher,
        hardware: Hardware,
        cpus: list[Pcpu],
        vcpus: list[Vcpu],
        late_ipis: bool,
        stall: Callable[[], int],
    ) -> None:
        """With `late_ipis`, a vCPU that is about to enter is sent an IPI, too, which ends that entry at once;
        else it is for the VGIC's own request to reach it (NV-KICK-1). `stall` says how many turns an actor
        stays between two locks.
        """
        super().__init__(scheduler, publisher)
        self.physical_interrupts: Final = PhysicalInterrupts(scheduler, publisher, cpus, vcpus)
        self.listeners: Final[dict[int, Callable[[], Awaitable[None]]]] = {}
        self.halting: Vcpu | None = None
        self.resumed: Final = Signal("the end of a halt")
        self._left: Final = Signal("other vCPUs to leave the guest")
        self._publisher: Final = publisher
        self._hardware: Final = hardware
        self._cpus: Final = cpus
        self._vcpus: Final = vcpus
        self._late_ipis: Final = late_ipis
        self._stall: Final = stall
        self._accessed: Final = publisher.handlers(Accessed)

    # ---- accesses

    async def access(self, cpu: int, register: str, write: bool, value: int) -> Answer:
        """An access of hypervisor or guest."""
        answer = await self._scheduler.access(Access(cpu, register, write, value))
        pcpu = self._cpus[cpu]
        assert pcpu.vcpu, "a bank is used that nobody has loaded"
        if self._accessed:
            shown = value if write else answer.value
            lines = self._hardware.lines(cpu)
            event = Accessed(cpu, pcpu.vcpu.number, register, write, shown, answer.deactivated, lines)
            for handler in self._accessed:
                handler(event)
        if not pcpu.masked and self._hardware.lines(cpu).maint:
            self._publisher.publish(MaintenanceTaken(cpu, pcpu.vcpu.number, in_guest=False))
        return answer

    async def read(self, cpu: int, register: str) -> int:
        """Of the hypervisor."""
        _check(register, 0)
        answer = await self.access(cpu, register, False, 0)
        return answer.value

    async def write(self, cpu: int, register: str, value: int) -> None:
        """Of the hypervisor."""
        _check(register, value)
        await self.access(cpu, register, True, value)

    # ---- physical interrupts

    async def physical(self, operation: Physical, pintid: int, vcpu: int | None, cpus: int = 0) -> None:
        """At once."""
        await self._scheduler.pause()
        self.physical_interrupts.change(operation, pintid, vcpu, cpus)

    async def sample(self, pintid: int, vcpu: int | None, callback: bool) -> int:
        """The devices' wires are the distributor's inputs, so both ways to ask agree on levels."""
        await self._scheduler.pause()
        level = int(self.physical_interrupts.distributor.is_pending(pintid, vcpu or 0))
        self._publisher.publish(Sampled(vcpu, pintid, level))
        return level

    # ---- vCPUs

    async def kick(self, vcpu: int) -> None:
        """Wake it; an IPI if it is in the guest."""
        await self._scheduler.pause()
        target = self._vcpus[vcpu]
        place = Place.GUEST if target.in_guest else Place.ASLEEP if target.asleep else Place.ELSEWHERE
        self._publisher.publish(Kicked(self._scheduler.current.name, vcpu, place))
        target.kicked = True
        self._scheduler.notify(target.wakeup)
        if target.cpu and (target.in_guest or (self._late_ipis and target.inside)):
            target.cpu.ipi = True

    async def halt(self, vcpu: int) -> None:
        """The others are interrupted; who is on the way in gives up."""
        self.halting = self._vcpus[vcpu]
        for other in self._others():
            if other.in_guest and other.cpu:
                other.cpu.ipi = True
        while any(other.inside for other in self._others()):
            await self._scheduler.wait(self._left)
        self._publisher.publish(Halted(vcpu))

    async def resume(self, vcpu: int) -> None:
        """The others may enter again."""
        self._publisher.publish(Resumed(vcpu))
        self.halting = None
        self._scheduler.notify(self.resumed)
        await self._scheduler.pause()

    def must_stay_out(self, vcpu: Vcpu) -> bool:
        """Another vCPU has halted this one."""
        return self.halting not in (None, vcpu)

    def left_guest(self, vcpu: Vcpu) -> None:
        """The vCPU is through with its sync."""
        vcpu.inside = False
        self._scheduler.notify(self._left)

    def _others(self) -> list[Vcpu]:
        return [vcpu for vcpu in self._vcpus if vcpu is not self.halting]

    # ---- the rest

    async def window(self, name: str) -> None:
        """A yield point, or a stay."""
        self._publisher.publish(WindowOpened(self._scheduler.current.name, name))
        if turns := self._stall():
            await self._scheduler.sleep(turns)
        else:
            await self._scheduler.pause()

    async def notify_acked(self, vcpu: int, intid: int) -> None:
        """Who listens is called by the vCPU that syncs."""
        await self._scheduler.pause()
        self._publisher.publish(Notified(vcpu, intid))
        if listener := self.listeners.get(intid):
            await listener()

    async def log(self, intid: int, message: str) -> None:
        """Nobody waits for it."""
        self._publisher.publish(Logged(intid, message))


def _check(register: str, value: int) -> None:
    """ValueError, in who asks for it, where there is no such register, or it cannot have such a value."""
    if register not in REGISTERS:
        raise ValueError(f"there is no register {register!r}")
    if not isinstance(value, int) or value >> 32:
        raise ValueError(f"{value!r} is no value for {register}: allowed are 32 bits")
