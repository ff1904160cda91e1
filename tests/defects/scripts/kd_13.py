# SPDX-License-Identifier: Apache-2.0
"""KD-13 in classic-v310."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess, VirtualAccess
from tb.model.shrink import Script
from tb.model.shrink.script import Step

SCRIPT = Script(
    "classic-v310-fixed",
    "sgi-storm",
    Setup(vcpus=3, pcpus=2, num_lr=1, seed=1, entries=300),
    (
        Step("vCPU 2", action=VirtualAccess(register="GICV_CTLR", write=True, value=1)),
        Step("vCPU 2", action=VirtualAccess(register="GICV_PMR", write=True, value=128)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=3840, length=4, value=131072)),
        Step("vCPU 2", action=VirtualAccess(register="GICV_IAR", write=False, value=0)),
    ),
    patience=22,
    rests=False,
)
