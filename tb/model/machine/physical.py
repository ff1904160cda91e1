# SPDX-License-Identifier: Apache-2.0
"""Physical interrupts of the host that are tied to virtual ones."""

from typing import Final

from tb.model.hardware.distributor import PhysicalDistributor
from tb.model.hypervisor.platform import Physical
from tb.model.machine.cpus import Pcpu, Vcpu
from tb.model.machine.events import Deactivated, PhysicalChanged, PhysicalTaken, Publisher
from tb.model.machine.scheduler import Scheduler, Signal

FIRST_SPI: Final = 32


class PhysicalInterrupts:
    """The physical distributor as the host uses it.

    An interrupt below 32 belongs to a vCPU: the host saves and restores it along with that, as it does with
    timers. So the distributor keeps it by vCPU here, and a request of a CPU means the vCPU loaded there.

    distributor  its state
    changed      comes when an interrupt may have become deliverable
    """

    def __init__(
        self, scheduler: Scheduler, publisher: Publisher, cpus: list[Pcpu], vcpus: list[Vcpu]
    ) -> None:
        self.distributor = PhysicalDistributor()
        self.changed: Final = Signal("a physical interrupt", idle=True)
        self._scheduler: Final = scheduler
        self._cpus: Final = cpus
        self._vcpus: Final = vcpus
        self._publisher: Final = publisher
        self._disabled: Final[set[int]] = set()
        self._affinity: Final[dict[int, int]] = {}

    def cpu(self, pintid: int, vcpu: int | None) -> Pcpu | None:
        """The CPU that it interrupts; None: its vCPU is on none, so the host looks after it by itself."""
        return self._cpus[self._affinity.get(pintid, 0)] if vcpu is None else self._vcpus[vcpu].cpu

    def is_deliverable(self, pintid: int, vcpu: int | None) -> bool:
        """Enabled, pending and not active."""
        bank = vcpu or 0
        return (
            pintid not in self._disabled
            and self.distributor.is_pending(pintid, bank)
            and not self.distributor.is_active(pintid, bank)
        )

    def is_active(self, pintid: int, vcpu: int | None) -> bool:
        """Taken, and not deactivated."""
        return self.distributor.is_active(pintid, vcpu or 0)

    def acknowledge(self, cpu: Pcpu | None, pintid: int, vcpu: int | None) -> None:
        """The host takes it: active from now on."""
        bank = vcpu if vcpu is not None else cpu.number if cpu else 0
        self.distributor.acknowledge(pintid, bank)
        self._publisher.publish(PhysicalTaken(cpu.number if cpu else None, vcpu, pintid))

    def deactivate(self, cpu: Pcpu, pintid: int) -> None:
        """A list register's HW bit asks for it."""
        assert cpu.vcpu
        vcpu = cpu.vcpu.number if pintid < FIRST_SPI else None
        bank = cpu.number if vcpu is None else vcpu
        was_active = self.distributor.is_active(pintid, bank)
        self.distributor.deactivate(pintid, bank)
        if not self.distributor.is_active(pintid, bank):
            self._publisher.publish(Deactivated(cpu.number, vcpu, pintid, was_active))
        self._scheduler.notify(self.changed)

    def change(self, operation: Physical, pintid: int, vcpu: int | None, cpus: int) -> None:
        """What the VGIC wants."""
        bank = vcpu or 0
        was_active = self.distributor.is_active(pintid, bank)
        word, bit = pintid // 32, 1 << pintid % 32
        if operation is Physical.ACTIVATE:
            self.distributor.write(f"GICD_ISACTIVER{word}", bit, bank)
        elif operation in (Physical.DEACTIVATE, Physical.DIR):
            self.distributor.write(f"GICD_ICACTIVER{word}", bit, bank)
        elif operation is Physical.ENABLE:
            self._disabled.discard(pintid)
        elif operation is Physical.DISABLE:
            self._disabled.add(pintid)
        elif operation is Physical.AFFINITY:
            self._affinity[pintid] = (cpus & -cpus).bit_length() - 1
        elif operation is Physical.UNPEND:  # an edge that was not taken yet; a wire stays as it is
            self.distributor.acknowledge(pintid, bank)
            if not was_active:
                self.distributor.write(f"GICD_ICACTIVER{word}", bit, bank)
        self._publisher.publish(PhysicalChanged(operation, vcpu, pintid, was_active))
        self._scheduler.notify(self.changed)

    def disable(self, pintid: int) -> None:
        """Nobody has enabled it yet."""
        self._disabled.add(pintid)

    def send_edge(self, pintid: int, vcpu: int | None) -> None:
        """The device's wire rises, and falls again."""
        self.distributor.set_pending(pintid, vcpu or 0)
        self._scheduler.notify(self.changed)

    def set_line(self, pintid: int, vcpu: int | None, level: int) -> None:
        """The device drives its wire."""
        self.distributor.set_line(pintid, bool(level), vcpu or 0)
        self._scheduler.notify(self.changed)
