# SPDX-License-Identifier: Apache-2.0
"""What a flush must have loaded, and what it must have done to records and list (A.4, A.5)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.world_switch.findings import Findings
from tb.model.world_switch.new_vgic.hcr import UIE, Filling
from tb.model.world_switch.new_vgic.image import Image, image, rule_of
from tb.model.world_switch.new_vgic.journal import Hold, Journal, Listing
from tb.model.world_switch.new_vgic.records import Record, name, oracle
from tb.model.world_switch.new_vgic.rules import Rules
from tb.model.world_switch.new_vgic.weights import Depth, Pair
from tb.model.world_switch.words import Word


class Load(NamedTuple):
    """One list register: the hold in which its record was read, and what the rules make of that."""

    hold: Hold
    image: Image


class Flushed(NamedTuple):
    """What a flush comes to.

    filling  what GICH_HCR depends on
    last     the interrupt in the last list register, if all are in use (K19-3)
    """

    loads: Sequence[Load]
    filling: Filling
    last: Irq | None


class Flush:
    """The statement of one flush."""

    def __init__(self, findings: Findings, rules: Rules, nr_lr: int) -> None:
        self._findings = findings
        self._rules = rules
        self._nr_lr = nr_lr

    def check(self, journal: Journal, vcpu: Vcpu, listed: bool, vmcr: int, left: int) -> Flushed:
        """Look at records and list. `listed`: the list was not empty when the flush began."""
        if not journal.passes:
            self._findings.checks["skipped flushes"] += 1
            if listed or self._rules.flushes_empty:
                rule = "K19-7" if self._rules.flushes_empty else "NV-FLUSH-1"
                self._findings.report(rule, vcpu.number, "ap_list", "a flush", "none")
            return Flushed([], Filling(False, 0, False, Depth(0, 0), self._nr_lr, vmcr, left), None)
        holds, listing = journal.passes[0].holds, journal.passes[0].listings[0]
        depth = self._weigh(holds, listing)
        self._check_order(holds, listing, depth, vmcr)
        loads, more = self._load(holds, listing, depth)
        self._check_records(holds, loads, vcpu)
        last = loads[-1].hold.irq if len(loads) == self._nr_lr else None
        return Flushed(loads, Filling(True, len(loads), more, depth, self._nr_lr, vmcr, left), last)

    def _weigh(self, holds: Sequence[Hold], listing: Listing) -> Depth:
        """NV-DEPTH-1, of each record as the first round found it."""
        pending = active = 0
        multi_sgi = False
        for irq, hold in zip(listing.before, holds, strict=False):
            if hold.irq is not irq:
                self._findings.report("NV-DEPTH-1", listing.vcpu.number, "depth", name(irq), name(hold.irq))
            one = self._rules.weigh(hold.before, hold.on, listing.vcpu)
            pending += one.pending
            active += one.active
            multi_sgi |= one.multi_sgi
        return Depth(pending, active, multi_sgi)

    def _check_order(self, holds: Sequence[Hold], listing: Listing, depth: Depth, vmcr: int) -> None:
        """NV-DEPTH-2, NV-SORT-1, NV-SORT-2: neighbours stand as their last comparison under both locks said.

        That is all that can be said of a list whose records change while it is sorted, and enough for one
        whose records do not.
        """
        before, after, vcpu = listing.before, listing.after, listing.vcpu
        if not depth.multi_sgi and depth.pending + depth.active <= self._nr_lr:
            self._findings.compare("flush order", "NV-DEPTH-2", vcpu.number, "list", before, after)
            return
        self._findings.checks["flush order"] += 1
        if set(before) != set(after):
            self._findings.report("NV-DEPTH-2", vcpu.number, "list", _names(before), _names(after))
            return
        places = {irq: place for place, irq in enumerate(before)}
        compared = {}
        for hold in holds:
            if hold.inside:
                compared[hold.irq, hold.inside.irq] = compared[hold.inside.irq, hold.irq] = hold
        for one, other in pairwise(after):
            second = compared.get((one, other))
            if second is None or second.inside is None:
                self._findings.report(
                    "NV-DEPTH-2", vcpu.number, f"{name(one)}, {name(other)}", "sorted", "not"
                )
                return
            first = second.inside
            if second.irq is one:
                first, second = second, first
            sign = self._rules.compare(Pair(first.before, second.before, second.on, vcpu, vmcr))
            if sign > 0 or (sign == 0 and places[one] > places[other]):
                self._findings.report(
                    self._rules.sorting,
                    vcpu.number,
                    "list",
                    f"{name(other)} before {name(one)}",
                    _names(after),
                )
                return

    def _load(self, holds: Sequence[Hold], listing: Listing, depth: Depth) -> tuple[Sequence[Load], bool]:
        """NV-FLUSH-2, NV-FLUSH-10, NV-MSGI-2, by the last hold of each record; whether more are listed."""
        last = {hold.irq: hold for hold in holds}
        loads: list[Load] = []
        waiting = None  # priority of a loaded SGI that has sources left
        for irq in listing.after:
            hold = last.get(irq)
            if hold is None:
                self._findings.report("NV-FLUSH-2", listing.vcpu.number, name(irq), "a look at it", "none")
                break
            if depth.multi_sgi and waiting is not None and hold.before.priority > waiting:
                break
            if oracle(hold.before, hold.on) is listing.vcpu:
                loads.append(Load(hold, image(hold.before, self._rules)))
                if loads[-1].image.record.source:
                    waiting = hold.before.priority
                if len(loads) == self._nr_lr:
                    return loads, irq is not listing.after[-1]
        return loads, False

    def _check_records(self, holds: Sequence[Hold], loads: Sequence[Load], vcpu: Vcpu) -> None:
        """NV-FLUSH-7, NV-FLUSH-8, K19-6: what is loaded leaves its record; else no record changes."""
        loaded = {load.hold for load in loads}
        for hold in holds:
            if hold.after is not hold.before and hold not in loaded:
                report_changes(self._findings, _RULES, vcpu, hold.before, hold.after, hold)
        self._findings.checks["flush records"] += len(loads)
        for hold, (_, record) in loads:
            expected = record if record.on_lr else record._replace(on_lr=1)
            if hold.after != expected:
                report_changes(self._findings, _RULES, vcpu, expected, hold.after, hold)

    def check_words(self, flushed: Flushed, vcpu: int, lrs: Sequence[int]) -> None:
        """What the hardware has."""
        findings, used = self._findings, len(flushed.loads)
        findings.checks["flush LR words"] += used
        for index, (hold, (word, _)) in enumerate(flushed.loads):
            if lrs[index] != word:
                self._explain(vcpu, index, hold.before, Word.of(word), Word.of(lrs[index]))
        if used < len(lrs):
            findings.checks["unused LRs"] += 1
            if any(lrs[used:]):
                index = next(index for index in range(used, len(lrs)) if lrs[index])
                findings.report("NV-FLUSH-11", vcpu, f"LR{index}", 0, lrs[index])

    def check_hcr(self, flushed: Flushed, vcpu: int, found: int) -> None:
        """What the hardware has (NV-FLUSH-1, NV-FLUSH-10, NV-FLUSH-11, K19-2)."""
        self._findings.checks["flush HCR"] += 1
        expected = self._rules.entry_hcr(flushed.filling)
        if found != expected:
            rule = "K19-2" if self._rules.counts_missed else "NV-FLUSH-11"
            if (found ^ expected) == UIE and not self._rules.counts_missed:
                rule = "NV-FLUSH-10"
            self._findings.report(rule, vcpu, "HCR", expected, found)

    def _explain(self, vcpu: int, index: int, record: Record, expected: Word, found: Word) -> None:
        for field, wanted, shown in zip(Word._fields, expected, found, strict=True):
            if wanted != shown:
                rule = rule_of(field, record, expected)
                self._findings.report(rule, vcpu, f"LR{index}.{field} of {name(record)}", wanted, shown)
                if field == "intid":
                    return
        if expected == found:
            self._findings.report("NV-FLUSH-3", vcpu, f"LR{index}", "reserved bits 0", "others")


_RULES = {"source": "NV-FLUSH-7", "latch": "NV-FLUSH-7", "line": "NV-FLUSH-8", "on_lr": "K19-6"}


def report_changes(
    findings: Findings, rules: dict[str, str], vcpu: Vcpu, expected: Record, found: Record, hold: Hold
) -> None:
    """Each field of a record that is wrong; `rules` says what demands it, or nothing may change it."""
    for field, wanted, shown in zip(Record._fields, expected, found, strict=True):
        if wanted != shown:
            rule = rules.get(field, rules.get("", "NV-FLUSH-7"))
            findings.report(rule, vcpu.number, f"{field} of {name(hold.irq)}", name(wanted), name(shown))


def _names(irqs: Sequence[Irq]) -> str:
    return " ".join(map(name, irqs))
