# SPDX-License-Identifier: Apache-2.0
"""INV-SPUR-2 and INV-PRI-1: what a read of IAR or AIAR finds in the list registers."""

from gicv2_registers import GICH_VMCR_VMACKCTL_MASK
from tb.model.hardware.virtual_interface import Lines
from tb.model.ledger.books import Handlers
from tb.model.ledger.findings import Findings
from tb.model.ledger.invariants import Leeway
from tb.model.ledger.words import NONE, OTHER_GROUP, SPURIOUS, Word, bests, names, passes
from tb.model.machine.events import Accessed, Acknowledged


class Acknowledge:
    """Compares each acknowledge with the bank just before it."""

    def __init__(self, findings: Findings, leeway: Leeway) -> None:
        self._findings = findings
        self._any_tie = leeway.any_tie
        self._lines: dict[int, Lines] = {}

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {Accessed: self._accessed, Acknowledged: self._acknowledged}

    def _accessed(self, event: Accessed) -> None:
        self._lines[event.cpu] = event.lines

    def _acknowledged(self, event: Acknowledged) -> None:
        before, check = event.before, self._findings.check
        first = bests(before)[: None if self._any_tie else 1]
        intids = [_read(event, word) for word in first] or [SPURIOUS]
        check("INV-SPUR-2", event.intid in intids, f"{event.register} read {event.intid}, not {intids[0]}")
        if not any(passes(before, word) for word in first):
            lines = self._lines.get(event.cpu)
            check("INV-SPUR-2", not lines or not lines.virq | lines.vfiq, "a line is high for nothing")
        if event.intid < NONE:
            right = any(names(word, event.value) for word in first)
            best = first[0].intid if first else "none"
            check("INV-PRI-1", right, f"{event.value:#x} was delivered, the best is {best}")


def _read(event: Acknowledged, word: Word) -> int:
    """What IAR or AIAR gives for a list register that is chosen."""
    if not passes(event.before, word):
        return SPURIOUS
    if event.register == "GICV_AIAR":
        return word.intid if word.group else SPURIOUS
    if word.group and not event.before.vmcr & GICH_VMCR_VMACKCTL_MASK:
        return OTHER_GROUP
    return word.intid
