# SPDX-License-Identifier: Apache-2.0
"""What a VGIC model needs from the world, and what it offers to it.

A model is a set of coroutines. Each await of a platform's method is a point at which a scheduler may run
somebody else; nothing else is, so code between two awaits is atomic. Nobody needs asyncio: who owns the
platform drives the coroutines, and `run` is enough where no await ever waits.
"""

from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Rank(IntEnum):
    """Order of the locks, outermost first (NV-LOCK-1); classic has one lock, of rank DISTRIBUTOR."""

    VM = 0
    DISTRIBUTOR = 1
    AP_LIST = 2
    DESC = 3  # of a physical interrupt, in xen
    IRQ = 4


@dataclass(frozen=True, eq=False, slots=True)
class Lock:
    """A lock's identity; who holds it is the platform's business.

    rank  NV-LOCK-1
    id    the vCPU's number of an AP_LIST lock, which orders two of them (NV-LOCK-2); the INTID of an IRQ lock
    """

    name: str
    rank: Rank
    id: int


class Physical(Enum):
    """What is done to a physical interrupt; the value is the word that traces have for it."""

    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    UNPEND = "unpend"
    ENABLE = "enable"
    DISABLE = "disable"
    AFFINITY = "affinity"  # with the mask of CPUs
    DIR = "dir"  # deactivation through GICC_DIR


class UnclaimedAccess(Exception):
    """No register of the distributor takes a guest's access: a data abort, or user space's turn."""


class HypervisorStopped(Exception):
    """What the real hypervisor would not survive."""


class Platform(Protocol):
    """The world below and beside a VGIC model.

    `vcpu` and `cpu` are numbers: of the VM's virtual CPUs, and of physical CPUs, which are the banks of GICH.
    Register names are those of `gicv2_registers.REGISTERS`.
    """

    async def lock(self, lock: Lock) -> None:
        """Take a lock; waits while somebody else holds it.

        Interrupts of the CPU stay masked while a lock other than the VM's is held (NV-LOCK-4).
        """

    async def unlock(self, lock: Lock) -> None:
        """Give a lock back."""

    async def window(self, name: str) -> None:
        """A place where the rules let others run while no lock is held (NV-QUEUE-3, NV-PRUNE-3)."""

    async def read(self, cpu: int, register: str) -> int:
        """Read a GICH register of the physical CPU that the code runs on."""

    async def write(self, cpu: int, register: str, value: int) -> None:
        """Write a GICH register of the physical CPU that the code runs on."""

    async def physical(self, operation: Physical, pintid: int, vcpu: int | None, cpus: int = 0) -> None:
        """Change a physical interrupt. `vcpu`: the one that a private interrupt belongs to, else None."""

    async def sample(self, pintid: int, vcpu: int | None, callback: bool) -> int:
        """The wire of a physical interrupt, 0 or 1.

        With `callback` its device is asked; without, it is the pending state of the physical distributor.
        """

    async def kick(self, vcpu: int) -> None:
        """Wake a vCPU that sleeps; interrupt one that runs in the guest (NV-KICK-1)."""

    async def notify_acked(self, vcpu: int, intid: int) -> None:
        """A level interrupt was completed on this vCPU; who listens may inject (NV-SYNC-3)."""

    async def halt(self, vcpu: int) -> None:
        """Bring all other vCPUs out of the guest, through their sync, and keep them out (NV-MMIO-5)."""

    async def resume(self, vcpu: int) -> None:
        """Let them run again."""

    async def log(self, intid: int, message: str) -> None:
        """The hypervisor's log has a line about an interrupt."""


class held:
    """`async with held(platform, lock, ...)`: takes the locks in this order, gives them back in reverse."""

    __slots__ = ("_locks", "_platform")

    def __init__(self, platform: Platform, *locks: Lock) -> None:
        self._platform, self._locks = platform, locks

    def __aenter__(self) -> Awaitable[None]:
        return self._platform.lock(self._locks[0]) if len(self._locks) == 1 else self._take()

    def __aexit__(self, *error: object) -> Awaitable[None]:
        return self._platform.unlock(self._locks[0]) if len(self._locks) == 1 else self._give()

    async def _take(self) -> None:
        for lock in self._locks:
            await self._platform.lock(lock)

    async def _give(self) -> None:
        for lock in reversed(self._locks):
            await self._platform.unlock(lock)


class Vgic(Protocol):
    """What every VGIC model offers; a user's own VGIC, too, once it has these.

    `load` when a vCPU comes to a physical CPU and `put` when it leaves it; in between, on that CPU, `flush`
    before each guest entry and `sync` after each exit, also after an entry that was given up.
    """

    async def inject(self, vcpu: int | None, intid: int, level: int) -> int:
        """A device's wire changes. `vcpu`: owner of a private interrupt, else None. 0 or a negative errno."""

    async def mmio_read(self, vcpu: int, offset: int, length: int) -> int:
        """A guest's trapped read of `length` bytes, `offset` from GICD's base; or UnclaimedAccess."""

    async def mmio_write(self, vcpu: int, offset: int, length: int, value: int) -> None:
        """A guest's trapped write; or UnclaimedAccess."""

    async def load(self, vcpu: int, cpu: int) -> None:
        """Bring the vCPU's context to a physical CPU."""

    async def put(self, vcpu: int) -> None:
        """Take the vCPU's context away from its physical CPU."""

    async def flush(self, vcpu: int) -> None:
        """Fill the list registers for an entry."""

    async def sync(self, vcpu: int) -> None:
        """Fold the list registers back after an exit."""

    async def pending(self, vcpu: int) -> bool:
        """Whether a blocked vCPU has a reason to wake up (NV-PEND-1)."""


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine whose platform never makes it wait; RuntimeError if it does."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("the coroutine waits, but nobody is there to wait for")
