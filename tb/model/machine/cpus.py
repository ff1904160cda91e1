# SPDX-License-Identifier: Apache-2.0
"""Physical and virtual CPUs: where each vCPU is, and what is on its way to it."""

from typing import Final

from tb.model.machine.scheduler import Signal


class Pcpu:
    """A physical CPU, which has one bank of GICH and GICV.

    vcpu      the vCPU that is loaded
    ipi       another CPU's IPI is pending: no guest runs on
    physical  physical interrupts that are pending for the host: no guest runs on
    masked    the hypervisor takes no interrupt on this CPU
    belated   a maintenance interrupt was on its way when its vCPU left: the next one gets it
    unmasked  comes when it takes interrupts again
    """

    def __init__(self, number: int) -> None:
        self.number: Final = number
        self.vcpu: Vcpu | None = None
        self.ipi = False
        self.physical: Final[set[int]] = set()
        self.masked = False
        self.belated = False
        self.unmasked: Final = Signal(f"interrupts of CPU {number}")


class Vcpu:
    """A virtual CPU.

    cpu        the physical CPU that it is loaded on
    previous   the number of the one before
    inside     from the beginning of the flush to the end of the sync
    in_guest   from entry to exit; inside is true, too
    asleep     it has announced that it will sleep
    kicked     somebody wanted it awake since
    signalled  user space wants its thread
    wakeup     comes with a kick
    """

    def __init__(self, number: int) -> None:
        self.number: Final = number
        self.cpu: Pcpu | None = None
        self.previous: int | None = None
        self.inside = False
        self.in_guest = False
        self.asleep = False
        self.kicked = False
        self.signalled = False
        self.wakeup: Final = Signal(f"an interrupt for vCPU {number}", idle=True)
