# SPDX-License-Identifier: Apache-2.0
"""The edge after one with aresetn low."""

from collections.abc import Iterator

import gicv2_registers as regs
from tb.uvm.diagnosis.case import Case, Finding
from tb.uvm.diagnosis.status import status_rules
from tb.uvm.diagnosis.words import ACCEPTED, APR, HCR, STATUS, VMCR


def findings(case: Case) -> Iterator[Finding]:
    """What a reset left wrong."""
    if case.d.previous.aresetn:
        return
    for bank in case.cpus:
        for word in case.differing(bank, (HCR, VMCR, APR, *case.lrs)):
            underflow = word == HCR and case.rtl[bank][HCR] & regs.GICH_HCR_UIE_MASK
            yield case.word(bank, word, ("V2-RST-2",) if underflow else ("V2-RST-1",), None)
    for port in case.cpus:
        for pin in case.pins(port):
            rules = ("V2-RST-3",) if pin.endswith("ready") else ("V2-RST-1", "V2-RST-3")
            yield case.pin(port, pin, rules, None)
    for bank in case.cpus:
        for word in case.differing(bank, STATUS):
            yield case.word(bank, word, (*status_rules(case, bank, word, None), "V2-RST-1"), None)
        for word in case.differing(bank, (ACCEPTED,)):
            yield case.word(bank, word, ("V2-RST-1",), None)
