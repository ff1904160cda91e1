# SPDX-License-Identifier: Apache-2.0
"""KD-14 in classic-v310."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess
from tb.model.shrink import Script
from tb.model.shrink.script import Drive, Step

SCRIPT = Script(
    "classic-v310-fixed",
    "signals",
    Setup(vcpus=2, pcpus=2, num_lr=1, seed=1, entries=300),
    (
        Step("vCPU 1", action=DistributorAccess(write=True, offset=1028, length=4, value=0)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=2084, length=4, value=512)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=32)),
        Step("device 37", action=Drive(level=1)),
        Step("vCPU 1", draws=(0, 51)),
    ),
    patience=48,
    rests=False,
)
