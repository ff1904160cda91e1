# SPDX-License-Identifier: Apache-2.0
"""KD-23 in xen."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DeviceAccess, DistributorAccess, Point, VirtualAccess, Wait
from tb.model.shrink import Script
from tb.model.shrink.script import Drive, Step

SCRIPT = Script(
    "xen-fixed",
    "mapped",
    Setup(vcpus=2, pcpus=2, num_lr=1, seed=5, entries=300),
    (
        Step("vCPU 1", action=VirtualAccess(register="GICV_CTLR", write=True, value=1)),
        Step("vCPU 1", action=VirtualAccess(register="GICV_PMR", write=True, value=128)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=2080, length=4, value=131072)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=3080, length=4, value=0)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=4)),
        Step("vCPU 0", action=Wait(alarm=False)),
        Step("vCPU 1", action=Wait(alarm=False)),
        Step("vCPU 1", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("device 34", action=Drive(level=1)),
        Step("host interrupt of device 34"),
        Step("vCPU 1", action=VirtualAccess(register="GICV_EOIR", write=True, value=34)),
        Step("vCPU 1", action=DeviceAccess(intid=34, point=Point.AFTER), turns=0),
        Step("host interrupt of device 34"),
        Step("vCPU 1"),
    ),
    patience=524,
    rests=False,
)
