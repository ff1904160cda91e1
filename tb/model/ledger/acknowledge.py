# SPDX-License-Identifier: Apache-2.0
"""INV-SPUR-2 and INV-PRI-1: what a read of IAR or AIAR finds in the list registers."""

from gicv2_registers import GICH_VMCR_VMACKCTL_MASK
from tb.model.hardware.virtual_interface import Lines
from tb.model.ledger.books import Handlers
from tb.model.ledger.findings import Findings
from tb.model.ledger.words import NONE, OTHER_GROUP, SPURIOUS, best, deliverable
from tb.model.machine.events import Accessed, Acknowledged


class Acknowledge:
    """Compares each acknowledge with the bank just before it."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._lines: dict[int, Lines] = {}

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {Accessed: self._accessed, Acknowledged: self._acknowledged}

    def _accessed(self, event: Accessed) -> None:
        self._lines[event.cpu] = event.lines

    def _acknowledged(self, event: Acknowledged) -> None:
        before, check = event.before, self._findings.check
        word = deliverable(before)
        intid = word.intid if word else SPURIOUS
        if event.register == "GICV_AIAR":
            intid = intid if word and word.group else SPURIOUS
        elif word and word.group and not before.vmcr & GICH_VMCR_VMACKCTL_MASK:
            intid = OTHER_GROUP
        check("INV-SPUR-2", event.intid == intid, f"{event.register} read {event.intid}, not {intid}")
        if word is None:
            lines = self._lines.get(event.cpu)
            check("INV-SPUR-2", not lines or not lines.virq | lines.vfiq, "a line is high for nothing")
        if event.intid < NONE:
            first = best(before)
            right = first is not None and event.value == first.source << 10 | first.intid
            check("INV-PRI-1", right, f"{event.value:#x} was delivered, the best is {first}")
