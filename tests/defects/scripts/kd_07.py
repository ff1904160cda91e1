# SPDX-License-Identifier: Apache-2.0
"""KD-07 in kvm17."""

from tb.model.machine.machine import Setup
from tb.model.machine.operations import DistributorAccess
from tb.model.shrink import Script
from tb.model.shrink.script import Drive, Step

SCRIPT = Script(
    "kvm17-fixed",
    "mapped",
    Setup(vcpus=3, pcpus=2, num_lr=1, seed=9, entries=300),
    (
        Step("vCPU 0", action=DistributorAccess(write=True, offset=0, length=4, value=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=3080, length=4, value=0)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=260, length=4, value=4)),
        Step("vCPU 2", action=DistributorAccess(write=True, offset=516, length=4, value=4)),
        Step("device 26 of vCPU 2", action=Drive(level=1)),
        Step("host interrupt of device 26 of vCPU 2"),
        Step("vCPU 2"),
        Step("device 34", action=Drive(level=1)),
        Step("vCPU 0", action=DistributorAccess(write=True, offset=644, length=4, value=4)),
    ),
    patience=1048,
    rests=False,
)
