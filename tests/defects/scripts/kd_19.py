# SPDX-License-Identifier: Apache-2.0
"""KD-19 in xen."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess, Wait, Work
from tb.model.shrink import Script
from tb.model.shrink.script import Drive, Step

SCRIPT = Script(
    "xen-fixed",
    "switching",
    Setup(vcpus=3, pcpus=2, num_lr=1, seed=1, entries=300),
    (
        Step("vCPU 0", action=DistributorAccess(write=True, offset=2084, length=4, value=262144)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=64)),
        Step("device 38", action=Drive(level=1)),
        Step("vCPU 2", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 2", action=Work()),
        Step("vCPU 2", action=Wait(alarm=False)),
    ),
    patience=154,
    rests=False,
)
