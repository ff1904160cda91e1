# SPDX-License-Identifier: Apache-2.0
"""What a sync must have done: folds, victims of missed completions, and the prune (A.6, A.7, K19-3)."""

from collections.abc import Sequence

import gicv2_registers as regs
from tb.model.hypervisor.new_vgic.record import Vcpu
from tb.model.machine.events import BankState
from tb.model.world_switch.findings import Findings
from tb.model.world_switch.new_vgic.flush import Flushed
from tb.model.world_switch.new_vgic.fold import Fold
from tb.model.world_switch.new_vgic.journal import Journal
from tb.model.world_switch.new_vgic.missed import Missed
from tb.model.world_switch.new_vgic.prune import Prune
from tb.model.world_switch.new_vgic.records import View, name
from tb.model.world_switch.new_vgic.rules import Rules
from tb.model.world_switch.words import STATE


class Sync:
    """The statement of one sync."""

    def __init__(self, findings: Findings, rules: Rules, view: View) -> None:
        self._findings = findings
        self._rules = rules
        self._view = view
        self._fold = Fold(findings, rules)
        self.missed = Missed(findings, rules, self._fold)
        self._prune = Prune(findings, rules)

    def check(
        self, journal: Journal, vcpu: Vcpu, flushed: Flushed, entry: BankState, exit_: BankState
    ) -> None:
        """Records and lists; `entry` and `exit_` are the bank when the guest came and when it left."""
        used = len(flushed.loads)
        for index, hold in zip(range(used), journal.bare, strict=False):
            word = self._word(index, entry, exit_)
            intid = word & regs.GICH_LR_VIRTUALID_MASK
            if hold.irq is not self._view.irq(vcpu.number, intid):
                self._findings.report(
                    "NV-SYNC-1", vcpu.number, f"LR{index}", f"fold of {intid}", name(hold.irq)
                )
                return
            self._fold.check(vcpu, word, hold)
        if len(journal.bare) < used:
            self._findings.report("NV-SYNC-8", vcpu.number, "folds", used, len(journal.bare))
        entries = journal.passes[0].listings[0].before if journal.passes else ()
        self.missed.check(
            vcpu, flushed.last(self._view.nr_lr), entries, entry.hcr, exit_.hcr, journal.bare[used:]
        )
        if journal.passes:
            self._prune.check(vcpu, journal.passes)
        elif journal.listed:
            self._findings.report("NV-SYNC-8", vcpu.number, "ap_list", "a prune", "none")
        if journal.left:
            self._findings.report("NV-SYNC-8", vcpu.number, "acts", "none", str(journal.left[0]))

    def _word(self, index: int, entry: BankState, exit_: BankState) -> int:
        """NV-SYNC-1: what the list register says."""
        if self._rules.trusts_elrsr and exit_.elrsr >> index & 1:
            return entry.lrs[index] & ~STATE
        return exit_.lrs[index]

    def check_registers(
        self, used: int, vcpu: int, left: int, words: Sequence[int], writes: Sequence[str]
    ) -> None:
        """What the hardware is left with, as VirtualInterface.words, and the registers written for that."""
        written, found = self._rules.exit_writes(used), tuple(writes)
        early = written[:1] == found[:1]  # what NV-SYNC-2 speaks of
        rule = "NV-SYNC-1" if early else "NV-SYNC-2"
        self._findings.compare("register writes", rule, vcpu, "writes", written, found)
        self._findings.compare("sync registers", "NV-SYNC-1", vcpu, "HCR", left, words[0])
        lrs = words[8:]
        self._findings.checks["sync registers"] += 1
        if any(lrs):
            index = next(index for index, word in enumerate(lrs) if word)
            self._findings.report("NV-SYNC-1", vcpu, f"LR{index}", 0, lrs[index])
