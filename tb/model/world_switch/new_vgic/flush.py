# SPDX-License-Identifier: Apache-2.0
"""What a flush must have loaded, and what it must have taken from the records (A.5)."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Final, NamedTuple

from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.machine.events import BankState
from tb.model.world_switch.findings import Findings
from tb.model.world_switch.new_vgic.changes import report_changes
from tb.model.world_switch.new_vgic.hcr import UIE, Filling
from tb.model.world_switch.new_vgic.image import Image, image, rule_of
from tb.model.world_switch.new_vgic.journal import Hold, Journal, Pass
from tb.model.world_switch.new_vgic.order import Order
from tb.model.world_switch.new_vgic.records import Record, name, oracle
from tb.model.world_switch.new_vgic.rules import Rules
from tb.model.world_switch.new_vgic.weights import Depth
from tb.model.world_switch.words import Word

_RULES: Final = {
    "source": "NV-FLUSH-7",
    "latch": "NV-FLUSH-7",
    "line": "NV-FLUSH-8",
    "on_lr": "K19-6",
    "": "NV-FLUSH-2",
}
_RECORDS: Final = 4096  # whose images are remembered


class Load(NamedTuple):
    """One list register: the hold in which its record was read, and what the rules make of that."""

    hold: Hold
    image: Image


class Flushed(NamedTuple):
    """What a flush comes to.

    more  the last list register is loaded, but not with the last entry (NV-FLUSH-10)
    cut   loading ended at an entry that would overtake a waiting source (NV-MSGI-2)
    """

    listed: bool = False
    depth: Depth = Depth(0, 0)
    loads: Sequence[Load] = ()
    more: bool = False
    cut: bool = False

    @property
    def surplus_rule(self) -> str:
        """What does not let more be loaded."""
        return "NV-MSGI-2" if self.cut else "NV-FLUSH-2"

    def last(self, nr_lr: int) -> Irq | None:
        """The interrupt in the last list register, if all are in use (K19-3)."""
        return self.loads[-1].hold.irq if len(self.loads) == nr_lr else None


class Flush:
    """The statement of one flush."""

    def __init__(self, findings: Findings, rules: Rules, nr_lr: int) -> None:
        self._findings = findings
        self._rules = rules
        self._nr_lr = nr_lr
        self._order = Order(findings, rules, nr_lr)
        self._image = lru_cache(_RECORDS)(partial(image, rules=rules))

    def check(self, journal: Journal, vcpu: Vcpu, listed: bool, vmcr: int) -> Flushed:
        """Records and list. `listed`: the list was not empty when the flush began."""
        if not journal.passes:
            self._findings.checks["skipped flushes"] += 1
            if listed or self._rules.flushes_empty:
                rule = "K19-7" if self._rules.flushes_empty else "NV-FLUSH-1"
                self._findings.report(rule, vcpu.number, "ap_list", "a flush", "none")
            return Flushed()
        one = journal.passes[0]
        depth = self._order.check(one, vmcr)
        flushed = self._load(one, vcpu, depth)
        self._check_records(one.holds, flushed, vcpu)
        return flushed

    def _load(self, one: Pass, vcpu: Vcpu, depth: Depth) -> Flushed:
        """NV-FLUSH-2, NV-FLUSH-10, NV-MSGI-2, by the last hold of each record."""
        last = {hold.irq: hold for hold in one.holds}
        entries = one.listings[0].after
        loads: list[Load] = []
        waiting = None  # priority of the SGI that was loaded last and has sources left
        for irq in entries:
            hold = last.get(irq)
            if hold is None:
                self._findings.report("NV-FLUSH-2", vcpu.number, name(irq), "a look at it", "none")
                break
            if depth.multi_sgi and waiting is not None and hold.before.priority > waiting:
                return Flushed(True, depth, loads, cut=True)
            if oracle(hold.before, hold.on) is vcpu:
                loads.append(Load(hold, self._image(hold.before)))
                if loads[-1].image.record.source:
                    waiting = hold.before.priority
                if len(loads) == self._nr_lr:
                    return Flushed(True, depth, loads, more=irq is not entries[-1])
        return Flushed(True, depth, loads)

    def _check_records(self, holds: Sequence[Hold], flushed: Flushed, vcpu: Vcpu) -> None:
        """NV-FLUSH-7, NV-FLUSH-8, K19-6: what is loaded leaves its record; else no record changes."""
        self._findings.checks["flush records"] += len(flushed.loads)
        for hold, (_, _, record) in flushed.loads:
            if hold.after != record:
                report_changes(self._findings, _RULES, vcpu, record, hold.after)
        loaded = {load.hold for load in flushed.loads}
        for hold in holds:
            if hold.after is not hold.before and hold not in loaded:
                rules = {"": flushed.surplus_rule}
                report_changes(self._findings, rules, vcpu, hold.before, hold.after)

    # ---- what the hardware has

    def check_registers(
        self, flushed: Flushed, vcpu: int, left: int, state: BankState, writes: Sequence[str]
    ) -> None:
        """List registers and HCR; `left` is what HCR was before, `writes` are the registers written."""
        findings, lrs, used = self._findings, state.lrs, len(flushed.loads)
        findings.checks["flush LR words"] += used
        for index, (hold, (word, _, _)) in enumerate(flushed.loads):
            if lrs[index] != word:
                self._explain(vcpu, index, hold.before, word, lrs[index])
        if used < len(lrs):
            findings.checks["unused LRs"] += 1
            if any(lrs[used:]):
                index = next(index for index in range(used, len(lrs)) if lrs[index])
                findings.report(flushed.surplus_rule, vcpu, f"LR{index}", 0, lrs[index])
        findings.checks["flush HCR"] += 1
        filling = Filling(flushed.listed, used, flushed.more, flushed.depth, self._nr_lr, state.vmcr, left)
        expected = self._rules.entry_hcr(filling)
        if state.hcr != expected:
            is_uie = (state.hcr ^ expected) == UIE
            rule = "K19-2" if self._rules.flushes_empty else "NV-FLUSH-10" if is_uie else "NV-FLUSH-11"
            findings.report(rule, vcpu, "HCR", expected, state.hcr)
        written = self._rules.entry_writes(filling)
        findings.compare("register writes", "NV-FLUSH-11", vcpu, "writes", written, tuple(writes))

    def _explain(self, vcpu: int, index: int, record: Record, expected: int, found: int) -> None:
        """Field by field; of another interrupt only that it is one."""
        wanted, shown = Word.of(expected), Word.of(found)
        if wanted.intid != shown.intid or wanted == shown:
            self._findings.report("NV-FLUSH-2", vcpu, f"LR{index}", expected, found)
            return
        for field, one, other in zip(Word._fields, wanted, shown, strict=True):
            if one != other:
                place = f"LR{index}.{field} of {name(record)}"
                self._findings.report(rule_of(field, record, wanted), vcpu, place, one, other)
