# SPDX-License-Identifier: Apache-2.0
"""What IAR and AIAR left (specification, section 5)."""

import gicv2_registers as regs
from tb.model.hardware.virtual_interface import PEND
from tb.uvm.diagnosis.case import Case, Rules
from tb.uvm.diagnosis.selection import best, signal_rules, winner_rules
from tb.uvm.diagnosis.words import (
    APR,
    LR0,
    Words,
    alone,
    level,
    moved,
    no_ack_ctl,
    outcome,
)
from tb.uvm.predictor import Accepted


def acknowledge_rules(case: Case, bank: int, accepted: Accepted) -> Rules:
    """The rules of the state after an acknowledging read."""
    before, rtl, model = case.before[bank], case.rtl[bank], case.model[bank]
    if any((rtl[word] ^ model[word]) & ~regs.GICH_LR_STATE_MASK for word in case.lrs):
        return ("V2-LR-3",)
    mine, theirs = moved(before, model), moved(before, rtl)
    if mine is not None and theirs is not None:
        return _same(before, rtl, model, mine) if mine == theirs else winner_rules(before, mine, theirs)
    if mine is not None:
        return _not_acknowledged(case, before, mine, accepted)
    if theirs is not None:
        return _wrongly_acknowledged(case, before, theirs, accepted)
    return ("V2-IAR-1",)


def _same(before: Words, rtl: Words, model: Words, number: int) -> Rules:
    """Both acknowledge the same list register."""
    added = rtl[APR] & ~before[APR]
    if not added or rtl[LR0 + number] != model[LR0 + number]:
        return ("V2-IAR-1",)
    return ("V2-RPR-1", "V2-PRI-2") if added == level(before[LR0 + number]) else ("V2-PRI-2", "V2-IAR-1")


def _not_acknowledged(case: Case, before: Words, mine: int, accepted: Accepted) -> Rules:
    earlier = case.last(lambda a: a.cycle == accepted.cycle - 1 and a.access.bank == accepted.access.bank)
    if earlier and earlier.access.write and (earlier.register or "").startswith("GICH_LR"):
        return ("V2-CYC-10", "V2-IAR-1")
    hidden: list[str] = []  # another list register came first, and is not for this guest
    for number, word in enumerate(before[LR0:]):
        if number != mine and word & PEND:
            state = alone(before, number)
            if outcome(state, accepted, case.parameters).words[LR0:] == tuple(state[LR0:]):
                hidden += winner_rules(before, mine, number)
    return (*hidden[:1], *signal_rules(case.parameters, before, (0, 0)), "V2-IAR-1")


def _wrongly_acknowledged(case: Case, before: Words, theirs: int, accepted: Accepted) -> Rules:
    word = before[LR0 + theirs]
    group1 = word & regs.GICH_LR_GRP1_MASK
    if accepted.register == "GICV_AIAR" and not group1:
        return ("V2-IAR-5",)
    if accepted.register == "GICV_IAR" and group1 and no_ack_ctl(before):
        return ("V2-IAR-3",)
    first = best(before, case.parameters)
    return (*(winner_rules(before, first, theirs) if first != theirs else ()), "V2-IAR-2")
