# SPDX-License-Identifier: Apache-2.0
"""What a list register, as the guest left it, does to its record (NV-SYNC-3 to NV-SYNC-7, K19-6)."""

from collections.abc import Sequence
from typing import Any, Final

from tb.model.hypervisor.new_vgic.record import Vcpu
from tb.model.hypervisor.platform import Physical
from tb.model.machine.events import Notified, PhysicalChanged, Sampled
from tb.model.world_switch.findings import Findings
from tb.model.world_switch.new_vgic.flush import report_changes
from tb.model.world_switch.new_vgic.journal import Act, Hold
from tb.model.world_switch.new_vgic.records import FIRST_SPI, Record, name
from tb.model.world_switch.new_vgic.rules import Rules
from tb.model.world_switch.words import Word

_RULES: Final = {
    "active": "NV-SYNC-4",
    "active_source": "NV-SYNC-4",
    "source": "NV-SYNC-5",
    "line": "NV-SYNC-7",
    "on_lr": "K19-6",
    "": "NV-SYNC-8",
}
_LATCH: Final = ({**_RULES, "latch": "NV-SYNC-5"}, {**_RULES, "latch": "NV-SYNC-6"})  # edge, level


class Fold:
    """The statement of one fold."""

    def __init__(self, findings: Findings, rules: Rules) -> None:
        self._findings = findings
        self._rules = rules

    def check(self, vcpu: Vcpu, word: Word, hold: Hold, ahead: Sequence[tuple[object, ...]] = ()) -> None:
        """`ahead` are other things that must have come before."""
        self._findings.checks["sync records"] += 1
        self._check_acts(vcpu, "NV-SYNC-3", hold, [*ahead, *self._notices(vcpu, word)], hold.ahead)
        expected, acts = self._folded(hold.before, word, hold.within)
        self._check_acts(vcpu, "NV-SYNC-7", hold, acts, hold.within)
        if hold.after != expected:
            report_changes(self._findings, _LATCH[hold.before.is_level], vcpu, expected, hold.after, hold)

    def _notices(self, vcpu: Vcpu, word: Word) -> list[tuple[object, ...]]:
        """NV-SYNC-3."""
        ended = word.eoi and not word.pending and not word.active
        return (
            [(Notified, vcpu.number, word.intid)]
            if ended and word.intid >= FIRST_SPI and self._rules.notifies
            else []
        )

    def _folded(
        self, record: Record, word: Word, acts: Sequence[Act]
    ) -> tuple[Record, list[tuple[object, ...]]]:
        """The record, and what is done to the physical interrupt, where `acts` tell how its wire was."""
        changes: dict[str, Any] = {"active": word.active, "on_lr": 0}  # NV-SYNC-4, K19-6
        physical: list[tuple[object, ...]] = []
        if record.is_sgi and word.active and self._rules.has_active_source:
            changes["active_source"] = word.cpuid
        if not record.is_level:
            if word.pending:  # NV-SYNC-5
                changes["latch"] = 1
                if record.is_sgi:
                    changes["source"] = record.source | 1 << word.cpuid
            return record._replace(**changes), physical
        if not word.pending and not (word.active and self._rules.active_holds_latch):  # NV-SYNC-6
            changes["latch"] = 0
        ended = record.active and not word.active and record.line and self._rules.resamples_ended
        if record.hw and (word.pending or ended):  # NV-SYNC-7
            owner = record.target.number if record.intid < FIRST_SPI and record.target else None
            level = next((act.level for act in acts if isinstance(act, Sampled)), 0)
            physical.append((Sampled, owner, record.pintid, level))
            changes["line"] = level
            if not level:
                physical.append((PhysicalChanged, Physical.DEACTIVATE, owner, record.pintid))
        return record._replace(**changes), physical

    def _check_acts(
        self, vcpu: Vcpu, rule: str, hold: Hold, expected: list[tuple[object, ...]], acts: Sequence[Act]
    ) -> None:
        if not expected and not acts:
            return
        self._findings.checks["notices and physical operations"] += 1
        found = [(type(act), *act[:3]) for act in acts]
        if found != expected:
            self._findings.report(
                rule, vcpu.number, f"acts for {name(hold.irq)}", _acts(expected), _acts(found)
            )


def _acts(acts: Sequence[tuple[object, ...]]) -> str:
    return "; ".join(f"{getattr(act[0], '__name__', '')}{act[1:]}" for act in acts) or "none"
