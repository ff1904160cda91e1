# SPDX-License-Identifier: Apache-2.0
"""KD-09 in xen."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess
from tb.model.shrink import Script
from tb.model.shrink.script import Step, Tick

SCRIPT = Script(
    "xen-fixed",
    "mapped",
    Setup(vcpus=3, pcpus=2, num_lr=1, seed=1, entries=300),
    (
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=2080, length=4, value=67108864)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=3080, length=4, value=0)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=8)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=516, length=4, value=8)),
        Step("vCPU 2", action=Tick()),
    ),
    patience=524,
    rests=False,
)
