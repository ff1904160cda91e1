# SPDX-License-Identifier: Apache-2.0
"""What follows from the state: EISR, ELRSR, MISR and the three lines."""

from collections.abc import Iterator

import gicv2_registers as regs
from tb.model.hardware.virtual_interface import INV
from tb.uvm.diagnosis.case import Case, Finding, Rules
from tb.uvm.diagnosis.selection import signal_rules
from tb.uvm.diagnosis.words import (
    ACCEPTED,
    ACKNOWLEDGE,
    COMPLETION,
    CONTROL,
    EISR0,
    EISR1,
    ELRSR0,
    ELRSR1,
    HCR,
    LR0,
    MISR,
    PACT,
    STATUS,
    VMCR,
    changed,
    interrupts,
    off,
)
from tb.uvm.predictor import Accepted


def findings(case: Case) -> Iterator[Finding]:
    """A status register or a line that does not follow from the state."""
    for bank in case.cpus:
        accepted = case.accept_in(bank)
        for word in case.differing(bank, STATUS):
            late = case.is_late(bank, [word])
            yield case.word(
                bank, word, ("V2-CYC-1",) if late else status_rules(case, bank, word, accepted), accepted
            )
    for bank in case.cpus:
        accepted = case.accept_in(bank) or case.last(lambda a: a.access.bank == bank)  # noqa: B023
        pins = case.pins(bank)
        for pin in ("maint_irq", "vfiq", "virq"):
            if pin in pins:
                yield case.pin(bank, pin, _line_rules(case, bank, pin, pins[pin][0], accepted), accepted)
        if case.differing(bank, (ACCEPTED,)):  # its copies of the lines
            yield case.word(bank, ACCEPTED, ("V2-SIG-1",), accepted)


def status_rules(case: Case, bank: int, word: int, accepted: Accepted | None) -> Rules:
    """The rules of a status register."""
    rtl, model = case.rtl[bank], case.model[bank]
    wrong = rtl[word] ^ model[word]
    if word == MISR:
        if wrong & regs.GICH_MISR_EOI_MASK:
            return ("V2-MI-3",)
        if wrong & regs.GICH_MISR_U_MASK and (model[EISR0] or model[EISR1]):
            return ("V2-MI-4", "V2-MI-6")
        return ("V2-HCR-1", "V2-MI-6") if wrong & regs.GICH_MISR_LRENP_MASK else ("V2-MI-6", "V2-MI-1")
    number = (wrong & -wrong).bit_length() - 1 + (32 if word in (EISR1, ELRSR1) else 0)
    if number >= case.parameters.num_lr:
        return ("V2-LR-1",)
    lr, shown = model[LR0 + number], rtl[word] & wrong
    if word in (ELRSR0, ELRSR1):
        return ("V2-MI-4", "V2-MI-1") if lr & PACT == INV and shown else ("V2-MI-1",)
    if shown and lr & PACT != INV:
        return ("V2-EOI-8", "V2-MI-5")
    if shown and lr & regs.GICH_LR_HW_MASK:
        return ("V2-EOI-9",)
    return ("V2-EOI-8" if accepted and accepted.register in COMPLETION else "V2-MI-5", "V2-MI-1")


def _line_rules(case: Case, bank: int, pin: str, rtl: int, accepted: Accepted | None) -> Rules:
    rules = _level_rules(case, bank, pin, rtl)
    following, expected = case.d.following, case.d.following_expected
    if following is None or expected is None or accepted is None:
        return rules
    before, later = (getattr(e.ports[bank], pin) for e in (case.d.previous_expected, expected))
    if case.parameters.irq_reg and rtl == later:
        return ("V2-CYC-1",)  # an edge early
    if accepted.cycle != case.edge:
        return rules
    timing = _timing_rule(accepted)
    shown_later = getattr(following.lines(bank), pin.removesuffix("_irq"))
    if (rtl == before and shown_later == later) or _is_partly_late(case, bank, accepted):
        return (timing, *rules)
    return (*rules[:2], timing) if rtl == before or timing == "V2-CYC-9" else rules


def _timing_rule(accepted: Accepted) -> str:
    """The rule that says when the lines follow an access."""
    register = accepted.register
    if register in ACKNOWLEDGE:
        return "V2-CYC-9"
    if register == "GICH_HCR" and off(accepted.before) != off(accepted.after):
        return "V2-CYC-11"
    return "V2-CYC-12" if register in (*CONTROL, "GICH_APR", "GICV_APR0") else "V2-CYC-1"


def _is_partly_late(case: Case, bank: int, accepted: Accepted) -> bool:
    """Whether the lines are those of the new state but for one control field, which is still the old one."""
    seen = case.d.sample.lines(bank)
    old, new = accepted.before[VMCR], accepted.after[VMCR]
    mixtures = (new & ~field.mask | old & field.mask for field in regs.REGISTERS["GICH_VMCR"].fields)
    return any(
        interrupts(changed(accepted.after, VMCR, mixture), case.parameters) == (seen.virq, seen.vfiq)
        for mixture in mixtures
        if mixture != new
    )


def _level_rules(case: Case, bank: int, pin: str, rtl: int) -> Rules:
    words = case.before[bank] if case.parameters.irq_reg else case.model[bank]
    if pin == "maint_irq":
        return ("V2-MI-1", "V2-MI-2") if rtl and words[HCR] & regs.GICH_HCR_EN_MASK else ("V2-MI-2",)
    seen, model = case.d.sample.lines(bank), case.d.expected.ports[bank]
    if seen.virq and seen.vfiq:
        return ("V2-SIG-2", "V2-SIG-1")
    rules = signal_rules(case.parameters, words, (seen.virq, seen.vfiq))
    return ("V2-SIG-1", *rules) if (seen.virq or seen.vfiq) and (model.virq or model.vfiq) else rules
