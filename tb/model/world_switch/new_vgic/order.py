# SPDX-License-Identifier: Apache-2.0
"""Whether a flush has sorted the list when it had to, and only then, and right (A.4)."""

from itertools import pairwise

from tb.model.world_switch.findings import Findings
from tb.model.world_switch.new_vgic.changes import names
from tb.model.world_switch.new_vgic.journal import Listing, Pass
from tb.model.world_switch.new_vgic.records import name
from tb.model.world_switch.new_vgic.rules import Rules
from tb.model.world_switch.new_vgic.weights import Depth, Pair


class Order:
    """The statement."""

    def __init__(self, findings: Findings, rules: Rules, nr_lr: int) -> None:
        self._findings = findings
        self._rules = rules
        self._nr_lr = nr_lr

    def check(self, one: Pass, vmcr: int) -> Depth:
        """The depth that the list had, after a look at its order."""
        listing = one.listings[0]
        depth = self._weigh(one, listing)
        self._findings.checks["flush order"] += 1
        if depth.multi_sgi or depth.pending + depth.active > self._nr_lr:
            self._check_sorted(one, listing, vmcr)
        elif listing.before != listing.after:
            self._report("NV-DEPTH-2", listing, names(listing.before), names(listing.after))
        return depth

    def _weigh(self, one: Pass, listing: Listing) -> Depth:
        """NV-DEPTH-1, of each record as the first round of locks found it."""
        pending = active = 0
        multi_sgi = False
        for irq, hold in zip(listing.before, one.holds, strict=False):
            if hold.irq is not irq:
                self._report("NV-DEPTH-1", listing, f"a look at {name(irq)}", f"one at {name(hold.irq)}")
            entry = self._rules.weigh(hold.before, hold.on, listing.vcpu)
            pending += entry.pending
            active += entry.active
            multi_sgi |= entry.multi_sgi
        return Depth(pending, active, multi_sgi)

    def _check_sorted(self, one: Pass, listing: Listing, vmcr: int) -> None:
        """Neighbours stand as their comparison under both locks said (NV-LOCK-3), and equals as before.

        That is all that can be said of a list whose records change while it is sorted, and enough for one
        whose records do not.
        """
        if set(listing.before) != set(listing.after):
            self._report("NV-DEPTH-2", listing, names(listing.before), names(listing.after))
            return
        places = {irq: place for place, irq in enumerate(listing.before)}
        for irq, following in pairwise(listing.after):
            if held := one.comparisons.get((irq, following)):
                first, second, on = held
            elif held := one.comparisons.get((following, irq)):
                second, first, on = held
            else:
                pair = f"{name(irq)} and {name(following)}"
                self._report("NV-DEPTH-2", listing, "a sorted list", f"{pair} not compared")
                return
            sign = self._rules.compare(Pair(first, second, on, listing.vcpu, vmcr))
            if (sign or places[irq] - places[following]) > 0:
                expected = f"{name(following)} before {name(irq)}"
                self._report(self._rules.sorting, listing, expected, names(listing.after))
                return

    def _report(self, rule: str, listing: Listing, expected: str, found: str) -> None:
        self._findings.report(rule, listing.vcpu.number, "list at the flush", expected, found)
