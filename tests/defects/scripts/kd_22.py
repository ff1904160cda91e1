# SPDX-License-Identifier: Apache-2.0
"""KD-22 in classic."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess, VirtualAccess
from tb.model.shrink import Script
from tb.model.shrink.script import Step

SCRIPT = Script(
    "classic-fixed",
    "contention",
    Setup(vcpus=2, pcpus=2, num_lr=1, seed=9, entries=300),
    (
        Step("vCPU 0", action=VirtualAccess(register="GICV_CTLR", write=True, value=1)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_PMR", write=True, value=128)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 1", action=VirtualAccess(register="GICV_CTLR", write=True, value=1)),
        Step("vCPU 1", action=VirtualAccess(register="GICV_PMR", write=True, value=128)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=3080, length=4, value=8)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=2)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=516, length=4, value=2)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=2081, length=1, value=2)),
        Step("vCPU 1", action=DistributorAccess(write=True, offset=516, length=4, value=2)),
        Step("vCPU 1", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
    ),
    patience=132,
    rests=False,
)
