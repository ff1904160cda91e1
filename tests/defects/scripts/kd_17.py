# SPDX-License-Identifier: Apache-2.0
"""KD-17 in kvm17."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess, VirtualAccess
from tb.model.shrink import Script
from tb.model.shrink.script import Step

SCRIPT = Script(
    "kvm17-fixed",
    "sgi-storm",
    Setup(vcpus=2, pcpus=2, num_lr=2, seed=1, entries=300),
    (
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 1", action=VirtualAccess(register="GICV_CTLR", write=True, value=1)),
        Step("vCPU 1", action=VirtualAccess(register="GICV_PMR", write=True, value=192)),
        Step("vCPU 1", action=DistributorAccess(write=True, offset=1024, length=4, value=32768)),
        Step("vCPU 1", action=DistributorAccess(write=True, offset=3840, length=4, value=33554435)),
        Step("vCPU 1", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("vCPU 1", action=VirtualAccess(register="GICV_EOIR", write=True, value=0)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=3840, length=4, value=131073)),
        Step("vCPU 1", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("vCPU 1", action=DistributorAccess(write=True, offset=3840, length=4, value=33554435)),
    ),
    patience=524,
    rests=False,
)
