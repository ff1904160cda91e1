# SPDX-License-Identifier: Apache-2.0
"""Devices, with their interrupts: actors that last until the machine drains."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from enum import Enum
from typing import Final

from tb.model.hypervisor.platform import Physical
from tb.model.machine.board import Board
from tb.model.machine.events import LineChanged, Mapped, Pulsed
from tb.model.machine.guest import FIRST_SPI, Layout
from tb.model.machine.operations import DeviceAccess, Point
from tb.model.machine.scheduler import Signal
from tb.model.stream import stream

Range = tuple[int, int]  # from, and below; of turns of the scheduler
Act = Callable[[], Awaitable[None]]


class Drop(Enum):
    """When a level device lowers its wire."""

    ACTIVE = Point.ACTIVE  # the guest serves it right after the acknowledge
    BEFORE = Point.BEFORE  # ... before the EOI
    AFTER = Point.AFTER  # ... after the EOI: it may interrupt once more
    NOTICE = "notice"  # at the VGIC's notice (NV-SYNC-3); where there is none: AFTER
    NEVER = "never"  # as it likes, whatever the guest does


class Device:
    """A device with an interrupt.

    vcpu     whose private interrupt it is; None: an SPI
    intid    its interrupt's
    edge     how the guest has to configure it
    trapped  user space has the device, so that the guest's service takes an exit
    """

    edge = True
    trapped = False

    def __init__(self, board: Board, vcpu: int | None, intid: int) -> None:
        self.vcpu: Final = vcpu
        self.intid: Final = intid
        self._board: Final = board
        self._random: Final = stream(board.seed, self.name)
        self._telling = False
        self._told: Final = Signal(f"{self.name} to inject")

    @property
    def intids(self) -> tuple[int, ...]:
        """All its interrupts."""
        return (self.intid,)

    @property
    def name(self) -> str:
        """Of the actor."""
        return f"device {self.intid}" + ("" if self.vcpu is None else f" of vCPU {self.vcpu}")

    def start(self, act: Act | None = None) -> None:
        """Add its actors. `act` is done again and again in place of what it does by itself."""
        self._board.scheduler.spawn(self.name, self._live(act or self._act))

    async def connect(self) -> None:
        """Before anything else runs."""

    def wants(self, point: Point) -> bool:
        """Whether the guest's service at this point makes it do something."""
        return False

    def serve(self) -> None:
        """The guest's service, at a point that it wants."""

    async def serve_trapped(self) -> None:
        """The same in user space, in the thread of the vCPU."""

    async def drive(self, level: int) -> None:
        """Of a level device: its wire goes to this level."""
        raise NotImplementedError

    async def _live(self, act: Act) -> None:
        while not self._board.is_ready:
            await self._board.scheduler.wait(self._board.ready)
        while not self._board.draining:
            await act()

    async def _act(self) -> None:
        """What it does again and again; sleeps now and then."""
        raise NotImplementedError

    async def _sleep(self, duration: Range) -> None:
        await self._board.scheduler.sleep(self._random.randrange(*duration))

    async def pulse(self, intid: int) -> None:
        """The wire of an interrupt rises and falls, if it is an edge."""
        self._board.publisher.publish(Pulsed(self.vcpu, intid))
        await self._board.inject(self.vcpu, intid, 1)
        await self._board.inject(self.vcpu, intid, 0)

    async def _inject(self, wire: Callable[[], int]) -> None:
        """Tell the VGIC of the wire, as it is then: one after the other, whoever drives it."""
        while self._telling:
            await self._board.scheduler.wait(self._told)
        self._telling = True
        await self._board.inject(self.vcpu, self.intid, wire())
        self._telling = False
        self._board.scheduler.notify(self._told)


class EdgeDevice(Device):
    """Sends an edge from time to time: its wire rises and falls."""

    def __init__(self, board: Board, vcpu: int | None, intid: int, gap: Range) -> None:
        super().__init__(board, vcpu, intid)
        self._gap: Final = gap

    async def _act(self) -> None:
        await self._sleep(self._gap)
        await self.pulse(self.intid)


