# SPDX-License-Identifier: Apache-2.0
"""KD-18 in xen."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess, VirtualAccess
from tb.model.shrink import Script
from tb.model.shrink.script import Pulse, Step

SCRIPT = Script(
    "xen-fixed",
    "mapped",
    Setup(vcpus=3, pcpus=2, num_lr=1, seed=1, entries=300),
    (
        Step("vCPU 0", action=VirtualAccess(register="GICV_CTLR", write=True, value=1)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_PMR", write=True, value=128)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=2088, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=256)),
        Step("device 40", action=Pulse(intid=40)),
        Step("host interrupt of device 40"),
        Step("vCPU 0", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("host interrupt of device 40"),
        Step("vCPU 0"),
        Step("vCPU 2", action=DistributorAccess(write=True, offset=516, length=4, value=256)),
        Step("vCPU 0"),
    ),
    patience=524,
    rests=False,
)
