# SPDX-License-Identifier: Apache-2.0
"""A trapped write to GICV_DIR, and the prune that it asks for (K19-5)."""

from typing import Final

import gicv2_registers as regs
from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.platform import Physical
from tb.model.machine.events import Halted, PhysicalChanged
from tb.model.world_switch.findings import Findings
from tb.model.world_switch.new_vgic.changes import report_changes
from tb.model.world_switch.new_vgic.fold import ExpectedAct, check_acts
from tb.model.world_switch.new_vgic.journal import Hold, Journal
from tb.model.world_switch.new_vgic.missed import Missed
from tb.model.world_switch.new_vgic.records import FIRST_SPI, View, name, oracle
from tb.model.world_switch.words import Word

_RULES: Final = {"": "K19-5"}


class Dir:
    """The statements."""

    def __init__(self, findings: Findings, view: View, missed: Missed) -> None:
        self._findings = findings
        self._view = view
        self._missed = missed

    def check(self, journal: Journal, writer: Vcpu, value: int, vmcr: int) -> Vcpu | None:
        """What it has done; the vCPU that must prune, if any. `vmcr`: as the writer's guest left it."""
        self._findings.checks["trapped DIR"] += 1
        word = Word.of(value)
        irq = self._view.irq(writer.number, word.intid)
        if irq is None or not vmcr & regs.GICH_VMCR_VEM_MASK:
            self._end(writer, journal, 0)
            return None
        holds = journal.bare
        if not holds or holds[0].irq is not irq:
            self._findings.report("K19-5", writer.number, name(irq), "a look at it", "none")
            return None
        record = holds[0].before
        owner = record.listed
        other = record.is_sgi and record.active_source != word.cpuid
        if owner is None or (other and not record.on_lr):
            self._check_same(writer, holds[0])
            self._end(writer, journal, 1)
            return None
        if record.on_lr:
            self._check_same(writer, holds[0])
            self._check_clearing(writer, irq, holds[1] if len(holds) > 1 else None)
        else:
            self._missed.check_completion(owner, holds[0], holds[1] if len(holds) > 1 else None)
        self._end(writer, journal, 2)
        if not owner.prune_requested:
            self._findings.report("K19-5", writer.number, f"request to {name(owner)}", "a prune", "none")
        return owner

    def _check_same(self, writer: Vcpu, hold: Hold) -> None:
        if hold.after is not hold.before:
            report_changes(self._findings, _RULES, writer, hold.before, hold.after)

    def _check_clearing(self, writer: Vcpu, irq: Irq, hold: Hold | None) -> None:
        """NV-MMIO-5: as ICACTIVER does, the others halted for an SPI."""
        if hold is None or hold.irq is not irq:
            self._findings.report("K19-5", writer.number, name(irq), "its active state cleared", "nothing")
            return
        record = hold.before._replace(active=0)
        if hold.after != record:
            report_changes(self._findings, _RULES, writer, record, hold.after)
        is_shared = irq.intid >= FIRST_SPI
        physical: list[ExpectedAct] = []
        if record.hw:
            physical.append((PhysicalChanged, Physical.DEACTIVATE, record.owner, record.pintid))
        halted: list[ExpectedAct] = [(Halted, writer.number)] if is_shared else []
        for expected, acts in ((halted, hold.ahead), (physical, hold.within)):
            check_acts(self._findings, "K19-5", writer, hold, expected, acts)

    def _end(self, writer: Vcpu, journal: Journal, looks: int) -> None:
        if len(journal.bare) > looks or journal.passes:
            self._findings.report("K19-5", writer.number, "looks at records", looks, len(journal.bare))

    def check_prune(self, journal: Journal, vcpu: Vcpu) -> None:
        """A request was served between the sync and the flush: a whole walk left nothing to drop or move."""
        self._findings.checks["requested prunes"] += 1
        if journal.passes:
            last = journal.passes[-1]
            listing = last.listings[0]
            wanted = {hold.irq: oracle(hold.before, hold.on) for hold in last.holds}
            left = tuple(irq for irq in listing.before if wanted.get(irq, vcpu) is vcpu)
            if listing.vcpu is vcpu and set(wanted) == set(listing.before) and listing.after == left:
                return
        self._findings.report("K19-5", vcpu.number, "ap_list", "a prune before the flush", "none")
