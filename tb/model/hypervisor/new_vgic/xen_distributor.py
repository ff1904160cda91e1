# SPDX-License-Identifier: Apache-2.0
"""The distributor of `xen` (A.8): the physical one follows it."""

from tb.model.hypervisor.new_vgic.distributor import Distributor
from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State
from tb.model.hypervisor.platform import HypervisorStopped, Physical, UnclaimedAccess


class XenDistributor(Distributor):
    """What no register takes is a data abort."""

    iidr = 0x4B01_043B

    def unclaimed(self, offset: int) -> None:
        """The guest takes a data abort."""
        raise UnclaimedAccess(f"GICD has nothing at {offset:#x}")

    async def read_group(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        """RAO; the list registers say Group 0 all the same."""
        return 1

    async def write_group(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """WI."""

    async def set_enabled(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """Only bits that change."""
        if not value:
            return
        await state.platform.lock(irq.lock)
        if irq.enabled:
            await state.platform.unlock(irq.lock)
            return
        irq.enabled = 1
        await state.dialect.queue.queue(state, irq)
        if irq.desc_lock:
            async with state.held(irq.desc_lock):
                await self.follow_target(state, irq)
                await state.physical(Physical.ENABLE, irq)

    async def clear_enabled(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """Only bits that change."""
        async with state.held(*irq.locks):
            if value and irq.enabled:
                irq.enabled = 0
                if irq.hw:
                    await state.physical(Physical.DISABLE, irq)

    async def set_pending(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """SGIs too, which then are pending without a source (NV-REC-3, defect)."""
        if not value:
            return
        await state.platform.lock(irq.lock)
        irq.pending_latch = 1
        await state.dialect.queue.queue(state, irq)
        if irq.desc_lock:
            async with state.held(irq.desc_lock):
                await state.physical(Physical.ACTIVATE, irq)

    async def clear_pending(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """SGIs too, whose sources then wait for the next of that number (NV-REC-3, defect)."""
        if not value:
            return
        async with state.held(*irq.locks):
            was_latched, irq.pending_latch = irq.pending_latch, 0
            if irq.hw and self.clears_physical(irq, was_latched):
                await state.physical(Physical.UNPEND, irq)
                if not irq.active:
                    await state.physical(Physical.DEACTIVATE, irq)

    def clears_physical(self, irq: Irq, was_latched: int) -> bool:
        """Not while the wire has the virtual one pending."""
        return not irq.pending

    async def set_active(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """Changes nothing."""
        if value and (not irq.active or irq.vcpu):
            await state.platform.log(irq.intid, "active state not supported")

    async def clear_active(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """Changes nothing."""
        if value and (irq.active or irq.vcpu):
            await state.platform.log(irq.intid, "active state not supported")

    def default_target(self, state: State) -> Vcpu | None:
        return None

    async def follow_target(self, state: State, irq: Irq) -> None:
        if irq.hw and irq.target_vcpu:
            await state.physical(Physical.AFFINITY, irq, cpus=1 << irq.target_vcpu.cpu)

    async def read_sources(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        raise HypervisorStopped("SPENDSGIR and CPENDSGIR cannot be accessed (NV-MMIO-9)")

    async def set_sources(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        await self.read_sources(state, vcpu, irq)

    async def clear_sources(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        await self.read_sources(state, vcpu, irq)
