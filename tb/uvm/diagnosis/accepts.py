# SPDX-License-Identifier: Apache-2.0
"""Which accesses were accepted: the first observation word of each bank (V2-CYC-5)."""

from collections.abc import Iterator
from typing import NamedTuple

import gicv2_registers as regs
from tb.model.hardware.address_map import decode
from tb.model.hardware.device import QUEUE_DEPTH
from tb.model.hardware.parameters import Parameters
from tb.uvm.diagnosis.case import Case, Finding, Rules
from tb.uvm.diagnosis.deactivation import unwanted_request
from tb.uvm.diagnosis.words import ACCEPTED, COMPLETION
from tb.uvm.predictor import Accepted


class _Seen(NamedTuple):
    """The accept information of a bank: the accepts counted, and the last of them."""

    accepts: int
    cpu: int
    write: bool
    error: int
    addr: int


def _seen(word: int) -> _Seen:
    return _Seen(word & 0xFF, word >> 8 & 7, bool(word >> 11 & 1), word >> 15 & 1, word >> 16)


def findings(case: Case) -> Iterator[Finding]:
    """An access that the RTL accepted and the reference did not, or the other way."""
    for bank in case.cpus:
        rtl, model, before = (_seen(words[bank][ACCEPTED]) for words in (case.rtl, case.model, case.before))
        if rtl != model:
            expected = case.accept_in(bank)
            count = rtl.accepts - before.accepts & 0xFF
            yield Finding(
                f"{case.bank_name(bank)}accepted access",
                _name(case, rtl) if count else "none",
                str(expected) if expected else "none",
                _rules(case, bank, count, rtl, expected),
                expected,
            )


def _name(case: Case, seen: _Seen) -> str:
    register = decode(seen.cpu, seen.addr, case.parameters.num_cpu).register or f"{seen.addr:#06x}"
    return f"cpu{seen.cpu} {'write' if seen.write else 'read'} {register}{' answered SLVERR' * seen.error}"


def _rules(case: Case, bank: int, count: int, rtl: _Seen, expected: Accepted | None) -> Rules:
    if count > 1:
        return ("V2-CYC-5",)
    if expected is not None and count == 0:
        return _missing(case, bank, expected)
    if _is_requested(case, rtl) and decode(rtl.cpu, rtl.addr, len(case.cpus)).bank != bank:
        return (map_rule(rtl.addr, case.parameters),)
    if expected is None:
        return _unexpected(case, bank, rtl)
    access = expected.access
    if (rtl.cpu, rtl.write) != (access.cpu, access.write):
        unusual = access.error or expected.register is None
        return (*_full_queue(case, bank, expected), "V2-CYC-5", *["V2-CYC-14"] * unusual)
    return ("V2-CYC-1", "V2-CYC-5") if rtl.addr != access.addr else ("V2-MAP-7",)


def _missing(case: Case, bank: int, expected: Accepted) -> Rules:
    """The rule by which the reference accepted an access where the RTL accepted none."""
    access = expected.access
    for other in case.cpus:
        for words in (case.rtl, case.later_rtl or case.rtl):
            seen = _seen(words[other][ACCEPTED])
            is_it = seen[1:] == (access.cpu, access.write, access.error, access.addr)
            if other != bank and is_it and seen.accepts != case.before[other][ACCEPTED] & 0xFF:
                return (map_rule(access.addr, case.parameters),)
    unusual = ("V2-CYC-14",) if access.error or expected.register is None else ()
    if rules := _full_queue(case, bank, expected):
        return (*rules[:1], *unusual, *rules[1:])
    if unusual:
        return (*unusual, "V2-CYC-16")
    outputs = case.d.previous_expected.ports[access.cpu]
    if outputs.bvalid if access.write else outputs.rvalid:
        return ("V2-CYC-16",)
    return ("V2-MAP-5", "V2-CYC-16") if len(case.accepts) > 1 else ("V2-CYC-16", "V2-CYC-5")


def _unexpected(case: Case, bank: int, rtl: _Seen) -> Rules:
    """The rule by which the reference did not accept what the RTL accepted."""
    if not _is_requested(case, rtl):
        return ("V2-BANK-1",) if case.accepts else ("V2-CYC-13",)
    register = decode(rtl.cpu, rtl.addr, len(case.cpus)).register
    if rtl.write and register in COMPLETION and case.d.device.queued(bank) == QUEUE_DEPTH:
        return ("V2-CYC-8",)
    if rtl.write:
        return ("V2-CYC-4", "V2-CYC-5") if case.held(rtl.cpu, write=True) else ("V2-CYC-5",)
    return ("V2-CYC-3", "V2-CYC-2" if case.held(rtl.cpu, write=False) else "V2-CYC-5")


def _full_queue(case: Case, bank: int, expected: Accepted) -> Rules:
    """The rules broken if the RTL holds an access back because of the deactivation queue."""
    queued = case.d.device.queued(bank)
    if expected.register not in COMPLETION or not expected.access.write:
        return ("V2-CYC-8",) if queued == QUEUE_DEPTH else ()
    if not queued:
        return ()
    # What should not have entered the queue may have filled it.
    completions = (a for a in case.d.recent if a.access.bank == bank and a.register in COMPLETION)
    unwanted = {unwanted_request(other) for other in completions if other.access.deactivated is None}
    return ("V2-CYC-8", "V2-CYC-7", *[rule for rule in ("V2-EOI-9", "V2-EOI-10") if rule in unwanted])


def _is_requested(case: Case, seen: _Seen) -> bool:
    """Whether a port had an access like that in its slot or on its pins."""
    if seen.cpu not in case.cpus:
        return False
    inputs, outputs = case.d.previous.inputs(seen.cpu), case.d.previous_expected.ports[seen.cpu]
    if seen.write:
        return not outputs.awready or bool(inputs.awvalid and inputs.awaddr == seen.addr)
    return not outputs.arready or bool(inputs.arvalid and inputs.araddr == seen.addr)


def map_rule(addr: int, parameters: Parameters) -> str:
    """The rule that says where an address leads."""
    own, windows = addr - regs.GICV2_GICH_SELF_BASE, addr - regs.GICV2_GICH_CPU_BASE
    if 0 <= addr - regs.GICV2_GICV_BASE < 0x2000:
        return "V2-MAP-4" if addr & 0x1000 else "V2-MAP-3"
    if 0 <= windows < regs.GICV2_GICH_CPU_STRIDE * parameters.num_cpu:
        return "V2-MAP-2"
    return "V2-MAP-1" if 0 <= own < regs.GICV2_GICH_CPU_STRIDE else "V2-MAP-6"
