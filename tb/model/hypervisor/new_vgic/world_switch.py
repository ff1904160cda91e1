# SPDX-License-Identifier: Apache-2.0
"""Guest entry and exit: the phases in order (A.5, A.6)."""

from dataclasses import dataclass

from tb.model.hypervisor.new_vgic.record import LOWEST_PRIORITY, Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State


@dataclass(frozen=True)
class WorldSwitch:
    """Flush and sync. All dialects do it alike, each with its own parts."""

    async def flush(self, state: State, vcpu: Vcpu) -> None:
        """Before an entry (NV-FLUSH-1)."""
        gich = state.dialect.gich
        if not vcpu.ap_list and not gich.flushes_empty:
            return
        async with state.held(vcpu.lock):
            await self.fill(state, vcpu)
        await gich.restore(state, vcpu)

    async def fill(self, state: State, vcpu: Vcpu) -> None:
        """Load what fits (NV-FLUSH-2, NV-FLUSH-10, NV-MSGI-2)."""
        dialect = state.dialect
        demand = await dialect.order.arrange(state, vcpu)
        await dialect.gich.begin(vcpu, demand, state.nr_lr)
        vcpu.used = 0
        limit = LOWEST_PRIORITY  # of what may still load
        for irq in vcpu.ap_list:
            async with state.held(irq.lock):
                if demand.multi_sgi and self.is_cut_off(irq, limit):
                    break
                if state.oracle(irq) is vcpu:
                    word = dialect.image.populate(irq)
                    irq.on_lr = 1
                    await dialect.gich.store(state, vcpu, vcpu.used, word)
                    vcpu.used += 1
                    if irq.source:
                        limit = irq.priority
            if vcpu.used == state.nr_lr:
                await dialect.gich.full(state, vcpu, irq)
                break

    def is_cut_off(self, irq: Irq, limit: int) -> bool:
        """Whether a source that waits must not be overtaken by this one (NV-MSGI-2)."""
        return irq.priority > limit

    async def sync(self, state: State, vcpu: Vcpu) -> None:
        """After an exit (NV-SYNC-8)."""
        dialect = state.dialect
        await dialect.gich.save(state, vcpu)
        if vcpu.used:
            for index in range(vcpu.used):
                await dialect.fold.fold(state, vcpu, await dialect.gich.take(state, vcpu, index))
            await dialect.gich.finish(state, vcpu)
            vcpu.used = 0
        if vcpu.ap_list:
            await dialect.prune.prune(state, vcpu)
