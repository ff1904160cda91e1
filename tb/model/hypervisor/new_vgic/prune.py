# SPDX-License-Identifier: Apache-2.0
"""Off the ap_list, or to another one (A.7)."""

from dataclasses import dataclass

from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State


@dataclass(frozen=True)
class Prune:
    """Drops what is done and moves what has another target.

    rechecks_list  a move needs the interrupt still on this list, not only the same target (NV-PRUNE-3)
    kicks_target   who gets an interrupt is kicked (NV-PRUNE-3)
    """

    rechecks_list: bool
    kicks_target: bool

    async def prune(self, state: State, vcpu: Vcpu) -> None:
        """Until each entry is where the oracle wants it (NV-PRUNE-1, NV-PRUNE-2)."""
        while found := await self.drop(state, vcpu):
            irq, target = found
            await state.platform.window("NV-PRUNE-3")
            await self.move(state, irq, vcpu, target)

    async def drop(self, state: State, vcpu: Vcpu) -> tuple[Irq, Vcpu] | None:
        """Drop what nobody waits for, up to the first entry with another target: that one and its target."""
        async with state.held(vcpu.lock):
            for irq in list(vcpu.ap_list):
                async with state.held(irq.lock):
                    assert irq.vcpu is vcpu, "NV-PRUNE-1"
                    target = state.oracle(irq)
                    if not target:
                        vcpu.ap_list.remove(irq)
                        irq.vcpu = None
                    elif target is not vcpu:
                        return irq, target
        return None

    async def move(self, state: State, irq: Irq, vcpu: Vcpu, target: Vcpu) -> None:
        """To the other list, if that is still right under both locks (NV-PRUNE-3)."""
        first, second = sorted((vcpu, target), key=lambda each: each.number)  # NV-LOCK-2
        async with state.held(first.lock, second.lock, irq.lock):
            moves = state.oracle(irq) is target and (irq.vcpu is vcpu or not self.rechecks_list)
            if moves:
                if irq.vcpu:
                    irq.vcpu.ap_list.remove(irq)
                target.ap_list.append(irq)
                irq.vcpu = target
        if moves and self.kicks_target:
            await state.kick(target)
