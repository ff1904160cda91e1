# SPDX-License-Identifier: Apache-2.0
"""A vCPU's thread: comes to a physical CPU, enters the guest, exits for a cause, handles it, and so on."""

from collections.abc import Coroutine
from contextlib import closing
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tb.model.hypervisor.platform import UnclaimedAccess
from tb.model.machine.board import Board
from tb.model.machine.cpus import Pcpu, Vcpu
from tb.model.machine.devices import Devices
from tb.model.machine.events import (
    Acknowledged,
    BankState,
    Blocked,
    Cancelled,
    Cause,
    Completed,
    Entered,
    Exited,
    Flushing,
    Loaded,
    MaintenanceTaken,
    Put,
    Synced,
    TrapEnded,
    TrapStarted,
    Woken,
)
from tb.model.machine.guest import Guest
from tb.model.machine.operations import (
    ACKNOWLEDGE,
    COMPLETE,
    DIR,
    DeviceAccess,
    DistributorAccess,
    Operation,
    VirtualAccess,
    Wait,
)

NAP: Final = (200, 2000)  # turns until an alarm rings


@dataclass(frozen=True)
class Pace:
    """How long a guest runs, in its operations.

    slice     the host's timer ends a run after at least [0] and less than [1]
    lateness  a maintenance interrupt is taken after at most so many further ones, at least one: with a single
              list register, UIE raises it at the entry, and the guest would never come to anything
    In 100:
    moves     of the timer's interrupts, those that take the vCPU off its CPU
    belated   of the maintenance interrupts that were not taken when the vCPU leaves its CPU, those that come
              all the same, to the next one there (CL-MAINT-2)
    cancels   of the flushes, those during which user space signals the vCPU
    """

    slice: tuple[int, int] = (50, 400)
    lateness: int = 20
    moves: int = 50
    belated: int = 0
    cancels: int = 2


