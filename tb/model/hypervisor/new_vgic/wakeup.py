# SPDX-License-Identifier: Apache-2.0
"""Whether a vCPU that sleeps has a reason to wake up (A.7)."""

from dataclasses import dataclass

import gicv2_registers as regs
from tb.model.hypervisor.new_vgic.record import Vcpu
from tb.model.hypervisor.new_vgic.state import State


@dataclass(frozen=True)
class Wakeup:
    """The test NV-PEND-1.

    wants_deliverable  only an interrupt that is not active and passes the guest's priority mask counts
    """

    wants_deliverable: bool

    async def pending(self, state: State, vcpu: Vcpu) -> bool:
        """NV-PEND-1, with the mask that the shadow VMCR has."""
        if not state.enabled:
            return False
        mask = (vcpu.vmcr & regs.GICH_VMCR_VMPRIMASK_MASK) >> regs.GICH_VMCR_VMPRIMASK_LSB << 3
        async with state.held(vcpu.lock):
            for irq in vcpu.ap_list:
                async with state.held(irq.lock):
                    deliverable = not irq.active and irq.priority < mask
                    if irq.pending and irq.enabled and (deliverable or not self.wants_deliverable):
                        return True
        return False
