# SPDX-License-Identifier: Apache-2.0
"""The AXI4-Lite outputs: READY, VALID, responses and read data; the state is right."""

from collections.abc import Iterator
from typing import Final

import gicv2_registers as regs
from tb.model.hardware.device import QUEUE_DEPTH
from tb.model.hardware.virtual_interface import OTHER_GROUP, PEND, SPURIOUS
from tb.uvm.diagnosis.case import Case, Finding, Rules
from tb.uvm.diagnosis.selection import best, winner_rules
from tb.uvm.diagnosis.words import (
    ACKNOWLEDGE,
    APR,
    COMPLETION,
    LR0,
    VMCR,
    changed,
    names,
    off,
    outcome,
    unmasked,
)
from tb.uvm.predictor import Accepted

PINS: Final = ("rvalid", "bvalid", "rresp", "bresp", "rdata", "arready", "awready", "wready")


def findings(case: Case) -> Iterator[Finding]:
    """An output of the bus that differs."""
    for port in case.cpus:
        pins = case.pins(port)
        for pin in PINS:
            if pin in pins:
                write = not pin.startswith(("r", "ar"))
                accepted = case.last(lambda a: a.access.cpu == port and a.access.write == write)  # noqa: B023
                yield case.pin(port, pin, _rules(case, pin, pins[pin][0], accepted), accepted)


def _rules(case: Case, pin: str, rtl: int, accepted: Accepted | None) -> Rules:
    is_new = accepted is not None and accepted.cycle == case.edge
    if pin == "arready":
        return ("V2-CYC-3", "V2-CYC-5") if is_new else ("V2-CYC-5", "V2-CYC-3")
    if pin.endswith("ready"):
        full = any(case.d.device.queued(bank) == QUEUE_DEPTH for bank in case.cpus)
        return ("V2-CYC-5", *["V2-CYC-8"] * full) if rtl else ("V2-CYC-16", "V2-CYC-5")
    channel = "V2-CYC-2" if pin.startswith("r") else "V2-CYC-4"
    if accepted is None or not is_new:
        return (channel,)
    if pin.endswith("resp"):
        return ("V2-MAP-7",)
    if pin.endswith("valid"):
        return (*["V2-CYC-14"] * (accepted.access.error or accepted.register is None), channel)
    return _read_rules(case, accepted, rtl)


def _read_rules(case: Case, accepted: Accepted, rtl: int) -> Rules:
    """The rules of a read datum."""
    access = accepted.access
    if access.error:
        return ("V2-MAP-7",)
    earlier = case.last(lambda a: a.cycle == accepted.cycle - 1 and a.access.bank == access.bank)
    stale = (
        earlier and earlier.access.write and outcome(earlier.before, accepted, case.parameters).value == rtl
    )
    return (*["V2-CYC-4"] * bool(stale), *_register_rules(case, accepted, rtl))


def _register_rules(case: Case, accepted: Accepted, rtl: int) -> Rules:
    register, before = accepted.register, accepted.before
    if register is None:
        return ("V2-MAP-6",)
    if register in (*ACKNOWLEDGE, *_OBSERVES):
        return tuple(_identity_rules(case, accepted, register, rtl))
    if register.startswith("GICH_LR"):
        missing = int(register.removeprefix("GICH_LR")) >= case.parameters.num_lr
        return ("V2-LR-1",) if missing else ("V2-LR-2",)
    if register == "GICH_MISR" and off(before):
        return ("V2-MI-2",)
    if register == "GICV_ABPR" and before[VMCR] & regs.GICH_VMCR_VMCBPR_MASK:
        return ("V2-BPR-2",)
    return (_REGISTER_RULES.get(register, "V2-MAP-6"),)


_OBSERVES: Final = ("GICV_HPPIR", "GICV_AHPPIR")
_REGISTER_RULES: Final = {
    "GICH_HCR": "V2-HCR-1",
    "GICH_VTR": "V2-LR-1",
    "GICH_VMCR": "V2-ALIAS-1",
    "GICH_MISR": "V2-MI-1",
    "GICH_EISR0": "V2-MI-1",
    "GICH_EISR1": "V2-MI-1",
    "GICH_ELRSR0": "V2-MI-1",
    "GICH_ELRSR1": "V2-MI-1",
    "GICH_APR": "V2-APR-1",
    "GICV_CTLR": "V2-ALIAS-1",
    "GICV_PMR": "V2-ALIAS-1",
    "GICV_BPR": "V2-ALIAS-1",
    "GICV_ABPR": "V2-ALIAS-1",
    "GICV_APR0": "V2-ALIAS-1",
    "GICV_RPR": "V2-RPR-1",
    "GICV_IIDR": "V2-MAP-3",
    **dict.fromkeys(COMPLETION, "V2-MAP-8"),
}
_ALIASES: Final = {
    "GICV_IAR": "GICV_AIAR",
    "GICV_AIAR": "GICV_IAR",
    "GICV_HPPIR": "GICV_AHPPIR",
    "GICV_AHPPIR": "GICV_HPPIR",
}


def _identity_rules(case: Case, accepted: Accepted, register: str, rtl: int) -> Iterator[str]:
    """Rules of what IAR, AIAR, HPPIR and AHPPIR return."""
    before, model = accepted.before, accepted.access.value
    acknowledges = register in ACKNOWLEDGE
    intid = rtl & regs.GICV_IAR_INTERRUPTID_MASK
    if intid == model & regs.GICV_IAR_INTERRUPTID_MASK:
        yield from ("V2-IAR-4",) if acknowledges else ("V2-HPP-2", "V2-IAR-4")
        return
    first = best(before, case.parameters)
    for number, word in enumerate(before[LR0:]):
        if number != first and word & PEND and names(word, intid):
            yield from winner_rules(before, first, number)
    if off(before):
        yield "V2-EN-1" if acknowledges else "V2-EN-2"
        return
    other_ack_ctl = changed(before, VMCR, before[VMCR] ^ regs.GICH_VMCR_VMACKCTL_MASK)
    if outcome(other_ack_ctl, accepted, case.parameters).value == rtl:
        yield "V2-IAR-3" if acknowledges else "V2-HPP-2"
    elif outcome(before, accepted, case.parameters, register=_ALIASES[register]).value == rtl:
        yield "V2-IAR-5" if acknowledges else "V2-HPP-2"
    elif outcome(changed(unmasked(before), APR, 0), accepted, case.parameters).value == rtl == OTHER_GROUP:
        yield "V2-IAR-3"
    if acknowledges:
        yield "V2-IAR-2" if SPURIOUS in (rtl, model) else "V2-IAR-1"
    else:
        yield "V2-HPP-1"
