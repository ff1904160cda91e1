# SPDX-License-Identifier: Apache-2.0
"""What the models run on while they are compared: banks of the reference model, and a log of what they do."""

from typing import Any, Final

from gicv2_registers import REGISTERS
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import VirtualInterface
from tb.model.hypervisor.lock_order import HeldLocks
from tb.model.hypervisor.platform import Lock, Physical, Platform

_OFFSETS: Final = {name: register.offset for name, register in REGISTERS.items()}
_STATUS: Final = {  # what an exit shows, by its name in a trace
    "elrsr": ("GICH_ELRSR0", "GICH_ELRSR1"),
    "eisr": ("GICH_EISR0", "GICH_EISR1"),
    "misr": ("GICH_MISR",),
    "hcr": ("GICH_HCR",),
    "vmcr": ("GICH_VMCR",),
    "apr": ("GICH_APR",),
}


class Bench(Platform):
    """A platform for one thread: no wait, no window, each lock free. It checks the use of locks.

    It has GICH and GICV of each physical CPU and nothing else: who needs more overrides the methods.

    held  the locks that the model holds
    """

    def __init__(self, cpus: int, num_lr: int) -> None:
        parameters = Parameters(num_cpu=1, num_lr=num_lr)
        self._banks = [VirtualInterface(parameters) for _ in range(cpus)]
        self._lrs = [f"GICH_LR{n}" for n in range(num_lr)]
        self.held = HeldLocks()
        self._kicks: list[int] = []

    # ---- Platform

    async def lock(self, lock: Lock) -> None:
        """It is free, as nobody else runs."""
        self.held.take(lock)

    async def unlock(self, lock: Lock) -> None:
        """See lock()."""
        self.held.give(lock)

    async def window(self, name: str) -> None:
        """Nobody else runs."""

    async def read(self, cpu: int, register: str) -> int:
        """From the bank of a physical CPU."""
        return self._banks[cpu].read_gich(_OFFSETS[register])

    async def write(self, cpu: int, register: str, value: int) -> None:
        """To the bank of a physical CPU."""
        self._banks[cpu].write_gich(_OFFSETS[register], value)

    async def kick(self, vcpu: int) -> None:
        """Logged."""
        self._kicks.append(vcpu)

    async def physical(self, operation: Physical, pintid: int, vcpu: int | None, cpus: int = 0) -> None:
        """There are no physical interrupts."""
        raise NotImplementedError

    async def sample(self, pintid: int, vcpu: int | None, callback: bool) -> int:
        """There are no physical interrupts."""
        raise NotImplementedError

    async def notify_acked(self, vcpu: int, intid: int) -> None:
        """There is nobody to notify."""
        raise NotImplementedError

    async def halt(self, vcpu: int) -> None:
        """There is no way to stop the other vCPUs."""
        raise NotImplementedError

    async def resume(self, vcpu: int) -> None:
        """There is no way to stop the other vCPUs."""
        raise NotImplementedError

    async def log(self, intid: int, message: str) -> None:
        """There is no log."""
        raise NotImplementedError

    # ---- the guest and the hardware

    def guest_read(self, cpu: int, register: str) -> int:
        """The guest reads a GICV register."""
        return self._banks[cpu].read_gicv(_OFFSETS[register])

    def guest_write(self, cpu: int, register: str, value: int) -> int | None:
        """The guest writes a GICV register. The physical INTID that the hardware deactivates, or None."""
        return self._banks[cpu].write_gicv(_OFFSETS[register], value)

    def list_registers(self, cpu: int) -> dict[int, int]:
        """All, by index."""
        return {n: self.gich(cpu, name) for n, name in enumerate(self._lrs)}

    def observe(self, cpu: int) -> dict[str, Any]:
        """What a trace shows of a bank at an exit."""
        status = {
            key: sum(self.gich(cpu, name) << 32 * n for n, name in enumerate(names))
            for key, names in _STATUS.items()
        }
        return {"lrs": self.list_registers(cpu), **status}

    def gich(self, cpu: int, register: str) -> int:
        """A GICH register, for who looks from outside."""
        return self._banks[cpu].read_gich(_OFFSETS[register])

    def take_kicks(self) -> list[int]:
        """The kicks since the last call."""
        kicks, self._kicks = self._kicks, []
        return kicks
