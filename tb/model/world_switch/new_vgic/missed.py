# SPDX-License-Identifier: Apache-2.0
"""Completions that found no list register (K19-3)."""

from collections.abc import Sequence
from typing import Final

import gicv2_registers as regs
from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.platform import Physical
from tb.model.machine.events import PhysicalChanged
from tb.model.world_switch.findings import Findings
from tb.model.world_switch.new_vgic.changes import report_changes
from tb.model.world_switch.new_vgic.fold import Fold
from tb.model.world_switch.new_vgic.hcr import LRENPIE
from tb.model.world_switch.new_vgic.image import image
from tb.model.world_switch.new_vgic.journal import Hold
from tb.model.world_switch.new_vgic.records import name, oracle
from tb.model.world_switch.new_vgic.rules import Rules

_RULES: Final = {"": "K19-3"}
_ACTIVE: Final = regs.GICH_LR_STATE_ACT << regs.GICH_LR_STATE_LSB


class Missed:
    """The statement of the walk for EOICount's victims, and of the completion of one."""

    def __init__(self, findings: Findings, rules: Rules, fold: Fold) -> None:
        self._findings = findings
        self._rules = rules
        self._fold = fold

    def check(
        self,
        vcpu: Vcpu,
        last: Irq | None,
        entries: Sequence[Irq],
        entry_hcr: int,
        exit_hcr: int,
        holds: Sequence[Hold],
    ) -> None:
        """`last` is in the last list register; `entries` the list; `holds` those that are no folds."""
        count = (exit_hcr & regs.GICH_HCR_EOICOUNT_MASK) >> regs.GICH_HCR_EOICOUNT_LSB
        if not self._rules.counts_missed or not entry_hcr & LRENPIE or last not in entries:
            count = 0
        rest = iter(holds)
        behind = entries[entries.index(last) + 1 :] if last in entries and count else ()
        for irq in behind:
            hold = next(rest, None) if count else None
            if hold is None:
                break
            if hold.irq is not irq:
                self._findings.report("K19-3", vcpu.number, "walk", name(irq), name(hold.irq))
                return
            if hold.before.active and oracle(hold.before, hold.on) is vcpu:
                count -= 1
                self.check_completion(vcpu, hold, next(rest, None))
            elif hold.after is not hold.before:
                report_changes(self._findings, _RULES, vcpu, hold.before, hold.after)
        surplus = [hold.irq for hold in rest]
        if surplus:
            self._findings.report("K19-3", vcpu.number, "walk", "its end", f"a look at {name(surplus[0])}")
        # Whoever comes to the list during the walk is not active: that takes a halt, or this very vCPU.
        looked_at = {hold.irq for hold in holds}
        forgotten = [irq for irq in behind if irq not in looked_at and irq.active] if count else []
        if forgotten:
            self._findings.report("K19-3", vcpu.number, "victims", name(forgotten[0]), "none")

    def check_completion(self, vcpu: Vcpu, hold: Hold, fold: Hold | None) -> None:
        """Its image without ACTIVE is folded, and the physical interrupt deactivated first."""
        self._findings.checks["completions outside LRs"] += 1
        word, record, _ = image(hold.before, self._rules)
        if hold.after != record:
            report_changes(self._findings, _RULES, vcpu, record, hold.after)
        if fold is None or fold.irq is not hold.irq:
            self._findings.report("K19-3", vcpu.number, name(hold.irq), "a fold", "none")
            return
        ahead = [(PhysicalChanged, Physical.DIR, record.owner, record.pintid)] if record.hw else []
        self._fold.check(vcpu, word & ~_ACTIVE, fold, *ahead)
