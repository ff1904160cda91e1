# SPDX-License-Identifier: Apache-2.0
"""Which interrupt is selected, and whether it is signalled (specification, section 4)."""

from dataclasses import replace

import gicv2_registers as regs
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import FIRST_SPECIAL_ID, PEND
from tb.uvm.diagnosis.case import Rules
from tb.uvm.diagnosis.words import APR, HCR, LR0, PACT, VMCR, Words, alone, changed, interrupts, unmasked


def signal_rules(parameters: Parameters, words: Words, rtl: tuple[int, int]) -> Rules:
    """The rules that decide virq and vfiq in this state, where the RTL shows other levels."""
    signalled, wanted = any(interrupts(words, parameters)), any(rtl)
    first = best(words, parameters)

    def gives(state: Words, device: Parameters = parameters) -> bool:
        return interrupts(state, device) == rtl

    found = []
    if gives(changed(words, HCR, words[HCR] | regs.GICH_HCR_EN_MASK)):
        found.append("V2-EN-1")
    if not signalled and gives(unmasked(words)):
        found.append("V2-PRI-1")
    if first is not None and signalled != wanted:
        found += _preemption_rules(words, first, wanted) if words[APR] else ["V2-PRI-3"] * signalled
    if gives(words, replace(parameters, grp_filter=1 - parameters.grp_filter)):
        found.append("V2-SEL-3")
    for number, word in enumerate(words[LR0:]):
        if number != first and word & PEND and gives(alone(words, number)):
            found += winner_rules(words, first, number)
    if words[APR] and signalled != wanted:
        found.append("V2-RPR-1")
    return tuple(found) or ("V2-SIG-1",)


def _preemption_rules(words: Words, number: int, wanted: bool) -> list[str]:
    """The rules that, if they were not kept, would let an interrupt preempt or not, as wanted."""
    vmcr, word = words[VMCR], words[LR0 + number]
    priority = (word >> regs.GICH_LR_PRIORITY_LSB & 31) << 3
    running = ((words[APR] & -words[APR]).bit_length() - 1) << 3
    common = 0xFF & 0xFF << (vmcr >> regs.GICH_VMCR_VMBP_LSB & 7) + 1
    mask = 0xFF & 0xFF << (vmcr >> regs.GICH_VMCR_VMABP_LSB & 7)
    if not word & regs.GICH_LR_GRP1_MASK or vmcr & regs.GICH_VMCR_VMCBPR_MASK:
        common, mask = mask, common
    instead = (
        ("V2-PRI-3", (priority & mask) <= (running & mask)),
        ("V2-PRI-4", (priority & mask) < running),
        ("V2-PRI-3", priority < (running & mask)),
        ("V2-PRI-2", (priority & common) < (running & common)),
    )
    return [rule for rule, preempts in instead if preempts == wanted]


def winner_rules(words: Words, mine: int | None, theirs: int) -> Rules:
    """Why the reference selects list register `mine`, or none, and not `theirs`."""
    word = words[LR0 + theirs]
    if word & PACT == PACT:
        return ("V2-SEL-1",)
    if word & regs.GICH_LR_VIRTUALID_MASK >= FIRST_SPECIAL_ID:
        return ("V2-LR-6",)
    if not _is_enabled(words, word):
        return ("V2-SEL-3",)
    equal = mine is not None and (word ^ words[LR0 + mine]) & regs.GICH_LR_PRIORITY_MASK == 0
    return ("V2-SEL-2",) if equal else ("V2-SEL-4",)


def best(words: Words, parameters: Parameters) -> int | None:
    """The list register that the reference selects."""
    ranks = [
        (word & regs.GICH_LR_PRIORITY_MASK, number)
        for number, word in enumerate(words[LR0:])
        if word & PACT == PEND
        and word & regs.GICH_LR_VIRTUALID_MASK < FIRST_SPECIAL_ID
        and (_is_enabled(words, word) or not parameters.grp_filter)
    ]
    return min(ranks)[1] if ranks else None


def _is_enabled(words: Words, word: int) -> bool:
    group1 = word & regs.GICH_LR_GRP1_MASK
    return bool(words[VMCR] & (regs.GICH_VMCR_VMGRP1EN_MASK if group1 else regs.GICH_VMCR_VMGRP0EN_MASK))
