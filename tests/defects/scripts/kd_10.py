# SPDX-License-Identifier: Apache-2.0
"""KD-10 in classic."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DeviceAccess, DistributorAccess, Point, VirtualAccess
from tb.model.shrink import Script
from tb.model.shrink.script import Drive, Step

SCRIPT = Script(
    "classic-fixed",
    "levels",
    Setup(vcpus=1, pcpus=1, num_lr=2, seed=1, entries=300),
    (
        Step("vCPU 0", action=VirtualAccess(register="GICV_CTLR", write=True, value=1)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_PMR", write=True, value=128)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=1044)),
        Step("device 42", action=Drive(level=1)),
        Step("device 36", action=Drive(level=1)),
        Step("vCPU 0"),
        Step("device 34", action=Drive(level=1)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("vCPU 0", action=DeviceAccess(intid=34, point=Point.BEFORE)),
        Step("device 34, lowering"),
        Step("vCPU 0", action=VirtualAccess(register="GICV_EOIR", write=True, value=36)),
        Step("vCPU 0", action=DeviceAccess(intid=36, point=Point.AFTER)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
    ),
    patience=22,
    rests=False,
)
