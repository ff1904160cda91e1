# SPDX-License-Identifier: Apache-2.0
"""The deactivation ports."""

from collections.abc import Iterator
from typing import Final

import gicv2_registers as regs
from tb.model.hardware.virtual_interface import ACT, PEND
from tb.uvm.diagnosis.case import Case, Finding, Rules
from tb.uvm.diagnosis.words import ACKNOWLEDGE, COMPLETION, LR0, moved, names
from tb.uvm.predictor import Accepted
from tb.uvm.sample import DEACT, DEACT_ID_MASK, PINS, PORT_WORDS, flag

_PINS: Final = ("deact_valid", "deact_id", "deact_cpu")


def findings(case: Case) -> Iterator[Finding]:
    """A request that differs."""
    for bank in case.cpus:
        pins = case.pins(bank)
        for pin in _PINS:
            if pin in pins:
                accepted, rules = _rules(case, bank, pin)
                yield case.pin(bank, pin, rules, accepted)


def _rules(case: Case, bank: int, pin: str) -> tuple[Accepted | None, Rules]:
    """The rules, and the access that the request on the port comes from."""
    start = PORT_WORDS * bank
    is_valid = case.d.sample.ports[start + PINS] & flag("deact_valid")
    shown = case.d.sample.ports[start + DEACT] & DEACT_ID_MASK if is_valid else None
    mine = [accepted for accepted in case.d.recent if accepted.access.bank == bank]
    sources = [accepted for accepted in mine if accepted.access.deactivated is not None]
    source = sources[-1] if sources else None
    queued = case.d.device.queued(bank) + sum(accepted.cycle == case.edge for accepted in sources)
    waiting = [accepted.access.deactivated for accepted in sources[len(sources) - queued :]]
    if pin == "deact_cpu" or shown in waiting:
        return source, ("V2-CYC-7",)
    for accepted in reversed(mine) if shown is not None else ():
        if accepted.access.deactivated is None and (rule := unwanted_request(accepted, shown, case.edge)):
            return accepted, (rule,)
    return source, ("V2-CYC-7", "V2-EOI-9")


def unwanted_request(accepted: Accepted, shown: int | None = None, edge: int | None = None) -> str | None:
    """The rule by which an access does not ask for the deactivation of `shown`, if it could seem to do so.

    shown  None for any interrupt
    edge   an acknowledge there could seem to ask for any: what its request would name is undefined
    """
    if accepted.access.error:
        return None
    if accepted.register in ACKNOWLEDGE:
        number = moved(accepted.before, accepted.after)
        word = accepted.before[LR0 + number] if number is not None else 0
        is_its_own = accepted.cycle == edge or shown in (None, _physical(word))
        return "V2-IAR-6" if word & regs.GICH_LR_HW_MASK and is_its_own else None
    if accepted.register in COMPLETION:
        for word in accepted.before[LR0:]:
            if names(word, accepted.access.data & DEACT_ID_MASK) and shown in (None, _physical(word)):
                if word & ACT:
                    return "V2-EOI-10" if word & regs.GICH_LR_HW_MASK else "V2-EOI-9"
                if word & PEND:
                    return "V2-EOI-5"
    return None


def _physical(word: int) -> int:
    return word >> regs.GICH_LR_PHYSICALID_LSB & DEACT_ID_MASK
