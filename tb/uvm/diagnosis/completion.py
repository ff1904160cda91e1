# SPDX-License-Identifier: Apache-2.0
"""What EOIR, AEOIR and DIR left (specification, section 6)."""

import gicv2_registers as regs
from tb.model.hardware.virtual_interface import ACT, FIRST_PPI, FIRST_SPECIAL_ID, PEND
from tb.uvm.diagnosis.case import Case, Rules
from tb.uvm.diagnosis.words import (
    APR,
    COMPLETION,
    HCR,
    LR0,
    PACT,
    VMCR,
    Words,
    active,
    level,
    moved,
    names,
    no_ack_ctl,
    off,
    outcome,
)
from tb.uvm.predictor import Accepted


def completion_rules(case: Case, bank: int, accepted: Accepted) -> Rules:
    """The rules of the state after a completion."""
    before, rtl, model = case.before[bank], case.rtl[bank], case.model[bank]
    register, intid = accepted.register, _intid(accepted)
    counts_up = rtl[HCR] == before[HCR] != model[HCR]
    if intid >= FIRST_SPECIAL_ID:
        return ("V2-SPUR-1",)
    if register == "GICV_DIR" and not before[VMCR] & regs.GICH_VMCR_VEM_MASK:
        return ("V2-DIR-2",)
    as_eoir = outcome(before, accepted, case.parameters, register="GICV_EOIR").words
    if register == "GICV_AEOIR" and as_eoir[1:] == rtl[1:]:
        return ("V2-AEOI-1", *["V2-LR-7"] * (len(active(before, intid)) > 1))
    if counts_up and before[HCR] & regs.GICH_HCR_EOICOUNT_MASK == regs.GICH_HCR_EOICOUNT_MASK:
        return ("V2-EOI-4",)
    mine, theirs = moved(before, model), moved(before, rtl)
    if theirs is not None and mine != theirs:
        return _match_rules(before, accepted, mine, theirs)
    if theirs is not None and rtl[LR0 + theirs] != model[LR0 + theirs]:
        return ("V2-EOI-8",) if (rtl[LR0 + theirs] ^ model[LR0 + theirs]) & PACT else ("V2-LR-3",)
    if rtl[APR] not in (before[APR], model[APR]):
        return ("V2-EOI-1",)
    if mine == theirs and rtl[HCR] not in (before[HCR], model[HCR]):
        return _count_rules(rtl, accepted)
    suspects = _suspects(case, bank, accepted)
    if rtl[HCR] != model[HCR]:
        return (*suspects, *_count_rules(rtl, accepted))
    if register == "GICV_DIR":
        return (*suspects, "V2-DIR-1")
    return (*suspects, "V2-EOI-2" if mine is not None else "V2-EOI-1")


def _intid(accepted: Accepted) -> int:
    return accepted.access.data & regs.GICV_EOIR_INTERRUPTID_MASK


def _count_rules(rtl: Words, accepted: Accepted) -> Rules:
    """Rules of EOICount."""
    before = accepted.before
    if accepted.register == "GICV_DIR":
        return ("V2-DIR-1",) if rtl[HCR] == before[HCR] else ("V2-DIR-3", "V2-DIR-1")
    return ("V2-EOI-2",) if before[VMCR] & regs.GICH_VMCR_VEM_MASK else ("V2-EOI-4",)


def _match_rules(before: Words, accepted: Accepted, mine: int | None, theirs: int) -> Rules:
    """Why the reference deactivates list register `mine`, or none, and not `theirs`."""
    intid, word = _intid(accepted), before[LR0 + theirs]
    if not names(word, intid):
        return ("V2-EOI-7",)
    if not word & ACT:
        return ("V2-EOI-5",)
    if intid < FIRST_PPI and _other_source(word, accepted):
        return ("V2-EOI-3",)
    if len(active(before, intid)) == 1:
        return ("V2-EOI-2",)
    first = mine is not None and _other_source(before[LR0 + mine], accepted)
    return ("V2-LR-7", *["V2-EOI-3"] * first)


def _other_source(word: int, accepted: Accepted) -> bool:
    return bool((word ^ accepted.access.data) & regs.GICH_LR_CPUID_MASK)


def _suspects(case: Case, bank: int, accepted: Accepted) -> Rules:
    """The rules of what is special about a completion, but for what the RTL got right before."""
    special = _special(accepted)
    wrong = case.differing(bank, (HCR, VMCR, APR, *case.lrs))
    for other in case.d.recent:
        had_effect = any(other.before[word] != other.after[word] for word in wrong)
        if other.cycle < accepted.cycle and other.register in COMPLETION and had_effect:
            for name in _special(other):
                special.pop(name, None)
    return tuple(special.values())


def _special(accepted: Accepted) -> dict[str, str]:
    """What is special about a completion, and the rule of it."""
    before, register, intid = accepted.before, accepted.register, _intid(accepted)
    valid = [word for word in before[LR0:] if word & PACT and names(word, intid)]
    hits = active(before, intid)
    hit = hits[0] if hits else 0
    hardware = hit & regs.GICH_LR_HW_MASK
    other_source = hit and _other_source(hit, accepted)
    split = register == "GICV_DIR"
    cases = {
        "source given with a hardware SGI": ("V2-EOI-3", other_source and intid < FIRST_PPI and hardware),
        "source given with no SGI": ("V2-EOI-3", other_source and intid >= FIRST_PPI and not hardware),
        "group 1 without AckCtl": (
            "V2-EOI-11",
            register == "GICV_EOIR" and hit & regs.GICH_LR_GRP1_MASK and no_ack_ctl(before),
        ),
        "no active priority": ("V2-EOI-6", hit and not split and not before[APR]),
        "not the running priority": (
            "V2-EOI-7",
            hit and not split and before[APR] & -before[APR] not in (0, level(hit)),
        ),
        "pending before it": ("V2-EOI-5", valid and valid[0] & PACT == PEND),
        "alias with a match": ("V2-AEOI-1", register == "GICV_AEOIR" and hit),
        "alias without a match": ("V2-AEOI-1", register == "GICV_AEOIR" and not hit),
        "interface off": ("V2-EN-3", off(before)),
        "no active priority to count by": ("V2-DIR-1", split and not hit and not before[APR]),
        "second page": ("V2-MAP-4", split),
        "several active": ("V2-LR-7", len(hits) > 1),
        "another ID one bit away": (
            "V2-EOI-7",
            not hit and any(active(before, intid ^ 1 << bit) for bit in range(10)),
        ),
    }
    return {name: rule for name, (rule, applies) in cases.items() if applies}
