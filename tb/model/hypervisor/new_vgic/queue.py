# SPDX-License-Identifier: Apache-2.0
"""From an event to an ap_list: injection and queueing (A.3)."""

from dataclasses import dataclass

from tb.model.hypervisor.new_vgic.record import Config, Irq
from tb.model.hypervisor.new_vgic.state import State


@dataclass(frozen=True)
class Queue:
    """Puts interrupts on ap_lists. All dialects do it alike."""

    async def inject(self, state: State, irq: Irq, level: int, token: int | None) -> None:
        """A wire changes (NV-INJ-1, NV-INJ-2)."""
        if irq.desc_lock:  # the host's handler of the physical interrupt holds it: the exception of NV-LOCK-1
            async with state.held(irq.desc_lock):
                await self.change(state, irq, level, token)
        else:
            await self.change(state, irq, level, token)

    async def change(self, state: State, irq: Irq, level: int, token: int | None) -> None:
        """Record it, if it counts, and queue."""
        await state.platform.lock(irq.lock)
        if irq.token != token or not self.accepts(irq, level):
            await state.platform.unlock(irq.lock)
            return
        if irq.config is Config.LEVEL:
            irq.line_level = level
        else:
            irq.pending_latch = 1
        await self.queue(state, irq)

    def accepts(self, irq: Irq, level: int) -> bool:
        """NV-INJ-1."""
        return level != irq.line_level if irq.config is Config.LEVEL else level == 1

    async def queue(self, state: State, irq: Irq) -> None:
        """Entered with the interrupt's lock, leaves with none (NV-QUEUE-1)."""
        platform = state.platform
        while True:
            vcpu = state.oracle(irq)
            if irq.vcpu or not vcpu:  # NV-QUEUE-2: it may be in that vCPU's LR, with no exit due
                await platform.unlock(irq.lock)
                break
            await platform.unlock(irq.lock)  # NV-QUEUE-3: the outer lock first
            await platform.window("NV-QUEUE-3")
            await platform.lock(vcpu.lock)
            await platform.lock(irq.lock)
            if not irq.vcpu and state.oracle(irq) is vcpu:
                vcpu.ap_list.append(irq)
                irq.vcpu = vcpu
                await platform.unlock(irq.lock)
                await platform.unlock(vcpu.lock)
                break
            await platform.unlock(irq.lock)
            await platform.unlock(vcpu.lock)
            await platform.lock(irq.lock)
        if vcpu:
            await state.kick(vcpu)
