# SPDX-License-Identifier: Apache-2.0
"""The machine: a scenario's actors around one hypervisor, on somebody's hardware."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from tb.model.machine.board import Board
from tb.model.machine.cpus import Pcpu, Vcpu
from tb.model.machine.devices import Device, Devices
from tb.model.machine.events import Acknowledged, Draining, Entered, Publisher, Rested
from tb.model.machine.guest import FIRST_SPECIAL_ID, Guest, Habits, Layout
from tb.model.machine.hardware import Hardware
from tb.model.machine.host import Host
from tb.model.machine.hypervisors import Kind, Sizes
from tb.model.machine.platform import MachinePlatform
from tb.model.machine.scenarios import Scenario
from tb.model.machine.scheduler import Scheduler
from tb.model.machine.vcpu_loop import VcpuLoop
from tb.model.stream import stream

# No run goes on for ever. Whatever is later than this ends it, and fails it:
PATIENCE: Final = 500_000  # turns without an entry; before the drain, it only begins then
DRAIN_LIMIT: Final = 3000  # entries that a machine may need to come to rest
IDLE_LIMIT: Final = 250  # ... and of these, without a delivery in between


@dataclass(frozen=True)
class Setup:
    """The size of a machine, and the seed of all that happens.

    vcpus    virtual CPUs, 1..8
    pcpus    physical CPUs: so many banks the hardware has
    num_lr   list registers a bank
    entries  guest entries after which the machine drains, once all guests have booted
    """

    vcpus: int
    pcpus: int
    num_lr: int
    seed: int
    entries: int


class Machine:
    """One run: call run() once. What happens is told to the subscribers of `publisher`.

    board  its parts, to look at
    """

    def __init__(
        self,
        kind: Kind,
        scenario: Scenario,
        setup: Setup,
        hardware: Hardware,
        publisher: Publisher,
        scheduler: Scheduler | None = None,
    ) -> None:
        """With another scheduler than that of the setup's seed, `scheduler`."""
        self._scenario: Final = scenario
        self._setup: Final = setup
        self._entries = 0
        self._drained = 0  # how many they were when the drain began
        self._delivered = 0  # ... and at the last delivery
        publisher.subscribe(Entered, self._count)
        publisher.subscribe(Acknowledged, self._deliver)
        scheduler = scheduler or Scheduler(setup.seed)
        scheduler.deadline = PATIENCE
        cpus = [Pcpu(n) for n in range(setup.pcpus)]
        vcpus = [Vcpu(n) for n in range(setup.vcpus)]
        late_ipis = kind.hypervisor.late_ipis
        platform = MachinePlatform(scheduler, publisher, hardware, cpus, vcpus, late_ipis, self._stall())
        vgic = kind.make_vgic(platform, Sizes(setup.vcpus, setup.num_lr, scenario.spis))
        host = Host(scheduler, self._random("host"), cpus)
        self.board: Final = Board(
            setup.seed, scheduler, publisher, hardware, platform, kind.hypervisor(vgic), host, vcpus
        )

    async def run(self) -> None:
        """The whole run. Accesses are performed by the hardware that the machine was given."""
        board = self.board
        board.scheduler.spawn("user space", self._start())
        try:
            await board.scheduler.run(board.hardware.access)
        finally:
            board.scheduler.close()
        board.publisher.publish(Rested(quiet=not board.scheduler.stopped))

    async def _start(self) -> None:
        """Make devices and guests, then signal vCPUs."""
        board, scenario = self.board, self._scenario
        devices = Devices()
        for device in scenario.devices(board):
            devices.add(device)
            await device.connect()
            self._begin(device)
        layout = devices.layout(len(board.vcpus), scenario.spis)
        for vcpu in board.vcpus:
            name = f"vCPU {vcpu.number}"
            habits = scenario.habits[vcpu.number % len(scenario.habits)]
            guest = self._guest(vcpu.number, habits, layout)
            loop = self._loop(vcpu, guest, devices, self._random(name))
            board.scheduler.spawn(name, loop.run())
        board.scheduler.spawn("watchdog", self._watch())
        await self._disturb()

    def _stall(self) -> Callable[[], int]:
        """How long each stay between two locks lasts."""
        stalls, random = self._scenario.stalls, self._random("windows")
        return lambda: random.randrange(*stalls) if stalls else 0

    async def _disturb(self) -> None:
        """Signal vCPUs."""
        board, signals, random = self.board, self._scenario.signals, self._random("user space")
        while signals and not board.draining:
            await board.scheduler.sleep(random.randrange(*signals))
            self._signal(random.choice(board.vcpus))

    # ---- what a machine without randomness does otherwise

    def _begin(self, device: Device) -> None:
        """The device lives from now on."""
        device.start()

    def _loop(self, vcpu: Vcpu, guest: Guest, devices: Devices, random: Random) -> VcpuLoop:
        """The thread of a vCPU."""
        return VcpuLoop(self.board, vcpu, guest, devices, self._scenario.pace, random)

    def _random(self, name: str) -> Random:
        """Where an actor takes its decisions from."""
        return stream(self._setup.seed, name)

    def _guest(self, vcpu: int, habits: Habits, layout: Layout) -> Guest:
        """The software on a vCPU."""
        return Guest(self.board, vcpu, habits, layout, self._random(f"guest of vCPU {vcpu}"))

    def _signal(self, vcpu: Vcpu) -> None:
        """User space wants the vCPU's thread."""
        vcpu.signalled = True

    # ---- the end

    async def _watch(self) -> None:
        """End a run in which nobody enters any more, though devices go on."""
        seen = -1
        while not self.board.draining:
            if seen == self._entries:
                self._drain()
            seen = self._entries
            await self.board.scheduler.sleep(PATIENCE)

    def _count(self, _: Entered) -> None:
        board = self.board
        board.scheduler.deadline = board.scheduler.turns + PATIENCE
        self._entries += board.is_ready or board.draining
        if board.draining:
            idle = self._entries - max(self._drained, self._delivered) > IDLE_LIMIT
            board.scheduler.stopped = idle or self._entries - self._drained > DRAIN_LIMIT
        elif self._entries == self._setup.entries:
            self._drain()

    def _deliver(self, event: Acknowledged) -> None:
        if event.intid < FIRST_SPECIAL_ID:
            self._delivered = self._entries

    def _drain(self) -> None:
        self.board.draining = True
        self._drained = self._entries
        self.board.publisher.publish(Draining())
