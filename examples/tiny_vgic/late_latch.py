# SPDX-License-Identifier: Apache-2.0
"""The tiny VGIC with a mistake: it clears a latch when the interrupt has been through, not when it is loaded.

So it forgets edges, and SGIs of other senders, that come while an earlier one is in a list register.
"""

from tiny_vgic import TRAITS, TinyVgic

from tb.model.hypervisor.platform import held
from tb.model.machine.hypervisors import Hypervisor, Kind

__all__ = ["HYPERVISOR", "TRAITS"]


class LostEdge(TinyVgic):
    """See above."""

    async def sync(self, vcpu: int) -> None:
        async with held(self.platform, self.lock):
            for irq in self.loaded[vcpu]:
                irq.latch = 0
        await super().sync(vcpu)


HYPERVISOR = Kind(Hypervisor, LostEdge)
