# SPDX-License-Identifier: Apache-2.0
"""The state that an access left: HCR, VMCR, APR and the list registers."""

from collections.abc import Iterator, Sequence

import gicv2_registers as regs
from tb.model.hardware.virtual_interface import ACT
from tb.uvm.diagnosis.acknowledge import acknowledge_rules
from tb.uvm.diagnosis.case import Case, Finding, Rules
from tb.uvm.diagnosis.completion import completion_rules
from tb.uvm.diagnosis.words import (
    ACKNOWLEDGE,
    APR,
    COMPLETION,
    CONTROL,
    HCR,
    LR0,
    PACT,
    VMCR,
    outcome,
)
from tb.uvm.predictor import Accepted


def findings(case: Case) -> Iterator[Finding]:
    """A state that differs after the same accesses."""
    for bank in case.cpus:
        if words := case.differing(bank, (HCR, VMCR, APR, *case.lrs)):
            accepted = case.accept_in(bank)
            rules = _rules(case, bank, words, accepted) if accepted else _without_access(case, bank, words)
            yield case.word(bank, words[0], rules, accepted)


def _without_access(case: Case, bank: int, words: Sequence[int]) -> Rules:
    """The rules of a bank that accepted nothing."""
    rtl = case.rtl[bank]
    for accepted in case.accepts:
        if outcome(case.before[bank], accepted, case.parameters).words[1:] == rtl[1:]:
            return ("V2-BANK-1", "V2-CYC-13")
    last = case.last(lambda other: other.access.cpu == bank and not other.access.write)
    acknowledged = any(word >= LR0 and rtl[word] & PACT == ACT for word in words)
    if acknowledged and last and last.register in ACKNOWLEDGE and case.held(bank, write=False):
        return ("V2-CYC-3",)
    return ("V2-CYC-13",)


def _rules(case: Case, bank: int, words: Sequence[int], accepted: Accepted) -> Rules:
    access, register = accepted.access, accepted.register
    if access.error:
        return ("V2-MAP-7",)
    rtl, before, is_late = case.rtl[bank], case.before[bank], case.is_late(bank, words)
    if register in ACKNOWLEDGE and not access.write:
        return ("V2-CYC-3",) if is_late else acknowledge_rules(case, bank, accepted)
    if not access.write:
        return ("V2-CYC-13",)
    from_pins = ("V2-CYC-1",) if _is_of_the_pins(case, bank, accepted) else ()
    if register in COMPLETION:
        if is_late:
            return ("V2-CYC-6",)
        unmoved = all(rtl[word] == before[word] for word in words)
        rules = _as_another_register(case, bank, accepted, "GICH_") or completion_rules(case, bank, accepted)
        return (*rules[:2], *from_pins) if from_pins else (*rules, *["V2-CYC-6"] * unmoved)
    if is_late or from_pins:
        return ("V2-CYC-1",)
    rules = tuple(_write_rules(case, bank, words, accepted))
    return (*rules, *_as_another_register(case, bank, accepted)) or ("V2-CYC-13",)


def _is_of_the_pins(case: Case, bank: int, accepted: Accepted) -> bool:
    """Whether the RTL took the datum of a write from the pins, where it was in the slot."""
    access, before, rtl = accepted.access, case.before[bank][1:], case.rtl[bank][1:]
    if case.d.previous_expected.ports[access.cpu].wready or rtl == before:
        return False
    pins = case.d.previous.inputs(access.cpu).wdata
    return outcome(case.before[bank], accepted, case.parameters, data=pins).words[1:] == rtl


def _as_another_register(case: Case, bank: int, accepted: Accepted, block: str = "") -> Rules:
    """The rule broken if what differs is what the write would do to another register.

    In the other block that is the one at the same offset.
    """
    register = accepted.register
    words = case.differing(bank, (HCR, VMCR, APR, *case.lrs))
    for other in regs.REGISTERS:
        if other == register or not other.startswith(block):
            continue
        crosses = register is not None and register[:5] != other[:5]
        if crosses and _window_offset(register or other) != _window_offset(other):
            continue
        after = outcome(case.before[bank], accepted, case.parameters, register=other).words
        if all(after[word] == case.rtl[bank][word] != case.before[bank][word] for word in words):
            if register is None:
                return ("V2-MAP-6",)
            return ("V2-MAP-3",) if crosses else ("V2-MAP-8",)
    return ()


def _window_offset(register: str) -> int:
    return regs.REGISTERS[register].offset % regs.GICV2_GICH_CPU_STRIDE


def _write_rules(case: Case, bank: int, words: Sequence[int], accepted: Accepted) -> Iterator[str]:
    """Rules of a plain write, by its register and the bits that differ."""
    register, rtl, before = accepted.register or "", case.rtl[bank], case.before[bank]
    if register == "GICH_HCR":
        yield "V2-HCR-1"
    elif register in CONTROL:
        bpr = rtl[VMCR] >> regs.GICH_VMCR_VMBP_LSB & 7
        abpr = rtl[VMCR] >> regs.GICH_VMCR_VMABP_LSB & 7
        if bpr < regs.GICH_VMCR_VMBP_MINIMUM or abpr < regs.GICH_VMCR_VMABP_MINIMUM:
            yield "V2-BPR-1"
        if register == "GICV_ABPR" and before[VMCR] & regs.GICH_VMCR_VMCBPR_MASK:
            yield "V2-BPR-2"
        yield "V2-ALIAS-1"
    elif register == "GICH_APR":
        yield "V2-APR-1"
    elif register == "GICV_APR0":
        yield from ("V2-ALIAS-1", "V2-APR-1")
    elif register.startswith("GICH_LR"):
        word = LR0 + int(register.removeprefix("GICH_LR"))
        yield _list_register_rule(case, bank, words, word, accepted.access.data)


def _list_register_rule(case: Case, bank: int, words: Sequence[int], word: int, data: int) -> str:
    if words != [word]:
        return "V2-LR-1"
    wrong = case.rtl[bank][word] ^ case.model[bank][word]
    if data & PACT == PACT and case.rtl[bank][word] == case.before[bank][word]:
        return "V2-LR-5" if data & regs.GICH_LR_HW_MASK else "V2-LR-4"
    if wrong & (regs.GICH_LR_PHYSICALID_MASK | ~regs.GICH_LR_MASK):
        return "V2-LR-2"
    return "V2-LR-4" if wrong & regs.GICH_LR_STATE_MASK else "V2-LR-3"
