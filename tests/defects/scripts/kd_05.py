# SPDX-License-Identifier: Apache-2.0
"""KD-05 in kvm17."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DeviceAccess, DistributorAccess, Point, VirtualAccess, Work
from tb.model.shrink import Script
from tb.model.shrink.script import Drive, Step

SCRIPT = Script(
    "kvm17-fixed",
    "levels",
    Setup(vcpus=1, pcpus=1, num_lr=4, seed=2, entries=300),
    (
        Step("vCPU 0", action=VirtualAccess(register="GICV_CTLR", write=True, value=1)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_PMR", write=True, value=128)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=1056, length=4, value=20608)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=1064, length=4, value=2147483712)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=1068, length=4, value=32896)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=3080, length=4, value=0)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=14603)),
        Step("device 32", action=Drive(level=1)),
        Step("device 43", action=Drive(level=1)),
        Step("device 40", action=Drive(level=1)),
        Step("device 44", action=Drive(level=1)),
        Step("device 33", action=Drive(level=1), turns=1),
        Step("device 33", turns=1),
        Step("device 33", turns=1),
        Step("device 33", turns=1),
        Step("device 33", turns=1),
        Step("device 33", turns=1),
        Step("device 35", action=Drive(level=1)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("vCPU 0", action=DeviceAccess(intid=35, point=Point.BEFORE)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_EOIR", write=True, value=35), draws=(19,)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_EOIR", write=True, value=40)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("vCPU 0", action=DeviceAccess(intid=33, point=Point.ACTIVE)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_EOIR", write=True, value=33)),
        Step("device 45", action=Drive(level=1)),
        Step("vCPU 0", action=Work()),
        Step("device 35", action=Drive(level=1)),
        Step("device 33", action=Drive(level=1)),
        Step("vCPU 0", turns=97),
        Step("vCPU 0", turns=72),
        Step("device 40", action=Drive(level=0)),
        Step("vCPU 0"),
    ),
    patience=1048,
    rests=False,
)
