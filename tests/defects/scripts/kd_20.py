# SPDX-License-Identifier: Apache-2.0
"""KD-20 in classic."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess, Work
from tb.model.shrink import Script
from tb.model.shrink.script import Step

SCRIPT = Script(
    "classic-fixed",
    "sgi-storm",
    Setup(vcpus=3, pcpus=2, num_lr=1, seed=1, entries=300),
    (
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 2", action=DistributorAccess(write=True, offset=3883, length=1, value=1)),
        Step("vCPU 2", action=Work()),
        Step("vCPU 2", action=DistributorAccess(write=True, offset=3840, length=4, value=0)),
    ),
    patience=28,
    rests=False,
)
