# SPDX-License-Identifier: Apache-2.0
"""KD-03 in xen."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess
from tb.model.shrink import Script
from tb.model.shrink.script import Step

SCRIPT = Script(
    "xen-fixed",
    "migration",
    Setup(vcpus=3, pcpus=2, num_lr=1, seed=1, entries=300),
    (
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=2084, length=4, value=262144)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=64)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=516, length=4, value=64)),
        Step("vCPU 2", action=DistributorAccess(write=True, offset=2086, length=1, value=2)),
        Step("vCPU 2", action=DistributorAccess(write=True, offset=2088, length=1, value=0)),
    ),
    patience=524,
    rests=False,
)
