# SPDX-License-Identifier: Apache-2.0
"""KD-12 in classic."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess, VirtualAccess, Wait, Work
from tb.model.shrink import Script
from tb.model.shrink.script import Drive, Step

SCRIPT = Script(
    "classic-fixed",
    "signals",
    Setup(vcpus=1, pcpus=2, num_lr=2, seed=2, entries=300),
    (
        Step("vCPU 0", action=VirtualAccess(register="GICV_CTLR", write=True, value=1)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_PMR", write=True, value=128)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=256, length=4, value=1073741824)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=128), turns=0),
        Step("device 39", action=Drive(level=1)),
        Step("device 30 of vCPU 0", action=Drive(level=1)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("vCPU 0", action=Wait(alarm=True), draws=(10, 1, 15, 0, 99)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_EOIR", write=True, value=30)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_EOIR", write=True, value=39), draws=(14,)),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work()),
        Step("vCPU 0", action=Work(), draws=(8, 0, 98)),
    ),
    patience=48,
    rests=False,
)
