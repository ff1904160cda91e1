# SPDX-License-Identifier: Apache-2.0
"""What leaves an ap_list, and what moves to another one (NV-PRUNE-1 to NV-PRUNE-3)."""

from collections.abc import Sequence
from typing import Final

from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.world_switch.findings import Findings
from tb.model.world_switch.new_vgic.changes import names, report_changes
from tb.model.world_switch.new_vgic.journal import Hold, Listing, Pass
from tb.model.world_switch.new_vgic.records import Record, name, oracle
from tb.model.world_switch.new_vgic.rules import Rules

_WALK: Final = {"": "NV-PRUNE-2"}
_MOVE: Final = {"": "NV-PRUNE-3"}


class Prune:
    """The statement of a prune: walks over the list, and between two of them a move."""

    def __init__(self, findings: Findings, rules: Rules) -> None:
        self._findings = findings
        self._rules = rules

    def check(self, vcpu: Vcpu, passes: Sequence[Pass]) -> None:
        """All of it."""
        moving: tuple[Irq, Vcpu] | None = None
        walk_is_next = True
        for one in passes:
            if walk_is_next:
                moving = self._check_walk(vcpu, one)
            elif moving:
                self._check_move(vcpu, one, *moving)
            else:
                self._findings.report("NV-PRUNE-2", vcpu.number, "prune", "its end", "another walk")
                return
            walk_is_next = not walk_is_next
        if moving and not walk_is_next:
            self._findings.report(
                "NV-PRUNE-3", vcpu.number, name(moving[0]), f"a move to {name(moving[1])}", "none"
            )
        elif walk_is_next:
            self._findings.report("NV-PRUNE-3", vcpu.number, "prune", "a new walk after the move", "none")

    def _check_walk(self, vcpu: Vcpu, one: Pass) -> tuple[Irq, Vcpu] | None:
        """NV-PRUNE-1, NV-PRUNE-2: what no oracle wants is gone; what it wants elsewhere ends the walk."""
        self._findings.checks["prune walks"] += 1
        listing, found, gone = one.listings[0], None, set()
        looked_at = []
        for irq, hold in zip(listing.before, one.holds, strict=False):
            looked_at.append(hold.irq)
            if hold.irq is not irq:
                break
            wanted, expected = oracle(hold.before, hold.on), hold.before
            if wanted is None:
                gone.add(irq)
                expected = expected._replace(listed=None)
            if hold.after != expected:
                report_changes(self._findings, _WALK, vcpu, expected, hold.after)
            if wanted is not None and wanted is not vcpu:
                found = (irq, wanted)
                break
        expected_looks = listing.before[: len(looked_at)] if found else listing.before
        if [listing.vcpu, *expected_looks] != [vcpu, *(hold.irq for hold in one.holds)]:
            self._findings.report(
                "NV-PRUNE-1",
                vcpu.number,
                "walk",
                names(expected_looks),
                names([hold.irq for hold in one.holds]),
            )
        self._check_list("NV-PRUNE-2", vcpu, listing, [irq for irq in listing.before if irq not in gone])
        if one.kicks:
            self._findings.report("NV-PRUNE-3", vcpu.number, "kicks without a move", [], one.kicks)
        return found

    def _check_move(self, vcpu: Vcpu, one: Pass, irq: Irq, target: Vcpu) -> None:
        """NV-PRUNE-3: under both list locks, if the oracle still wants it there."""
        self._findings.checks["moves"] += 1
        lists = {listing.vcpu: listing for listing in one.listings}
        if set(lists) != {vcpu, target} or [hold.irq for hold in one.holds] != [irq]:
            self._findings.report(
                "NV-PRUNE-3", vcpu.number, f"move of {name(irq)}", f"to {name(target)}", names([*lists])
            )
            return
        hold = one.holds[0]
        moves = self._moves(hold, vcpu, target)
        expected = hold.before._replace(listed=target) if moves else hold.before
        if hold.after != expected:
            report_changes(self._findings, _MOVE, vcpu, expected, hold.after)
        for listing in one.listings:
            kept = [other for other in listing.before if not (moves and other is irq)]
            if moves and listing.vcpu is target:
                kept.append(irq)
            self._check_list("NV-PRUNE-3", vcpu, listing, kept)
        kicked = [target.number] if moves and self._rules.move_kicks else []
        if one.kicks != kicked:
            self._findings.report("NV-PRUNE-3", vcpu.number, f"kicks for {name(irq)}", kicked, one.kicks)

    def _moves(self, hold: Hold, vcpu: Vcpu, target: Vcpu) -> bool:
        record: Record = hold.before
        still_listed = record.listed is vcpu or not self._rules.move_needs_list
        return oracle(record, hold.on) is target and still_listed

    def _check_list(self, rule: str, vcpu: Vcpu, listing: Listing, expected: Sequence[Irq]) -> None:
        if list(listing.after) != expected:
            self._findings.report(
                rule, vcpu.number, f"list of {name(listing.vcpu)}", names(expected), names(listing.after)
            )
