# SPDX-License-Identifier: Apache-2.0
"""The distributor of `kvm*` (A.8)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from tb.model.hypervisor.new_vgic.distributor import Bank, Distributor
from tb.model.hypervisor.new_vgic.record import FIRST_SPI, Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State
from tb.model.hypervisor.platform import Physical


@asynccontextmanager
async def halted(state: State, vcpu: Vcpu, irq: Irq) -> AsyncIterator[None]:
    """The VM's mutex held; for an SPI, no other vCPU in the guest (NV-MMIO-5)."""
    async with state.held(state.mutex):
        if irq.intid >= FIRST_SPI:
            await state.platform.halt(vcpu.number)
        yield
        if irq.intid >= FIRST_SPI:
            await state.platform.resume(vcpu.number)


class KvmDistributor(Distributor):
    """What no register takes is RAZ/WI."""

    iidr = 0x4B00_343B

    def unclaimed(self, offset: int) -> None:
        """RAZ/WI."""

    def quiet(
        self, state: State, vcpu: Vcpu, bank: Bank, irqs: Sequence[Irq]
    ) -> AbstractAsyncContextManager[None]:
        """Active state is changed and read with the vCPUs halted."""
        return halted(state, vcpu, irqs[0]) if bank.read == self.read_active else nullcontext()

    async def read_group(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        return irq.group

    async def write_group(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """Queues each, changed or not."""
        await state.platform.lock(irq.lock)
        irq.group = value
        await state.dialect.queue.queue(state, irq)

    async def set_enabled(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """Also if it was enabled already."""
        if not value:
            return
        await state.platform.lock(irq.lock)
        if irq.is_mapped_level:
            await self.resample(state, irq)
        irq.enabled = 1
        await state.dialect.queue.queue(state, irq)

    async def resample(self, state: State, irq: Irq) -> None:
        """The wire may have changed while it was disabled."""
        was_high, irq.line_level = irq.line_level, await state.sample(irq)
        if was_high and not irq.line_level and not irq.active:
            await state.physical(Physical.DEACTIVATE, irq)

    async def clear_enabled(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        if value:
            async with state.held(irq.lock):
                irq.enabled = 0

    async def read_pending(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        """A mapped level interrupt reads as the wire."""
        async with state.held(irq.lock):
            return await state.sample(irq) if irq.is_mapped_level else int(irq.pending)

    async def set_pending(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        if not value or irq.is_sgi:
            return
        await state.platform.lock(irq.lock)
        irq.pending_latch = 1
        if irq.hw:
            await state.physical(Physical.ACTIVATE, irq)
        await state.dialect.queue.queue(state, irq)

    async def clear_pending(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        if not value or irq.is_sgi:
            return
        async with state.held(irq.lock):
            was_latched, irq.pending_latch = irq.pending_latch, 0
            if irq.hw and self.clears_physical(irq, was_latched):
                await state.physical(Physical.UNPEND, irq)
                if not irq.active:
                    await state.physical(Physical.DEACTIVATE, irq)

    def clears_physical(self, irq: Irq, was_latched: int) -> bool:
        """Always."""
        return True

    async def set_active(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        if not value:
            return
        await state.platform.lock(irq.lock)
        irq.active = 1
        if irq.is_sgi:
            irq.active_source = vcpu.number
        if irq.hw:
            await state.physical(Physical.ACTIVATE, irq)
        await state.dialect.queue.queue(state, irq)

    async def clear_active(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """The list is pruned later."""
        if not value:
            return
        async with state.held(irq.lock):
            irq.active = 0
            if irq.hw:
                await state.physical(Physical.DEACTIVATE, irq)

    def default_target(self, state: State) -> Vcpu | None:
        return state.vcpus[0]

    async def follow_target(self, state: State, irq: Irq) -> None:
        """Nothing: the host decides where a physical interrupt goes."""

    async def read_sources(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        return irq.source

    async def set_sources(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """Bits of vCPUs that do not exist become sources; a zero byte on a waiting SGI kicks again."""
        await state.platform.lock(irq.lock)
        irq.source |= value
        if irq.source:
            irq.pending_latch = 1
            await state.dialect.queue.queue(state, irq)
        else:
            await state.platform.unlock(irq.lock)

    async def clear_sources(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        async with state.held(irq.lock):
            irq.source &= ~value
            if not irq.source:
                irq.pending_latch = 0
