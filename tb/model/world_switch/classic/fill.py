# SPDX-License-Identifier: Apache-2.0
"""What a flush makes of the per-CPU bits (CL-Q-1 to CL-Q-5)."""

from typing import Final

import gicv2_registers as regs
from tb.model.world_switch.classic.moment import Moment, members
from tb.model.world_switch.classic.rules import Rules
from tb.model.world_switch.words import Word

_SGIS: Final = 16
_PENDING: Final = regs.GICH_LR_STATE_PEND << regs.GICH_LR_STATE_LSB
FIELD_RULES: Final = {
    "on_cpu": "CL-Q-5",
    "hcr": "CL-Q-5",
    "pending": "CL-Q-4",
    "waiting": "CL-Q-4",
    "queued": "CL-Q-4",
    "sources": "CL-Q-3",
    "used": "CL-Q-2",
    "places": "CL-Q-2",
    "lrs": "CL-Q-2",
    "elrsr": "CL-Q-2",
}
Instance = tuple[int, int]  # INTID and source


def filled(before: Moment, rules: Rules, number: int, vcpus: int) -> Moment:
    """The moment after the flush of vCPU `number`."""
    looks = before.on_cpu >> number & 1
    instances = _instances(before, rules, vcpus) if looks else []
    placed, after = _place(before, instances)
    sources = list(before.sources)
    for intid, source in placed:
        if intid < _SGIS:
            sources[intid] &= ~(1 << source)
    sgis = list(members(before.waiting & (1 << _SGIS) - 1)) if looks else []
    others = [intid for intid, _ in placed if intid >= _SGIS]
    done = [sgi for sgi in sgis if not sources[sgi]]  # CL-Q-3: also one that had none
    done += [intid for intid in others if before.edge >> intid & 1]  # CL-Q-4
    levels = [intid for intid in others if not before.edge >> intid & 1]
    fails = len(placed) < len(instances) or any(sources[sgi] for sgi in sgis)  # CL-Q-5
    status = {1 << lr for lr in placed.values()} if rules.mirrors_status else set()  # CL-Q-2
    return after._replace(
        on_cpu=before.on_cpu if fails else before.on_cpu & ~(1 << number),
        pending=before.pending & ~_bits(done),
        waiting=before.waiting & ~_bits(done),
        queued=before.queued | _bits(levels),
        sources=tuple(sources),
        hcr=before.hcr & ~regs.GICH_HCR_UIE_MASK | (regs.GICH_HCR_UIE_MASK if fails else 0),
        elrsr=before.elrsr & ~sum(status),
    )


def _instances(before: Moment, rules: Rules, vcpus: int) -> list[Instance]:
    """What wants a list register, in order (CL-Q-1, CL-Q-3); CL-Q-4: what is in flight waits."""
    held_back = before.queued if rules.edge_waits else before.queued & ~before.edge
    wanted: list[Instance] = []
    for intid in members(before.waiting):
        if intid < _SGIS:
            wanted += [(intid, source) for source in members(before.sources[intid]) if source < vcpus]
        elif not held_back >> intid & 1:
            wanted.append((intid, 0))
    return wanted


def _place(before: Moment, instances: list[Instance]) -> tuple[dict[Instance, int], Moment]:
    """Where each one goes, as long as there is room (CL-Q-2)."""
    placed: dict[Instance, int] = {}
    lrs, places, used = list(before.lrs), dict(before.places), before.used
    for intid, source in instances:
        lr = places.get(intid)
        if lr is not None and Word.of(lrs[lr]).cpuid == source:
            lrs[lr] |= _PENDING  # piggyback
        else:
            lr = next((lr for lr in range(len(lrs)) if not used >> lr & 1), None)
            if lr is None:
                continue
            eoi = 0 if before.edge >> intid & 1 else 1
            lrs[lr] = Word(intid, 0, 1, 0, 0, hw=0, pintid=0, eoi=eoi, cpuid=source).value
            places[intid] = lr
            used |= 1 << lr
        placed[intid, source] = lr
    return placed, before._replace(lrs=tuple(lrs), places=places, used=used)


def _bits(intids: list[int]) -> int:
    return sum(1 << intid for intid in set(intids))
