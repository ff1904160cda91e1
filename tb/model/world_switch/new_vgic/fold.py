# SPDX-License-Identifier: Apache-2.0
"""What a list register, as the guest left it, does to its record (NV-SYNC-3 to NV-SYNC-7, K19-6)."""

from collections.abc import Sequence
from typing import Any, Final

from tb.model.hypervisor.new_vgic.record import Vcpu
from tb.model.hypervisor.platform import Physical
from tb.model.machine.events import Notified, PhysicalChanged, Sampled
from tb.model.world_switch.findings import Findings
from tb.model.world_switch.new_vgic.changes import report_changes
from tb.model.world_switch.new_vgic.journal import Act, Hold
from tb.model.world_switch.new_vgic.records import FIRST_SPI, Record, name
from tb.model.world_switch.new_vgic.rules import Rules
from tb.model.world_switch.words import Word

ExpectedAct = tuple[Any, ...]  # the event's type, and its first fields
_RULES: Final = {
    "active": "NV-SYNC-4",
    "active_source": "NV-SYNC-4",
    "source": "NV-SYNC-5",
    "line": "NV-SYNC-7",
    "on_lr": "K19-6",
    "": "NV-SYNC-8",
}
_EDGE_RULES: Final = {**_RULES, "latch": "NV-SYNC-5"}
_LEVEL_RULES: Final = {**_RULES, "latch": "NV-SYNC-6"}


class Fold:
    """The statement of one fold."""

    def __init__(self, findings: Findings, rules: Rules) -> None:
        self._findings = findings
        self._rules = rules

    def check(self, vcpu: Vcpu, word: Word, hold: Hold, *ahead: ExpectedAct) -> None:
        """`ahead`: what must have come before the fold."""
        self._findings.checks["sync records"] += 1
        record = hold.before
        check_acts(self._findings, "NV-SYNC-3", vcpu, hold, [*ahead, *self._notices(vcpu, word)], hold.ahead)
        changes: dict[str, Any] = {"active": word.active, "on_lr": 0}  # NV-SYNC-4, K19-6
        physical: list[ExpectedAct] = []
        if record.is_level:
            if not word.pending and not (word.active and self._rules.active_holds_latch):  # NV-SYNC-6
                changes["latch"] = 0
            if self._resamples(record, word):
                sampled = next((act.level for act in hold.within if isinstance(act, Sampled)), 0)
                physical = _resampling(record, sampled)
                changes["line"] = sampled
        elif word.pending:  # NV-SYNC-5
            changes["latch"] = 1
            if record.is_sgi:
                changes["source"] = record.source | 1 << word.cpuid
        if record.is_sgi and word.active and self._rules.has_active_source:  # NV-SYNC-4
            changes["active_source"] = word.cpuid
        check_acts(self._findings, "NV-SYNC-7", vcpu, hold, physical, hold.within)
        expected = record._replace(**changes)
        if hold.after != expected:
            rules = _LEVEL_RULES if record.is_level else _EDGE_RULES
            report_changes(self._findings, rules, vcpu, expected, hold.after)

    def _notices(self, vcpu: Vcpu, word: Word) -> list[ExpectedAct]:
        """NV-SYNC-3."""
        ended = word.eoi and not word.pending and not word.active
        told = self._rules.notifies and ended and word.intid >= FIRST_SPI
        return [(Notified, vcpu.number, word.intid)] if told else []

    def _resamples(self, record: Record, word: Word) -> bool:
        """NV-SYNC-7: still pending, or (`kvm*`) just ended with the line high."""
        ended = record.active and not word.active and record.line and self._rules.resamples_ended
        return bool(record.hw and (word.pending or ended))


def _resampling(record: Record, level: int) -> list[ExpectedAct]:
    """NV-SYNC-7, with the wire as it was found."""
    acts: list[ExpectedAct] = [(Sampled, record.owner, record.pintid, level)]
    if not level:
        acts.append((PhysicalChanged, Physical.DEACTIVATE, record.owner, record.pintid))
    return acts


def check_acts(
    findings: Findings,
    rule: str,
    vcpu: Vcpu,
    hold: Hold,
    expected: Sequence[ExpectedAct],
    acts: Sequence[Act],
) -> None:
    """What is told to others and done to physical interrupts, in order."""
    if not expected and not acts:
        return
    findings.checks["notices and physical operations"] += 1
    found = [(type(act), *act[:3]) for act in acts]
    if found != list(expected):
        findings.report(rule, vcpu.number, f"acts for {name(hold.irq)}", _text(expected), _text(found))


def _text(acts: Sequence[ExpectedAct]) -> str:
    return "; ".join(f"{act[0].__name__}{act[1:]}" for act in acts) or "none"