class VcpuLoop:
    """The thread of a vCPU, with its guest."""

    def __init__(
        self,
        board: Board,
        vcpu: Vcpu,
        guest: Guest,
        devices: Devices,
        pace: Pace,
        random: Random,
    ) -> None:
        self._scheduler: Final = board.scheduler
        self._publisher: Final = board.publisher
        self._hardware: Final = board.hardware
        self._platform: Final = board.platform
        self._hypervisor: Final = board.hypervisor
        self._host: Final = board.host
        self._vcpu: Final = vcpu
        self._number: Final = vcpu.number
        self._software: Final = guest
        self._guest: Coroutine[Operation, Any, None]
        self._devices: Final = devices
        self._pace: Final = pace
        self._random: Final = random
        self._operation: Operation | None = None  # what the guest wants to do next
        self._answer: Any = None  # to its last operation
        self._steps = 0  # of the guest, since its entry
        self._maintenance: int | None = None  # after how many of these its interrupt is taken
        self._alarm = False  # its last WFI has one
        self._alarmed = False  # ... which has come
        self._naps = 0  # so many had one

    async def run(self) -> None:
        """Never ends."""
        with closing(self._software.run()) as self._guest:
            await self._take_cpu()
            while True:
                await self._handle(await self._enter())

    async def _handle(self, cause: Cause) -> None:
        """What comes after an exit and its sync."""
        if cause is Cause.TRAP:
            await self._handle_trap()
        elif cause is Cause.WAIT:
            await self._sleep()
        elif cause is Cause.SIGNAL or (cause is Cause.TICK and self._chance(self._pace.moves)):
            self._vcpu.signalled = False
            await self._leave_cpu()
            await self._take_cpu()

    def _chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    # ---- on and off physical CPUs

    async def _take_cpu(self) -> None:
        vcpu = self._vcpu
        vcpu.cpu = cpu = await self._host.take(vcpu)
        await self._hypervisor.vgic.load(self._number, cpu.number)
        self._publisher.publish(Loaded(self._number, cpu.number, vcpu.previous))
        vcpu.previous = cpu.number
        if self._hypervisor.restores_timers:
            for device in self._devices.timers(self._number):
                await device.restore()

    async def _leave_cpu(self) -> None:
        cpu = self._cpu
        await self._hypervisor.vgic.put(self._number)
        self._publisher.publish(Put(self._number, cpu.number))
        self._vcpu.cpu = None
        cpu.belated = self._maintenance is not None and self._chance(self._pace.belated)
        self._host.give(cpu)

    @property
    def _cpu(self) -> Pcpu:
        assert self._vcpu.cpu
        return self._vcpu.cpu

    async def _sleep(self) -> None:
        vcpu, hypervisor = self._vcpu, self._hypervisor
        vcpu.kicked = False
        vcpu.asleep = True
        if not await hypervisor.block(self._number) and not vcpu.kicked:
            self._publisher.publish(Blocked(self._number))
            if self._alarm:
                self._alarmed = False
                self._naps += 1
                self._scheduler.spawn(f"alarm {self._naps} of vCPU {self._number}", self._ring(self._naps))
            await self._leave_cpu()
            awake = False
            while not awake:
                while not vcpu.kicked:
                    await self._scheduler.wait(vcpu.wakeup)
                vcpu.kicked = False
                awake = not hypervisor.rechecks_wakeup or await hypervisor.vgic.pending(self._number)
                awake = awake or (self._alarm and self._alarmed)
            self._publisher.publish(Woken(self._number))
            await self._take_cpu()
        vcpu.asleep = False
        await hypervisor.unblock(self._number)

    async def _ring(self, nap: int) -> None:
        """Wake the vCPU after a while, if it still sleeps."""
        await self._scheduler.sleep(self._random.randrange(*NAP))
        if self._vcpu.asleep and self._naps == nap:
            self._vcpu.kicked = self._alarmed = True
            self._scheduler.notify(self._vcpu.wakeup)

    # ---- in and out of the guest

    async def _enter(self) -> Cause:
        """One entry, through the sync after its exit, or the flush and sync of one that is given up.

        The cause of the exit; SIGNAL or KICK where it was given up.
        """
        vcpu, cpu, number = self._vcpu, self._cpu, self._number
        await self._prepare()
        cpu.masked = vcpu.inside = True
        cpu.ipi = False
        self._publisher.publish(Flushing(number, cpu.number))
        await self._hypervisor.flush(number)
        requested = self._hypervisor.must_cancel(number) or self._platform.must_stay_out(vcpu)
        if self._chance(self._pace.cancels):
            vcpu.signalled = True
        if requested or (vcpu.signalled and self._hypervisor.cancels):
            self._publisher.publish(Cancelled(number, cpu.number, self._state(), requested))
            await self._hypervisor.cancel(number)
            cause = Cause.KICK if requested else Cause.SIGNAL
        else:
            await self._hypervisor.restore(number)
            self._platform.check_none()
            vcpu.in_guest = True
            self._publisher.publish(Entered(number, cpu.number, self._state()))
            cause = await self._run_guest()
            vcpu.in_guest = cpu.ipi = False
            self._publisher.publish(Exited(number, cpu.number, cause, self._state(), self._steps))
            if self._hypervisor.syncs_unmasked and cause in (Cause.TRAP, Cause.WAIT):
                self._host.unmask(cpu)
            await self._hypervisor.vgic.sync(number)
        self._publisher.publish(Synced(number, cpu.number))
        self._host.unmask(cpu)
        self._platform.left_guest(vcpu)
        return cause

    async def _prepare(self) -> None:
        """What comes before the flush, until nothing keeps the vCPU out."""
        while True:
            while self._cpu.physical:  # first of all comes the host's handler
                await self._scheduler.pause()
            while self._platform.must_stay_out(self._vcpu):
                await self._scheduler.wait(self._platform.resumed)
            await self._hypervisor.serve_requests(self._number)
            if not self._cpu.physical and not self._platform.must_stay_out(self._vcpu):
                return

    def _state(self) -> BankState:
        return BankState.of(self._hardware.words(self._cpu.number))

    async def _run_guest(self) -> Cause:
        """Operations of the guest, until something ends them."""
        vcpu, cpu, pace = self._vcpu, self._cpu, self._pace
        end = self._random.randrange(*pace.slice)
        belated, cpu.belated = cpu.belated, False
        self._maintenance = self._random.randrange(5) if belated else None
        self._steps = 0
        while True:
            if cpu.ipi:
                return Cause.KICK
            if cpu.physical:
                return Cause.PHYSICAL
            if vcpu.signalled:
                return Cause.SIGNAL
            if not belated and not self._hardware.lines(cpu.number).maint:
                self._maintenance = None
            elif self._maintenance is None:
                self._maintenance = self._steps + self._random.randint(1, pace.lateness)
            if self._maintenance is not None and self._steps >= self._maintenance:
                self._maintenance = None
                self._publisher.publish(MaintenanceTaken(cpu.number, vcpu.number, in_guest=True))
                return Cause.MAINTENANCE
            if self._steps >= end:
                return Cause.TICK
            if self._operation is None:
                self._operation = self._next()
            if cause := await self._do(self._operation):
                return cause
            self._steps += 1

    def _next(self) -> Operation:
        """What the guest does next. To serve a device that has nothing to be served takes no time."""
        while True:
            operation = self._guest.send(self._answer)
            if not isinstance(operation, DeviceAccess) or self._devices.find(self._number, operation):
                return operation

    async def _do(self, operation: Operation) -> Cause | None:
        """Do an operation of the guest, or say why it takes an exit."""
        if isinstance(operation, VirtualAccess):
            if operation.register == DIR and self._hypervisor.traps_dir:
                return Cause.TRAP
            self._answer = await self._access(*operation)
        elif isinstance(operation, DistributorAccess):
            return Cause.TRAP
        elif isinstance(operation, DeviceAccess):
            device = self._devices.find(self._number, operation)
            if device and device.trapped:
                return Cause.TRAP
            await self._scheduler.pause()
            if device:
                device.serve()
        elif isinstance(operation, Wait):
            self._operation = None
            if not self._signalled:
                self._alarm = operation.alarm
                return Cause.WAIT
        else:
            await self._scheduler.pause()
            self._answer = self._signalled
        self._operation = None
        return None

    @property
    def _signalled(self) -> bool:
        """vIRQ or vFIQ is high."""
        lines = self._hardware.lines(self._cpu.number)
        return bool(lines.virq or lines.vfiq)

    async def _access(self, register: str, write: bool, value: int) -> int:
        cpu = self._cpu
        event = None
        if register in (COMPLETE if write else ACKNOWLEDGE):
            event = Completed if write else Acknowledged
            before = self._state()
        answer = await self._platform.access(cpu.number, register, write, value)
        if event:
            shown = value if write else answer.value
            self._publisher.publish(event(self._number, cpu.number, register, shown, before))
        if answer.deactivated is not None:
            self._platform.physical_interrupts.deactivate(cpu, answer.deactivated)
        return answer.value

    # ---- what is trapped

    async def _handle_trap(self) -> None:
        operation, self._operation = self._operation, None
        if isinstance(operation, DeviceAccess):
            if device := self._devices.find(self._number, operation):
                await device.serve_trapped()
            return
        access: tuple[bool, int | None, int, int]
        if isinstance(operation, DistributorAccess):
            access = operation
        else:
            assert isinstance(operation, VirtualAccess)
            access = (True, None, 4, operation.value)
        value, aborted = 0, False
        self._publisher.publish(TrapStarted(self._number, *access))
        try:
            value = await self._emulate(*access)
        except UnclaimedAccess:
            aborted = True
        write, offset, length, written = access
        self._publisher.publish(
            TrapEnded(self._number, write, offset, length, written if write else value, aborted)
        )
        self._answer = value

    async def _emulate(self, write: bool, offset: int | None, length: int, value: int) -> int:
        if offset is None:
            await self._hypervisor.trapped_dir(self._number, value)
        elif write:
            await self._hypervisor.vgic.mmio_write(self._number, offset, length, value)
        else:
            return await self._hypervisor.vgic.mmio_read(self._number, offset, length)
        return 0
