# SPDX-License-Identifier: Apache-2.0
"""KD-11 in kvm19."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess, VirtualAccess, Work
from tb.model.shrink import Script
from tb.model.shrink.script import Pulse, Step

SCRIPT = Script(
    "kvm19-fixed",
    "activity",
    Setup(vcpus=1, pcpus=1, num_lr=2, seed=1, entries=300),
    (
        Step("vCPU 0", action=VirtualAccess(register="GICV_CTLR", write=True, value=1)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_PMR", write=True, value=128)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=3092, length=4, value=0)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=48)),
        Step("edge of 37", action=Pulse(intid=37)),
        Step("edge of 36", action=Pulse(intid=36)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=776, length=4, value=262144)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_EOIR", write=True, value=0)),
        Step("vCPU 0", action=Work()),
    ),
    patience=656,
    rests=False,
)
