# SPDX-License-Identifier: Apache-2.0
"""KD-15 in classic-v310."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess, VirtualAccess, Wait
from tb.model.shrink import Script
from tb.model.shrink.script import Pulse, Step

SCRIPT = Script(
    "classic-v310-fixed",
    "nesting",
    Setup(vcpus=1, pcpus=1, num_lr=1, seed=1, entries=300),
    (
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=3084, length=4, value=2)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=65536)),
        Step("edge of 48", action=Pulse(intid=48)),
        Step("vCPU 0", action=VirtualAccess(register="GICV_EOIR", write=True, value=0)),
        Step("vCPU 0", action=Wait(alarm=False)),
    ),
    patience=18,
    rests=False,
)