class BurstDevice(EdgeDevice):
    """Sends edges of several interrupts at once, each from an actor of its own."""

    def __init__(self, board: Board, intids: Sequence[int], gap: Range) -> None:
        super().__init__(board, None, intids[0], gap)
        self._intids: Final = tuple(intids)
        self._bursts = 0
        self._under_way = 0
        self._sent: Final = Signal(f"a burst of {self.name}")

    @property
    def intids(self) -> tuple[int, ...]:
        return self._intids

    async def _act(self) -> None:
        await self._sleep(self._gap)
        self._bursts += 1
        self._under_way = len(self._intids)
        for intid in self._intids:
            self._board.scheduler.spawn(f"edge {self._bursts} of {intid}", self._send(intid))
        while self._under_way:
            await self._board.scheduler.wait(self._sent)

    async def _send(self, intid: int) -> None:
        await self.pulse(intid)
        self._under_way -= 1
        self._board.scheduler.notify(self._sent)


class LevelDevice(Device):
    """Raises its wire from time to time and lowers it when it is served.

    Its work is in another thread than the guest's, unless user space has it: then the guest's service is
    trapped, and the vCPU's own thread lowers the wire.
    """

    edge = False

    def __init__(
        self,
        board: Board,
        vcpu: int | None,
        intid: int,
        gap: Range,
        drop: Drop,
        *,
        trapped: bool = False,
    ) -> None:
        super().__init__(board, vcpu, intid)
        if drop is Drop.NOTICE and (vcpu is not None or not board.hypervisor.notifies):
            drop = Drop.AFTER
        self._gap: Final = gap
        self._drop: Final = drop
        self.trapped = trapped
        self._level = 0
        self._lowerings = 0
        if drop is Drop.NOTICE:
            board.platform.listeners[intid] = self._lower

    def wants(self, point: Point) -> bool:
        return self._level == 1 and point is self._drop.value

    def serve(self) -> None:
        """The device's own thread lowers the wire, some time."""
        self._lowerings += 1
        self._board.scheduler.spawn(f"{self.name}, lowering {self._lowerings}", self._lower())

    async def serve_trapped(self) -> None:
        await self._lower()

    async def _act(self) -> None:
        await self._sleep(self._gap)
        if not self._level:
            await self._raise()
        elif self._drop is Drop.NEVER:
            await self._lower()

    async def _live(self, act: Act) -> None:
        await super()._live(act)
        if self._drop is Drop.NEVER:
            await self._lower()
        if self.intid in self._board.exchanged:  # an edge has no fall, so the VGIC may take it for high
            while self._board.exchanging:
                await self._sleep((10, 100))
            await self._tell()

    async def _raise(self) -> None:
        await self.drive(1)

    async def _lower(self) -> None:
        if self._level:
            await self.drive(0)

    async def drive(self, level: int) -> None:
        """Set the wire."""
        self._level = level
        self._board.publisher.publish(LineChanged(self.vcpu, self.intid, level))
        await self._tell()

    async def _tell(self) -> None:
        """Whom the wire leads to."""
        await self._inject(lambda: self._level)


