# SPDX-License-Identifier: Apache-2.0
"""The state of the new VGIC, and what every phase needs of it."""

from typing import TYPE_CHECKING, Final

from tb.model.hypervisor.new_vgic.record import FIRST_SPI, Irq, Vcpu
from tb.model.hypervisor.platform import Lock, Physical, Platform, Rank, held

if TYPE_CHECKING:
    from tb.model.hypervisor.new_vgic.dialect import Dialect


class State:
    """One VM's interrupts.

    enabled  GICD_CTLR bit 0
    mutex    the VM's (NV-LOCK-1)
    """

    def __init__(self, platform: Platform, dialect: "Dialect", vcpus: int, nr_lr: int, nr_spis: int) -> None:
        self.platform: Final = platform
        self.dialect: Final = dialect
        self.nr_lr: Final = nr_lr
        self.enabled = False
        self.mutex: Final = Lock("VM", Rank.VM, 0)
        self.vcpus: Final = [Vcpu.create(n, nr_lr) for n in range(vcpus)]
        self.private: Final = [[Irq.private(n, vcpu) for n in range(FIRST_SPI)] for vcpu in self.vcpus]
        target = self.vcpus[0] if dialect.spi_reset_target else None
        self.spis: Final = [Irq.shared(FIRST_SPI + n, target) for n in range(nr_spis)]

    @property
    def nr_irqs(self) -> int:
        """INTIDs that the VM has, from 0 on."""
        return FIRST_SPI + len(self.spis)

    def irq(self, vcpu: Vcpu | None, intid: int) -> Irq | None:
        """The record of an INTID as a vCPU sees it; None if the VM has no such."""
        if intid >= FIRST_SPI:
            return self.spis[intid - FIRST_SPI] if intid < self.nr_irqs else None
        return self.private[vcpu.number][intid] if vcpu else None

    def oracle(self, irq: Irq) -> Vcpu | None:
        """The vCPU whose ap_list should hold the interrupt (NV-ORACLE-1, NV-ORACLE-2)."""
        if irq.active:
            return irq.vcpu or irq.target_vcpu
        if irq.enabled and irq.pending and self.enabled:
            return irq.target_vcpu
        return None

    def held(self, *locks: Lock) -> held:
        """`async with state.held(lock, ...)`."""
        return held(self.platform, *locks)

    async def kick(self, vcpu: Vcpu) -> None:
        """NV-KICK-1."""
        if self.dialect.kick_requests:
            vcpu.kick_requested = True
        await self.platform.kick(vcpu.number)

    async def physical(self, operation: Physical, irq: Irq, cpus: int = 0) -> None:
        """Change the physical interrupt that a mapped one is tied to."""
        owner = irq.owner.number if irq.owner else None
        await self.platform.physical(operation, irq.pintid, owner, cpus)

    async def sample(self, irq: Irq) -> int:
        """The wire of a mapped interrupt."""
        owner = irq.owner.number if irq.owner else None
        return await self.platform.sample(irq.pintid, owner, irq.callback)
