# SPDX-License-Identifier: Apache-2.0
"""KD-06 in kvm17."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess, VirtualAccess
from tb.model.shrink import Script
from tb.model.shrink.script import Pulse, Step

SCRIPT = Script(
    "kvm17-fixed",
    "contention",
    Setup(vcpus=2, pcpus=2, num_lr=2, seed=3, entries=300),
    (
        Step("vCPU 0", action=VirtualAccess(register="GICV_CTLR", write=True, value=1)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_PMR", write=True, value=128)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=3080, length=4, value=10)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=3)),
        Step("device 33", action=Pulse(intid=33)),
        Step("device 32", action=Pulse(intid=32)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_EOIR", write=True, value=33)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=2082, length=1, value=0)),
        Step("vCPU 1", action=DistributorAccess(write=True, offset=644, length=4, value=1)),
        Step("device 33", action=Pulse(intid=33)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
    ),
    patience=1048,
    rests=False,
)