class MappedDevice(LevelDevice):
    """A level device that the guest owns: its wire leads to the physical distributor, and the guest's service
    lowers it at once. The host takes the physical interrupt and injects the virtual one.

    Where the hypervisor cannot tie the two, the host only injects.
    """

    def __init__(self, board: Board, vcpu: int | None, intid: int, gap: Range, drop: Drop) -> None:
        super().__init__(board, vcpu, intid, gap, drop)
        self._physical: Final = board.platform.physical_interrupts
        self.is_mapped = False
        self._may_be_high = False  # as far as the VGIC has been told
        self._restoring = False

    async def connect(self) -> None:
        self.is_mapped = await self._board.hypervisor.map(self.vcpu, self.intid, self.intid)
        if self.is_mapped:
            if self._board.hypervisor.follows_enable and self.vcpu is None:
                self._physical.disable(self.intid)
            self._board.publisher.publish(Mapped(self.vcpu, self.intid, self.intid))

    def start(self, act: Act | None = None) -> None:
        super().start(act)
        if self.is_mapped:
            self._board.scheduler.spawn(f"host interrupt of {self.name}", self._take())

    def serve(self) -> None:
        if not self.is_mapped:
            super().serve()
            return
        self._level = 0
        self._board.publisher.publish(LineChanged(self.vcpu, self.intid, 0))
        self._physical.set_line(self.intid, self.vcpu, 0)

    async def _tell(self) -> None:
        if self.is_mapped:
            self._physical.set_line(self.intid, self.vcpu, self._level)
        else:
            await super()._tell()

    async def restore(self) -> None:
        """The host brings a vCPU's device along to a physical CPU: its interrupt is active there if the wire
        is high or the guest still works on it. The device runs there only when that is settled, so what
        becomes of its wire meanwhile is seen afterwards.
        """
        assert self.vcpu is not None
        physical, level = self._physical, self._level
        self._restoring = True
        if level or self._may_be_high:
            self._may_be_high = bool(level)
            await self._inject(lambda: level)
        if level and not physical.is_active(self.intid, self.vcpu):
            physical.acknowledge(physical.cpu(self.intid, self.vcpu), self.intid, self.vcpu)
        elif not level and not await self._board.hypervisor.is_active(self.vcpu, self.intid):
            await self._board.platform.physical(Physical.DEACTIVATE, self.intid, self.vcpu)
        self._restoring = False
        self._board.scheduler.notify(physical.changed)

    async def _take(self) -> None:
        """The host's handler of the physical interrupt."""
        scheduler, physical = self._board.scheduler, self._physical
        while True:
            while self._restoring or not physical.is_deliverable(self.intid, self.vcpu):
                await scheduler.wait(physical.changed)
            cpu = physical.cpu(self.intid, self.vcpu)
            if cpu and cpu.masked:
                cpu.physical.add(self.intid)
                await scheduler.wait(cpu.unmasked)
                cpu.physical.discard(self.intid)
                continue
            physical.acknowledge(cpu, self.intid, self.vcpu)
            self._may_be_high = True
            await self._inject(lambda: 1)


class MappedEdgeDevice(MappedDevice):
    """The same with edges: the guest has nothing to serve."""

    edge = True

    def __init__(self, board: Board, intid: int, gap: Range) -> None:
        super().__init__(board, None, intid, gap, Drop.NEVER)

    async def _act(self) -> None:
        await self._sleep(self._gap)
        await self.pulse(self.intid)

    async def pulse(self, intid: int) -> None:
        """The physical wire, where the two are tied."""
        if self.is_mapped:
            self._board.publisher.publish(Pulsed(self.vcpu, intid))
            self._physical.send_edge(self.intid, self.vcpu)
        else:
            await super().pulse(intid)


class Devices:
    """All devices of a machine."""

    def __init__(self) -> None:
        self._all: Final[dict[tuple[int | None, int], Device]] = {}

    def add(self, device: Device) -> None:
        """One more."""
        self._all[device.vcpu, device.intid] = device

    def __iter__(self) -> Iterator[Device]:
        return iter(self._all.values())

    def layout(self, vcpus: int, spis: int) -> Layout:
        """Their interrupts, as guests have to set them up, where the VM has so many SPIs."""
        shared = {intid: device.edge for device in self if device.vcpu is None for intid in device.intids}
        ppis = sorted({device.intid for device in self if device.vcpu is not None})
        free = [intid for intid in range(FIRST_SPI, FIRST_SPI + spis) if intid not in shared]
        return Layout(vcpus, shared, tuple(ppis), tuple(free[len(free) // 2 :: 7]))

    def timers(self, vcpu: int) -> list[MappedDevice]:
        """Mapped devices of a vCPU."""
        return [
            device
            for device in self
            if isinstance(device, MappedDevice) and device.is_mapped and device.vcpu == vcpu
        ]

    def find(self, vcpu: int, access: DeviceAccess) -> Device | None:
        """The device that a guest's service makes do something, if any."""
        device = self._all.get((vcpu if access.intid < FIRST_SPI else None, access.intid))
        return device if device and device.wants(access.point) else None
