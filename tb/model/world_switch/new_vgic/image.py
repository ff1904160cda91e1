# SPDX-License-Identifier: Apache-2.0
"""The list register that a record demands, and what that takes from the record (NV-FLUSH-3 to NV-FLUSH-9)."""

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tb.model.world_switch.new_vgic.records import Record
from tb.model.world_switch.words import Word

if TYPE_CHECKING:
    from tb.model.world_switch.new_vgic.rules import Rules


class Image(NamedTuple):
    """The word, and the record that stays behind.

    loaded  the record, too, if the word went into a list register (K19-6)
    """

    word: int
    record: Record
    loaded: Record


def image(record: Record, rules: "Rules") -> Image:
    """What a loaded record becomes."""
    pending = record.is_pending and not (record.active and rules.keeps_pending_back(record))
    taken: dict[str, Any] = {}
    cpuid = record.active_source if record.active and rules.has_active_source else 0  # NV-FLUSH-4
    if pending and record.is_sgi:
        if not record.source:  # NV-REC-3: an empty register; there is nothing to load
            return _image(0, record._replace(latch=0))
        lowest = record.source & -record.source  # NV-MSGI-1: the others wait
        cpuid = lowest.bit_length() - 1
        taken = {"source": record.source - lowest, "latch": int(record.source != lowest)}
    elif pending and not record.is_level:
        taken = {"latch": 0}
    elif pending and record.hw:  # NV-FLUSH-8
        taken = {"line": 0}
    waiting = record.is_sgi and bool(taken.get("source", record.source))
    word = Word(
        intid=record.intid,
        priority=record.priority,
        pending=int(pending),
        active=record.active,
        group=record.group,
        hw=record.hw,
        pintid=record.pintid,
        eoi=int(record.is_level or (waiting and rules.exits_for_sources)),
        cpuid=cpuid if record.is_sgi else 0,
    )
    return _image(word.value, record._replace(**taken))


def _image(word: int, record: Record) -> Image:
    return Image(word, record, record._replace(on_lr=1))


_RULES: Final = {
    "priority": "NV-FLUSH-3",
    "group": "NV-FLUSH-3",
    "active": "NV-FLUSH-4",
    "hw": "NV-FLUSH-6",
    "pintid": "NV-FLUSH-6",
    "eoi": "NV-FLUSH-6",
}


def rule_of(field: str, record: Record, expected: Word) -> str:
    """The rule that a wrong field of a word breaks."""
    if field == "pending":
        return "NV-FLUSH-5" if record.active else "NV-FLUSH-7"
    if field == "cpuid":
        return "NV-FLUSH-7" if expected.pending else "NV-FLUSH-4"
    return "NV-MSGI-4" if field == "eoi" and record.is_sgi else _RULES[field]


def kvm_keeps_back(record: Record) -> bool:
    """NV-FLUSH-5 (`kvm*`), of an active one: mapped, a level, or an SGI that waits."""
    return bool(record.hw or record.is_level or (record.is_sgi and record.source))


def xen_keeps_back(record: Record) -> bool:
    """NV-FLUSH-5 (`xen`), of an active one: NV-FLUSH-9 drops PENDING too late for a mapped edge."""
    return bool(record.hw and record.is_level)
