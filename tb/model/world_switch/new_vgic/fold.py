# SPDX-License-Identifier: Apache-2.0
"""What a list register, as the guest left it, does to its record (NV-SYNC-3 to NV-SYNC-7, K19-6)."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from tb.model.hypervisor.new_vgic.record import Vcpu
from tb.model.hypervisor.platform import Physical
from tb.model.machine.events import Notified, PhysicalChanged, Sampled
from tb.model.world_switch.findings import Findings
from tb.model.world_switch.new_vgic.changes import report_changes
from tb.model.world_switch.new_vgic.journal import Act, Hold
from tb.model.world_switch.new_vgic.records import Record, name
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
_FOLDS: Final = 4096  # that are remembered


class Folded(NamedTuple):
    """What a word makes of a record: that, and what is done before the record is locked, and meanwhile."""

    record: Record
    ahead: tuple[ExpectedAct, ...]
    within: tuple[ExpectedAct, ...]


def folded(record: Record, value: int, vcpu: int, level: int, rules: Rules) -> Folded:
    """`level`: of the physical wire, if anybody asks."""
    word = Word.of(value)
    changes: dict[str, Any] = {"active": word.active, "on_lr": 0}  # NV-SYNC-4, K19-6
    ahead: list[ExpectedAct] = []
    within: list[ExpectedAct] = []
    ended = not word.pending and not word.active
    if rules.notifies and ended and word.eoi and record.owner is None:  # NV-SYNC-3
        ahead.append((Notified, vcpu, word.intid))
    if record.is_sgi and word.active and rules.has_active_source:  # NV-SYNC-4
        changes["active_source"] = word.cpuid
    if not record.is_level and word.pending:  # NV-SYNC-5
        changes["latch"] = 1
        if record.is_sgi:
            changes["source"] = record.source | 1 << word.cpuid
    if record.is_level:
        if ended or not (word.pending or rules.active_holds_latch):  # NV-SYNC-6
            changes["latch"] = 0
        second_arm = rules.resamples_ended and record.active and not word.active and record.line
        if record.hw and (word.pending or second_arm):  # NV-SYNC-7
            changes["line"] = level
            within.append((Sampled, record.owner, record.pintid, level))
            if not level:
                within.append((PhysicalChanged, Physical.DEACTIVATE, record.owner, record.pintid))
    return Folded(record._replace(**changes), tuple(ahead), tuple(within))


class Fold:
    """The statement of one fold."""

    def __init__(self, findings: Findings, rules: Rules) -> None:
        self._findings = findings
        self._folded = lru_cache(_FOLDS)(partial(folded, rules=rules))

    def check(self, vcpu: Vcpu, word: int, hold: Hold, *ahead: ExpectedAct) -> None:
        """`ahead`: what must have come before all else."""
        self._findings.checks["sync records"] += 1
        level = 0
        if hold.within:
            level = next((act.level for act in hold.within if isinstance(act, Sampled)), 0)
        expected = self._folded(hold.before, word, vcpu.number, level)
        if ahead or expected.ahead or hold.ahead:
            check_acts(self._findings, "NV-SYNC-3", vcpu, hold, (*ahead, *expected.ahead), hold.ahead)
        if expected.within or hold.within:
            check_acts(self._findings, "NV-SYNC-7", vcpu, hold, expected.within, hold.within)
        if hold.after != expected.record:
            rules = _LEVEL_RULES if hold.before.is_level else _EDGE_RULES
            report_changes(self._findings, rules, vcpu, expected.record, hold.after)


def check_acts(
    findings: Findings,
    rule: str,
    vcpu: Vcpu,
    hold: Hold,
    expected: Sequence[ExpectedAct],
    acts: Sequence[Act],
) -> None:
    """What is told to others and done to physical interrupts, in order."""
    findings.checks["notices and physical operations"] += 1
    found = [(type(act), *act[:3]) for act in acts]
    if found != list(expected):
        findings.report(rule, vcpu.number, f"acts for {name(hold.irq)}", _text(expected), _text(found))


def _text(acts: Sequence[ExpectedAct]) -> str:
    return "; ".join(f"{act[0].__name__}{act[1:]}" for act in acts) or "none"
