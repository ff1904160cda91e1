# SPDX-License-Identifier: Apache-2.0
"""What a sync makes of the shadows (CL-MAINT-1, -3, CL-SYNC-1, -2), and a write to ICENABLER (CL-DIS-1)."""

from collections.abc import Iterable
from typing import Final

import gicv2_registers as regs
from tb.model.world_switch.classic.moment import Moment, members
from tb.model.world_switch.classic.rules import Rules
from tb.model.world_switch.words import STATE, Word

_ACTIVE: Final = regs.GICH_LR_STATE_ACT << regs.GICH_LR_STATE_LSB
_EOI: Final = regs.GICH_LR_EOI_MASK
FIELD_RULES: Final = {
    "queued": "CL-MAINT-1",
    "lrs": "CL-MAINT-1",
    "elrsr": "CL-MAINT-1",
    "soft": "CL-MAINT-1",
    "pending": "CL-MAINT-1",
    "waiting": "CL-MAINT-1",
    "hcr": "CL-MAINT-3",
    "used": "CL-SYNC-1",
    "places": "CL-SYNC-1",
    "on_cpu": "CL-SYNC-2",
    "eisr": "CL-SYNC-2",
}


def folded(before: Moment, rules: Rules, number: int) -> Moment:
    """The moment after the sync of vCPU `number`; `before`, the shadows are those of this exit."""
    ended = list(members(before.eisr)) if before.misr & regs.GICH_MISR_EOI_MASK else []
    intids = {Word.of(before.lrs[lr]).intid for lr in ended}
    completed = sum(1 << intid for intid in intids)
    high = completed & (before.level if rules.has_lines else before.pending)
    low = completed & ~high
    elrsr = before.elrsr | sum(1 << lr for lr in ended)
    waits = high or ~elrsr & (1 << len(before.lrs)) - 1
    hcr = before.hcr & ~regs.GICH_HCR_UIE_MASK if before.misr & regs.GICH_MISR_U_MASK else before.hcr
    gone = (STATE if rules.mirrors_status else _ACTIVE) | _EOI
    after = before._replace(
        on_cpu=before.on_cpu | (1 << number if waits else 0),
        pending=before.pending & ~(low if rules.has_lines else 0),
        soft=before.soft & ~(completed if rules.has_lines else 0),
        queued=before.queued & ~completed,
        waiting=before.waiting & ~low | high,
        lrs=_cleared(before, ended, gone),
        hcr=hcr,
        eisr=0 if rules.mirrors_status else before.eisr,
        elrsr=elrsr,
    )
    return _released(after, list(members(elrsr & before.used)))


def disabled(before: Moment, enabled: int, rules: Rules) -> Moment:
    """CL-DIS-1: after a write to ICENABLER that has left `enabled`, what is kept of list registers."""
    retired = [lr for lr in members(before.used) if not enabled >> Word.of(before.lrs[lr]).intid & 1]
    intids = {Word.of(before.lrs[lr]).intid for lr in retired}
    after = before._replace(
        lrs=_cleared(before, retired, STATE | _EOI if rules.mirrors_status else STATE),
        queued=before.queued & ~sum(1 << intid for intid in intids),
        elrsr=before.elrsr | (sum(1 << lr for lr in retired) if rules.mirrors_status else 0),
    )
    return _released(after, retired)


def _cleared(moment: Moment, lrs: Iterable[int], mask: int) -> tuple[int, ...]:
    return tuple(word & ~mask if lr in lrs else word for lr, word in enumerate(moment.lrs))


def _released(moment: Moment, lrs: list[int]) -> Moment:
    """Given back, and forgotten: of an SGI the map knows one place, which all of them take along (CL-Q-3)."""
    intids = {Word.of(moment.lrs[lr]).intid for lr in lrs}
    return moment._replace(
        used=moment.used & ~sum(1 << lr for lr in lrs),
        places={intid: lr for intid, lr in moment.places.items() if intid not in intids},
    )
