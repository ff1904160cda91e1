# SPDX-License-Identifier: Apache-2.0
"""The new VGIC as its users call it."""

from typing import Final

from tb.model.hypervisor.new_vgic import overflow
from tb.model.hypervisor.new_vgic.dialect import Dialect
from tb.model.hypervisor.new_vgic.state import State
from tb.model.hypervisor.platform import Platform

EINVAL: Final = 22


class NewVgic:
    """One VM's VGIC: a `platform.Vgic`, and what else this family can do.

    state  records and lists, to look at
    """

    def __init__(self, platform: Platform, dialect: Dialect, vcpus: int, nr_lr: int, nr_spis: int) -> None:
        self.state: Final = State(platform, dialect, vcpus, nr_lr, nr_spis)
        self.dialect: Final = dialect

    async def inject(self, vcpu: int | None, intid: int, level: int, token: int | None = None) -> int:
        """A wire changes; `token` says whose wire it is (NV-INJ-1)."""
        irq = self.state.irq(None if vcpu is None else self.state.vcpus[vcpu], intid)
        if not irq:
            return -EINVAL
        await self.dialect.queue.inject(self.state, irq, level, token)
        return 0

    async def mmio_read(self, vcpu: int, offset: int, length: int) -> int:
        """A guest's trapped read of GICD."""
        return await self.dialect.distributor.read(self.state, self.state.vcpus[vcpu], offset, length)

    async def mmio_write(self, vcpu: int, offset: int, length: int, value: int) -> None:
        """A guest's trapped write of GICD."""
        await self.dialect.distributor.write(self.state, self.state.vcpus[vcpu], offset, length, value)

    async def trapped_dir(self, vcpu: int, value: int) -> None:
        """A guest's trapped write of GICV_DIR (`kvm19`)."""
        await overflow.trapped_dir(self.state, self.state.vcpus[vcpu], value)

    async def load(self, vcpu: int, cpu: int) -> None:
        """The vCPU comes to a physical CPU."""
        self.state.vcpus[vcpu].cpu = cpu
        await self.dialect.gich.load(self.state, self.state.vcpus[vcpu])

    async def put(self, vcpu: int) -> None:
        """It leaves it."""
        await self.dialect.gich.put(self.state, self.state.vcpus[vcpu])

    async def serve_requests(self, vcpu: int) -> bool:
        """First of all at an entry: kicks so far need no more, a prune is done (K19-5). True if it was."""
        one = self.state.vcpus[vcpu]
        one.kick_requested = False
        pruned, one.prune_requested = one.prune_requested, False
        if pruned:
            await self.dialect.prune.prune(self.state, one)
        return pruned

    async def flush(self, vcpu: int) -> None:
        """Fill the list registers for an entry."""
        await self.dialect.world_switch.flush(self.state, self.state.vcpus[vcpu])

    def must_cancel(self, vcpu: int) -> bool:
        """Whether a kick has come since the requests were served: give up the entry and sync (NV-KICK-1)."""
        return self.state.vcpus[vcpu].kick_requested

    async def sync(self, vcpu: int) -> None:
        """Fold the list registers back after an exit."""
        await self.dialect.world_switch.sync(self.state, self.state.vcpus[vcpu])

    async def pending(self, vcpu: int) -> bool:
        """NV-PEND-1."""
        return await self.dialect.wakeup.pending(self.state, self.state.vcpus[vcpu])

    async def block(self, vcpu: int) -> bool:
        """Before a wait for an interrupt; True if there is no need to wait."""
        await self.dialect.gich.block(self.state, self.state.vcpus[vcpu])
        return await self.pending(vcpu)

    async def unblock(self, vcpu: int) -> None:
        """After the wait."""
        await self.dialect.gich.unblock(self.state, self.state.vcpus[vcpu])

    async def map(
        self, vcpu: int | None, intid: int, pintid: int, *, callback: bool = False, token: int | None = None
    ) -> int:
        """Tie an interrupt to a physical one. 0 or a negative errno."""
        irq = self.state.irq(None if vcpu is None else self.state.vcpus[vcpu], intid)
        if not irq:
            return -EINVAL
        result = await self.dialect.mapping.map(self.state, irq, pintid)
        if not result:
            irq.callback, irq.token = callback, token
        return result

    async def unmap(self, vcpu: int | None, intid: int) -> int:
        """Untie it. 0 or a negative errno."""
        irq = self.state.irq(None if vcpu is None else self.state.vcpus[vcpu], intid)
        return await self.dialect.mapping.unmap(self.state, irq) if irq else -EINVAL
