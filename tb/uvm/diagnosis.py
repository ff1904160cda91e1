# SPDX-License-Identifier: Apache-2.0
"""Which rule a divergence between the RTL and the reference breaks.

The kinds of difference are looked at in the order in which one causes the next: after a reset; which accesses were
accepted; the state they left; the bus and the deactivation port; what follows from the state. The first kind that
differs gives the subject. The rule is the one that decides what the differing bits should have been: found by asking
when they would have been right (an edge late, an edge early), then what would make the reference agree with the RTL
(another state, another access), then from the register and the field.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import gicv2_registers as regs
from tb.model.hardware.address_map import decode
from tb.model.hardware.device import QUEUE_DEPTH, Device
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import (
    ACT,
    FIRST_PPI,
    FIRST_SPECIAL_ID,
    INV,
    OTHER_GROUP,
    PEND,
    SPURIOUS,
    VirtualInterface,
)
from tb.uvm.predictor import Accepted, Expectation
from tb.uvm.sample import DEACT, DEACT_ID_MASK, PINS, PORT_WORDS, CycleSample, Layout, differing_pins, flag

ACKNOWLEDGE: Final = ("GICV_IAR", "GICV_AIAR")
COMPLETION: Final = ("GICV_EOIR", "GICV_AEOIR", "GICV_DIR")
CONTROL: Final = ("GICV_CTLR", "GICV_PMR", "GICV_BPR", "GICV_ABPR", "GICH_VMCR")
ACCEPTED, HCR, VMCR, APR, MISR, EISR0, EISR1, ELRSR0, ELRSR1, LR0 = range(10)  # words of an observation
STATE_WORDS: Final = (HCR, VMCR, APR)
STATES: Final = ("INV", "PEND", "ACT", "PACT")
PACT: Final = PEND | ACT
LAST_SPI: Final = FIRST_SPECIAL_ID - 1
LINE_BITS: Final = 7 << 12  # of the word ACCEPTED: the rest says which access was the last

Words = Sequence[int]
Rules = tuple[str, ...]


class Divergence(NamedTuple):
    """Everything that is known about the first edge at which the RTL differs from the reference.

    sample, expected              at that edge
    previous, previous_expected   one edge before, where both agreed
    following, following_expected one edge after, where there was one
    following_accepts             accesses accepted at the edge
    recent                        accesses accepted before, the last one last
    device                        the reference before the previous edge
    """

    layout: Layout
    sample: CycleSample
    expected: Expectation
    previous: CycleSample
    previous_expected: Expectation
    recent: Sequence[Accepted]
    device: Device
    following: CycleSample | None = None
    following_expected: Expectation | None = None
    following_accepts: Sequence[Accepted] = ()


class Finding(NamedTuple):
    """What differs and which rules, the likeliest first, it breaks.

    access  what caused it; None if no access did
    """

    subject: str
    rtl: str
    model: str
    rules: Rules
    access: Accepted | None


def diagnose(divergence: Divergence) -> str:
    """The message for the user, without the way to replay it."""
    case = _Case(divergence)
    finding = next(finding for look in _LOOKS for finding in look(case))
    cause = f"after {finding.access}" if finding.access else "without an access"
    rules = ", ".join(dict.fromkeys(finding.rules))
    return (
        f"{finding.subject}: rtl={finding.rtl} model={finding.model} at cycle {divergence.sample.cycle} "
        f"{cause} ({rules})"
    )


# ---- what is known


class _Case:
    """A divergence, unpacked."""

    def __init__(self, divergence: Divergence) -> None:
        self.d = divergence
        self.layout = divergence.layout
        self.parameters: Parameters = divergence.layout.parameters
        self.cpus = range(self.parameters.num_cpu)
        self.edge = divergence.previous.cycle  # the edge whose effects are wrong
        self.accepts = [accepted for accepted in divergence.recent if accepted.cycle == self.edge]
        self.rtl = [self.layout.observation(divergence.sample.raw, bank) for bank in self.cpus]
        self.model = divergence.expected.banks
        self.before = divergence.previous_expected.banks
        self.later_rtl = None
        if divergence.following:
            self.later_rtl = [self.layout.observation(divergence.following.raw, bank) for bank in self.cpus]

    def accept_in(self, bank: int) -> Accepted | None:
        """What the reference let this bank accept at the edge."""
        return next((accepted for accepted in self.accepts if accepted.access.bank == bank), None)

    def last(self, accepts: Callable[[Accepted], bool]) -> Accepted | None:
        """The last access of that kind."""
        return next(filter(accepts, reversed(self.d.recent)), None)

    def earlier(self, accepted: Accepted) -> Accepted | None:
        """What the same bank accepted one edge before an access."""
        bank, cycle = accepted.access.bank, accepted.cycle - 1
        return self.last(lambda other: other.cycle == cycle and other.access.bank == bank)

    def pins(self, port: int) -> dict[str, tuple[int, int]]:
        """The output pins of a port that differ: (rtl, model)."""
        words = self.d.sample.ports[PORT_WORDS * port : PORT_WORDS * (port + 1)]
        return differing_pins(self.d.expected.ports[port], words)

    def bank_name(self, bank: int) -> str:
        """A prefix for registers where there are several banks."""
        return f"bank{bank} " if self.parameters.num_cpu > 1 else ""

    def is_late(self, bank: int, words: Sequence[int]) -> bool:
        """Whether these words of a bank are as before the edge and right one edge later.

        Not if the next access would have made them so from what they are.
        """
        if self.later_rtl is None or self.d.following_expected is None:
            return False
        now, later = self.rtl[bank], self.later_rtl[bank]
        accepted = next((other for other in self.d.following_accepts if other.access.bank == bank), None)
        expected = _outcome(now, accepted, self.parameters).words if accepted else now
        return all(
            now[word] == self.before[bank][word]
            and later[word] in (self.model[bank][word], self.d.following_expected.banks[bank][word])
            and later[word] != expected[word]
            for word in words
        )


# ---- 1. after a reset


def _after_reset(case: _Case) -> Iterator[Finding]:
    if case.d.previous.aresetn:
        return
    for bank in case.cpus:
        for word in _differing_words(case, bank, (HCR, VMCR, APR, *_lr_words(case))):
            rules = (
                ("V2-RST-2",)
                if word == HCR and case.rtl[bank][HCR] & regs.GICH_HCR_UIE_MASK
                else ("V2-RST-1",)
            )
            yield _word_finding(case, bank, word, rules, None)
    for port in case.cpus:
        for pin, (rtl, model) in case.pins(port).items():
            rules = ("V2-RST-3",) if pin.endswith("ready") else ("V2-RST-1", "V2-RST-3")
            yield _pin_finding(port, pin, rtl, model, rules, None)
    for bank in case.cpus:
        for word in _differing_words(case, bank, (EISR0, EISR1, ELRSR0, ELRSR1, MISR)):
            yield _word_finding(case, bank, word, (*_status_rules(case, bank, word, None), "V2-RST-1"), None)
        for word in _differing_words(case, bank, (ACCEPTED,)):
            yield _word_finding(case, bank, word, ("V2-RST-1",), None)


# ---- 2. which accesses were accepted


def _accepted(case: _Case) -> Iterator[Finding]:
    for bank in case.cpus:
        rtl, model, before = (
            words[bank][ACCEPTED] & ~LINE_BITS for words in (case.rtl, case.model, case.before)
        )
        if rtl == model:
            continue
        counted = rtl - before & 0xFF
        cpu, write, addr = rtl >> 8 & 7, rtl >> 11 & 1, rtl >> 16
        seen = _name_accepted(case, rtl) if counted else "none"
        expected = case.accept_in(bank)
        subject = f"{case.bank_name(bank)}accepted access"
        if counted > 1:
            rules: Rules = ("V2-CYC-5",)
        elif counted == 0:
            rules = _why_now(case, bank, expected)
        elif cpu in case.cpus and _is_requested(case, cpu, write, addr) and _bank_of(case, cpu, addr) != bank:
            rules = (_map_rule(addr, case.parameters),)
        elif expected is None:
            rules = _why_not_now(case, bank, rtl)
        elif rtl >> 8 & 0xF != model >> 8 & 0xF:
            unusual = expected.access.error or expected.register is None
            cpu %= len(case.cpus)
            outputs, inputs = case.d.previous_expected.ports[cpu], case.d.previous.inputs(cpu)
            if outputs.bvalid and not inputs.bready if write else outputs.rvalid and not inputs.rready:
                rules = _why_not_now(case, bank, rtl)
            else:
                rules = (*_full_queue_rules(case, bank, expected), "V2-CYC-5", *(["V2-CYC-14"] * unusual))[:3]
        elif rtl >> 16 != model >> 16:
            rules = ("V2-CYC-1", "V2-CYC-5")
        else:
            rules = ("V2-MAP-7",)
        yield Finding(subject, seen, str(expected) if expected else "none", rules, expected)


def _name_accepted(case: _Case, word: int) -> str:
    cpu, write, addr = word >> 8 & 7, word >> 11 & 1, word >> 16
    register = decode(cpu, addr, case.parameters.num_cpu).register or f"{addr:#06x}"
    return f"cpu{cpu} {'write' if write else 'read'} {register}" + (
        " answered SLVERR" if word >> 15 & 1 else ""
    )


def _why_now(case: _Case, bank: int, expected: Accepted) -> Rules:
    """The rule by which the reference accepted an access that the RTL did not."""
    access = expected.access
    word = access.addr << 16 | access.write << 11 | access.cpu << 8
    for other in case.cpus:
        for seen in (case.rtl, case.later_rtl or case.rtl):
            counted = seen[other][ACCEPTED] & 0xFF != case.before[other][ACCEPTED] & 0xFF
            if other != bank and counted and seen[other][ACCEPTED] & 0xFFFF_0F00 == word:
                return (_map_rule(access.addr, case.parameters),)
    if full := _full_queue_rules(case, bank, expected):
        return full
    if access.error or expected.register is None:
        return ("V2-CYC-14", "V2-CYC-16")
    outputs, inputs = case.d.previous_expected.ports[access.cpu], case.d.previous.inputs(access.cpu)
    if (outputs.bvalid and inputs.bready) if access.write else (outputs.rvalid and inputs.rready):
        return ("V2-CYC-16",)
    if any(waiting.bank == bank for waiting in case.d.device.waiting()):
        return ("V2-CYC-5", "V2-CYC-16")
    return ("V2-MAP-5", "V2-CYC-16") if len(case.accepts) > 1 else ("V2-CYC-16", "V2-CYC-5")


def _full_queue_rules(case: _Case, bank: int, expected: Accepted) -> Rules:
    """The rules broken if the RTL holds an access back as if, wrongly, the deactivation queue did."""
    queued = case.d.device.queued(bank)
    if not expected.access.write or expected.register not in COMPLETION:
        return ("V2-CYC-8",) if queued == QUEUE_DEPTH else ()
    completions = (
        other for other in case.d.recent if other.access.bank == bank and other.register in COMPLETION
    )
    unwanted = {
        _unwanted_request(other, None, False) for other in completions if other.access.deactivated is None
    }
    return ("V2-CYC-8", "V2-CYC-7", *sorted(unwanted & {"V2-EOI-9", "V2-EOI-10"})) if queued else ()


def _why_not_now(case: _Case, bank: int, rtl: int) -> Rules:
    """The rule by which the reference did not accept an access that the RTL did."""
    cpu, write, addr = rtl >> 8 & 7, rtl >> 11 & 1, rtl >> 16
    for expected in case.accepts:
        access = expected.access
        if (access.cpu, access.write, access.addr) == (cpu, write, addr):
            own = (
                case.rtl[access.bank][ACCEPTED] & ~LINE_BITS == case.model[access.bank][ACCEPTED] & ~LINE_BITS
            )
            return ("V2-BANK-1",) if own else (_map_rule(addr, case.parameters),)
    if cpu >= len(case.cpus) or not _is_requested(case, cpu, write, addr):
        return ("V2-BANK-1",) if case.accepts else ("V2-CYC-13",)
    register = decode(cpu, addr, case.parameters.num_cpu).register
    outputs, inputs = case.d.previous_expected.ports[cpu], case.d.previous.inputs(cpu)
    if write and register in COMPLETION and case.d.device.queued(bank) == QUEUE_DEPTH:
        return ("V2-CYC-8",)
    if write:
        return ("V2-CYC-4", "V2-CYC-5") if outputs.bvalid and not inputs.bready else ("V2-CYC-5",)
    return ("V2-CYC-3", "V2-CYC-2") if outputs.rvalid and not inputs.rready else ("V2-CYC-3", "V2-CYC-5")


def _is_requested(case: _Case, cpu: int, write: int, addr: int) -> bool:
    """Whether a port had an access like that in its slot or on its pins."""
    inputs, outputs = case.d.previous.inputs(cpu), case.d.previous_expected.ports[cpu]
    if write:
        return not outputs.awready or bool(inputs.awvalid and inputs.awaddr == addr)
    return not outputs.arready or bool(inputs.arvalid and inputs.araddr == addr)


def _bank_of(case: _Case, cpu: int, addr: int) -> int:
    return decode(cpu, addr, case.parameters.num_cpu).bank


def _map_rule(addr: int, parameters: Parameters) -> str:
    """The rule that says where an address leads."""
    if addr >= 0x8000:
        return "V2-MAP-6"
    if addr >= regs.GICV2_GICV_BASE:
        return "V2-MAP-4" if addr & 0x1000 else "V2-MAP-3"
    window = addr - regs.GICV2_GICH_CPU_BASE
    if window >= 0:
        return "V2-MAP-2" if window // regs.GICV2_GICH_CPU_STRIDE < parameters.num_cpu else "V2-MAP-6"
    return "V2-MAP-1" if 0 <= addr - regs.GICV2_GICH_SELF_BASE < regs.GICV2_GICH_CPU_STRIDE else "V2-MAP-6"


# ---- 3. the state that the accesses left


def _state(case: _Case) -> Iterator[Finding]:
    for bank in case.cpus:
        words = _differing_words(case, bank, (*STATE_WORDS, *_lr_words(case)))
        if not words:
            continue
        accepted = case.accept_in(bank)
        rules = _state_rules(case, bank, words, accepted) if accepted else _no_access_rules(case, bank, words)
        yield _word_finding(case, bank, words[0], rules, accepted)


def _no_access_rules(case: _Case, bank: int, words: Sequence[int]) -> Rules:
    rtl = case.rtl[bank]
    for accepted in case.accepts:
        if _outcome(case.before[bank], accepted, case.parameters).words[1:] == tuple(rtl[1:]):
            return ("V2-BANK-1", "V2-CYC-13")
    acknowledged = [word for word in words if word >= LR0 and rtl[word] & PACT == ACT]
    stalled = case.d.previous_expected.ports[bank].rvalid and not case.d.previous.inputs(bank).rready
    last = case.last(lambda accepted: accepted.access.cpu == bank and not accepted.access.write)
    if acknowledged and stalled and last and last.register in ACKNOWLEDGE:
        return ("V2-CYC-3",)
    return ("V2-CYC-13",)


def _state_rules(case: _Case, bank: int, words: Sequence[int], accepted: Accepted) -> Rules:
    """The rule of the state that an access should have left."""
    access, register = accepted.access, accepted.register
    rtl, before = case.rtl[bank], case.before[bank]
    is_late = case.is_late(bank, words)
    if access.error:
        return ("V2-MAP-7",)
    from_pins: Rules = ()
    if access.write and not case.d.previous_expected.ports[access.cpu].wready:
        pins = case.d.previous.inputs(access.cpu).wdata
        if (
            pins != access.data
            and _outcome(before, accepted, case.parameters, data=pins).words[1:] == rtl[1:]
        ):
            from_pins = ("V2-CYC-1",)
    if register in COMPLETION:
        if is_late:
            return ("V2-CYC-6",)
        unmoved = all(rtl[word] == before[word] for word in words)
        rules = _completion_rules(case, bank, accepted)
        return (*rules[:2], *from_pins) if from_pins else (*rules, *["V2-CYC-6"] * unmoved)[:3]
    if register in ACKNOWLEDGE:
        return ("V2-CYC-3",) if is_late else _acknowledge_rules(case, bank, accepted)
    if is_late or from_pins:
        return ("V2-CYC-1",)
    rules = tuple(_write_rules(case, bank, words, accepted)) if access.write else ()
    return (*rules, *_other_register_rules(case, bank, accepted)) or ("V2-CYC-13",)


def _other_register_rules(case: _Case, bank: int, accepted: Accepted, block: str = "") -> Rules:
    """The rule broken if what differs is what the access would do to another register."""
    access, register = accepted.access, accepted.register
    words = _differing_words(case, bank, (*STATE_WORDS, *_lr_words(case)))
    for other in regs.REGISTERS:
        if other == register or not other.startswith(block):
            continue
        outcome = _outcome(case.before[bank], accepted, case.parameters, register=other).words
        if all(outcome[word] == case.rtl[bank][word] != case.before[bank][word] for word in words):
            if register is None:
                return ("V2-MAP-6",)
            if register.startswith("GICV_") and other.startswith("GICH_"):
                return ("V2-MAP-3",)
            return ("V2-MAP-8",) if other[:4] == register[:4] else (_map_rule(access.addr, case.parameters),)
    return ()


def _write_rules(case: _Case, bank: int, words: Sequence[int], accepted: Accepted) -> Iterator[str]:
    """Rules of a plain write, by its register and the bits that differ."""
    register, data = accepted.register, accepted.access.data
    rtl, model, before = case.rtl[bank], case.model[bank], case.before[bank]
    if register == "GICH_HCR":
        yield "V2-HCR-1"
    elif register in CONTROL:
        wrong = rtl[VMCR] ^ model[VMCR]
        minimum = wrong & (regs.GICH_VMCR_VMBP_MASK | regs.GICH_VMCR_VMABP_MASK)
        if minimum and model[VMCR] & minimum != _outcome_raw(register, data) & minimum:
            yield "V2-BPR-1"
        if register == "GICV_ABPR" and before[VMCR] & regs.GICH_VMCR_VMCBPR_MASK:
            yield "V2-BPR-2"
        yield "V2-ALIAS-1"
    elif register in ("GICH_APR", "GICV_APR0"):
        yield "V2-APR-1" if register == "GICH_APR" or rtl[APR] != before[APR] else "V2-ALIAS-1"
    elif register and register.startswith("GICH_LR"):
        yield from _lr_write_rules(case, bank, words, int(register[len("GICH_LR") :]), data)


def _outcome_raw(register: str, data: int) -> int:
    """Where a binary point that is written would stand in VMCR if nothing had a minimum."""
    lsb = {"GICV_BPR": regs.GICH_VMCR_VMBP_LSB, "GICV_ABPR": regs.GICH_VMCR_VMABP_LSB}.get(register, 0)
    return data << lsb


def _lr_write_rules(case: _Case, bank: int, words: Sequence[int], number: int, data: int) -> Iterator[str]:
    word = LR0 + number
    if number >= case.parameters.num_lr or words != [word]:
        yield "V2-LR-1"
        return
    wrong = case.rtl[bank][word] ^ case.model[bank][word]
    if case.rtl[bank][word] == case.before[bank][word] and data & PACT == PACT:
        yield "V2-LR-5" if data & regs.GICH_LR_HW_MASK else "V2-LR-4"
    elif wrong & (regs.GICH_LR_PHYSICALID_MASK | ~regs.GICH_LR_MASK):
        yield "V2-LR-2"
    elif wrong & regs.GICH_LR_STATE_MASK:
        yield "V2-LR-4"
    else:
        yield "V2-LR-3"


def _acknowledge_rules(case: _Case, bank: int, accepted: Accepted) -> Rules:
    before, rtl, model = case.before[bank], case.rtl[bank], case.model[bank]
    if any((rtl[word] ^ model[word]) & ~regs.GICH_LR_STATE_MASK for word in _lr_words(case)):
        return ("V2-LR-3",)
    mine, theirs = _taken(before, model), _taken(before, rtl)
    if mine == theirs and mine is not None:
        added = rtl[APR] & ~before[APR]
        if not added or rtl[LR0 + mine] != model[LR0 + mine]:
            return ("V2-IAR-1",)
        full = 1 << (before[LR0 + mine] >> regs.GICH_LR_PRIORITY_LSB & 31)
        return ("V2-RPR-1", "V2-PRI-2") if added == full else ("V2-PRI-2", "V2-IAR-1")
    if theirs is None:
        earlier = case.earlier(accepted)
        if earlier and earlier.access.write and (earlier.register or "").startswith("GICH_LR"):
            return ("V2-CYC-10", "V2-IAR-1")
        return (*_hidden_rules(case, before, accepted), *_pending_rules(case, before, mine), "V2-IAR-1")[:3]
    if mine is None:
        group1 = before[LR0 + theirs] & regs.GICH_LR_GRP1_MASK
        if accepted.register == "GICV_AIAR" and not group1:
            return ("V2-IAR-5",)
        if accepted.register == "GICV_IAR" and group1 and not before[VMCR] & regs.GICH_VMCR_VMACKCTL_MASK:
            return ("V2-IAR-3",)
        if before[LR0 + theirs] & PACT == PACT or before[LR0 + theirs] & 0x3FF >= FIRST_SPECIAL_ID:
            return _winner_rules(before, None, theirs)
        best = _best(before, case.parameters)
        wrong = _winner_rules(before, best, theirs) if best not in (None, theirs) else ()
        return (*wrong, *_pending_rules(case, before, theirs), "V2-IAR-2")[:3]
    return _winner_rules(before, mine, theirs)


def _hidden_rules(case: _Case, words: Words, accepted: Accepted) -> Rules:
    """The rules by which no other list register may hide the winner, where another one would not be given."""
    best = _best(words, case.parameters)
    found: list[str] = []
    for number, word in enumerate(words[LR0:]):
        if number != best and word & PEND:
            alone = _alone(words, number)
            after = _outcome(alone, accepted, case.parameters).words
            if after[LR0:] == alone[LR0:]:
                found += _winner_rules(words, best, number)
    return tuple(dict.fromkeys(found))[:1]


def _alone(words: Words, number: int) -> Words:
    """The state in which one list register is pending and no other is."""
    others = (word if n == number else word & ~PACT for n, word in enumerate(words[LR0:]))
    return _set((*words[:LR0], *others), LR0 + number, _ordinary(words[LR0 + number]))


def _pending_rules(case: _Case, words: Words, number: int) -> Rules:
    """The rules by which an interrupt is offered to the guest, or is not, where the RTL decides otherwise."""
    if any(_interrupts(words, case.parameters)):
        return _signal_rules(case, words, (0, 0))
    fiq = not words[LR0 + number] & regs.GICH_LR_GRP1_MASK and words[VMCR] & regs.GICH_VMCR_VMFIQEN_MASK
    return _signal_rules(case, words, (int(not fiq), int(bool(fiq))))[:2]


def _completion_rules(case: _Case, bank: int, accepted: Accepted) -> Rules:
    """Rules of EOIR, AEOIR and DIR: those whose special case this is."""
    before, rtl, model = case.before[bank], tuple(case.rtl[bank]), case.model[bank]
    register, data = accepted.register, accepted.access.data
    intid = data & regs.GICV_EOIR_INTERRUPTID_MASK
    if intid >= FIRST_SPECIAL_ID:
        return ("V2-SPUR-1",)
    full = before[HCR] & regs.GICH_HCR_EOICOUNT_MASK == regs.GICH_HCR_EOICOUNT_MASK
    if full and rtl[HCR] == before[HCR] != model[HCR]:
        return ("V2-EOI-4",)

    def like(**change: object) -> bool:
        return _outcome(before, accepted, case.parameters, **change).words[1:] == rtl[1:]

    if rules := _other_register_rules(case, bank, accepted, block="GICH"):
        return rules
    if register == "GICV_AEOIR" and like(register="GICV_EOIR"):
        return ("V2-AEOI-1", *(["V2-LR-7"] if len(_active(before, intid)) > 1 else []))
    if register == "GICV_DIR" and not before[VMCR] & regs.GICH_VMCR_VEM_MASK:
        return ("V2-DIR-2",)
    mine, theirs = _taken(before, model), _taken(before, rtl)
    if theirs is not None and mine != theirs:
        return tuple(_wrong_match_rules(before, accepted, mine, theirs))
    if mine is not None and theirs is not None and rtl[LR0 + mine] != model[LR0 + mine]:
        return ("V2-EOI-8",) if (rtl[LR0 + mine] ^ model[LR0 + mine]) & PACT else ("V2-LR-3",)
    if rtl[APR] not in (before[APR], model[APR]):
        return ("V2-EOI-1",)
    if rtl[HCR] not in (before[HCR], model[HCR]):
        return _count_rules(rtl, accepted)
    suspects = _special_cases(accepted)
    for other in case.d.recent:
        if other.cycle < accepted.cycle and other.register in COMPLETION:
            if any(
                rtl[word] != model[word] and other.before[word] != other.after[word]
                for word in range(HCR, len(rtl))
            ):
                for name in _special_cases(other):
                    suspects.pop(name, None)
    special = tuple(dict.fromkeys(suspects.values()))
    if rtl[HCR] != model[HCR]:
        return (*special, *_count_rules(rtl, accepted))[:3]
    if register == "GICV_DIR":
        return (*special, "V2-DIR-1")[:3]
    return (*special, "V2-EOI-2" if mine is not None else "V2-EOI-1")[:3]


def _special_cases(accepted: Accepted) -> dict[str, str]:
    """What is special about a completion, and the rule of it: a suspect, unless the RTL got the like right before."""
    before, register, data = accepted.before, accepted.register, accepted.access.data
    intid = data & regs.GICV_EOIR_INTERRUPTID_MASK
    named = [word for word in before[LR0:] if word & PACT and word & regs.GICH_LR_VIRTUALID_MASK == intid]
    active = _active(before, intid)
    hit = active[0] if active else 0
    own = 1 << (hit >> regs.GICH_LR_PRIORITY_LSB & 31)
    other_source = (hit ^ data) & regs.GICH_LR_CPUID_MASK != 0
    split = register == "GICV_DIR"
    cases = {
        "source given with a hardware interrupt": (
            "V2-EOI-3",
            hit and other_source and intid < FIRST_PPI and hit & regs.GICH_LR_HW_MASK,
        ),
        "source given with no SGI": (
            "V2-EOI-3",
            hit and other_source and intid >= FIRST_PPI and not hit & regs.GICH_LR_HW_MASK,
        ),
        "group 1 without AckCtl": (
            "V2-EOI-11",
            register == "GICV_EOIR"
            and hit & regs.GICH_LR_GRP1_MASK
            and not before[VMCR] & regs.GICH_VMCR_VMACKCTL_MASK,
        ),
        "no active priority": ("V2-EOI-6", hit and not split and not before[APR]),
        "not the running priority": (
            "V2-EOI-7",
            hit and not split and before[APR] & -before[APR] not in (0, own),
        ),
        "pending before it": ("V2-EOI-5", named and named[0] & PACT == PEND),
        "alias with a match": ("V2-AEOI-1", register == "GICV_AEOIR" and hit),
        "alias without a match": ("V2-AEOI-1", register == "GICV_AEOIR" and not hit),
        "no active priority to count by": ("V2-DIR-1", split and not hit and not before[APR]),
        "second page": ("V2-MAP-4", split),
        "interface off": ("V2-EN-3", not before[HCR] & regs.GICH_HCR_EN_MASK),
        "several active": ("V2-LR-7", len(active) > 1),
        "other ID, one bit away": (
            "V2-EOI-7",
            not hit and any(_active(before, intid ^ 1 << bit) for bit in range(10)),
        ),
    }
    return {name: rule for name, (rule, applies) in cases.items() if applies}


def _active(words: Words, intid: int) -> list[int]:
    """The list registers that hold an interrupt as active."""
    return [word for word in words[LR0:] if word & ACT and word & regs.GICH_LR_VIRTUALID_MASK == intid]


def _count_rules(rtl: Words, accepted: Accepted) -> Rules:
    """Rules of EOICount."""
    before = accepted.before
    if accepted.register == "GICV_DIR":
        return ("V2-DIR-1",) if rtl[HCR] == before[HCR] else ("V2-DIR-3", "V2-DIR-1")
    return ("V2-EOI-2",) if before[VMCR] & regs.GICH_VMCR_VEM_MASK else ("V2-EOI-4",)


def _wrong_match_rules(before: Words, accepted: Accepted, mine: int | None, theirs: int) -> Iterator[str]:
    """Why the reference deactivates list register `mine`, or none, and not `theirs`."""
    intid = accepted.access.data & regs.GICV_EOIR_INTERRUPTID_MASK
    source = accepted.access.data & regs.GICV_EOIR_CPUID_MASK
    word = before[LR0 + theirs]
    if word & regs.GICH_LR_VIRTUALID_MASK != intid:
        yield "V2-EOI-7"
    elif word & PACT in (PEND, INV):
        yield "V2-EOI-5"
    elif intid < FIRST_PPI and word & regs.GICH_LR_CPUID_MASK != source:
        yield "V2-EOI-3"
    elif len(_active(before, intid)) > 1:
        yield "V2-LR-7"
        if mine is not None and before[LR0 + mine] & regs.GICH_LR_CPUID_MASK != source:
            yield "V2-EOI-3"
    else:
        yield "V2-EOI-2"


def _changed(accepted: Accepted) -> int | None:
    """The list register that an access changed."""
    return _taken(accepted.before, accepted.after)


def _taken(before: Words, after: Words) -> int | None:
    """The first list register that differs."""
    changed = (n for n, (old, new) in enumerate(zip(before[LR0:], after[LR0:], strict=True)) if old != new)
    return next(changed, None)


# ---- 4. the bus and the deactivation port


def _bus(case: _Case) -> Iterator[Finding]:
    for port in case.cpus:
        pins = case.pins(port)
        for pin in ("deact_valid", "deact_id", "deact_cpu"):
            if pin in pins:
                rtl, model = pins[pin]
                accepted, rules = _deactivation_rules(case, port, pin)
                yield _pin_finding(port, pin, rtl, model, rules, accepted)
        for pin in ("rvalid", "bvalid", "rresp", "bresp", "rdata", "arready", "awready", "wready"):
            if pin in pins:
                rtl, model = pins[pin]
                write = pin[0] in "wb" or pin.startswith("aw")
                accepted = case.last(lambda a: a.access.cpu == port and a.access.write == write)
                rules = _channel_rules(case, port, pin, rtl, model, accepted)
                yield _pin_finding(port, pin, rtl, model, rules, accepted)


def _channel_rules(
    case: _Case, port: int, pin: str, rtl: int, model: int, accepted: Accepted | None
) -> Rules:
    is_new = accepted is not None and accepted.cycle == case.edge
    if pin == "arready":
        return ("V2-CYC-3", "V2-CYC-5") if is_new else ("V2-CYC-5", "V2-CYC-3")
    if pin.endswith("ready"):
        if rtl:
            full = any(case.d.device.queued(bank) == QUEUE_DEPTH for bank in case.cpus)
            return ("V2-CYC-5", "V2-CYC-8") if full else ("V2-CYC-5",)
        return ("V2-CYC-16", "V2-CYC-5")
    channel = "V2-CYC-2" if pin.startswith("r") else "V2-CYC-4"
    if not is_new or accepted is None:
        return (channel,)
    if pin.endswith("resp"):
        return ("V2-MAP-7",)
    if pin.endswith("valid"):
        unusual = accepted.access.error or accepted.register is None
        return ("V2-CYC-14", channel) if unusual else (channel,)
    return _read_rules(case, accepted, rtl)


def _read_rules(case: _Case, accepted: Accepted, rtl: int) -> Rules:
    """The rule of a read datum; the state is right."""
    if accepted.access.error:
        return ("V2-MAP-7",)
    earlier = case.earlier(accepted)
    if earlier and earlier.access.write and _outcome(earlier.before, accepted, case.parameters).value == rtl:
        return ("V2-CYC-4", *_register_read_rules(case, accepted, rtl))[:3]
    return _register_read_rules(case, accepted, rtl)


def _register_read_rules(case: _Case, accepted: Accepted, rtl: int) -> Rules:
    """The rule of a register's value."""
    register, bank, before = accepted.register, accepted.access.bank, accepted.before
    if _outcome(case.model[bank], accepted, case.parameters).value == rtl and register in ACKNOWLEDGE:
        return ("V2-CYC-2",)
    if register is None:
        return ("V2-MAP-6",)
    if register in _READ_RULES:
        return _READ_RULES[register]
    if register.startswith("GICH_LR"):
        missing = int(register[len("GICH_LR") :]) >= case.parameters.num_lr
        return ("V2-LR-1",) if missing else ("V2-LR-2",)
    if register == "GICH_MISR":
        return ("V2-MI-1",) if before[HCR] & regs.GICH_HCR_EN_MASK else ("V2-MI-2",)
    if register == "GICV_ABPR":
        return ("V2-BPR-2",) if before[VMCR] & regs.GICH_VMCR_VMCBPR_MASK else ("V2-ALIAS-1",)
    if register in (*ACKNOWLEDGE, "GICV_HPPIR", "GICV_AHPPIR"):
        return tuple(_identity_rules(case, accepted, rtl))
    return ("V2-MAP-8",) if register in COMPLETION else ("V2-MAP-6",)


_READ_RULES: Final[dict[str, Rules]] = {
    "GICH_HCR": ("V2-HCR-1",),
    "GICH_VTR": ("V2-LR-1",),
    "GICH_VMCR": ("V2-ALIAS-1",),
    "GICH_EISR0": ("V2-MI-1",),
    "GICH_EISR1": ("V2-MI-1",),
    "GICH_ELRSR0": ("V2-MI-1",),
    "GICH_ELRSR1": ("V2-MI-1",),
    "GICH_APR": ("V2-APR-1",),
    "GICV_CTLR": ("V2-ALIAS-1",),
    "GICV_PMR": ("V2-ALIAS-1",),
    "GICV_BPR": ("V2-ALIAS-1",),
    "GICV_APR0": ("V2-ALIAS-1",),
    "GICV_RPR": ("V2-RPR-1",),
    "GICV_IIDR": ("V2-MAP-3",),
}


def _identity_rules(case: _Case, accepted: Accepted, rtl: int) -> Iterator[str]:
    """Rules of what IAR, AIAR, HPPIR and AHPPIR return."""
    register, before, model = accepted.register, accepted.before, accepted.access.value
    alias = {
        "GICV_IAR": "GICV_AIAR",
        "GICV_AIAR": "GICV_IAR",
        "GICV_HPPIR": "GICV_AHPPIR",
        "GICV_AHPPIR": "GICV_HPPIR",
    }
    acknowledges = register in ACKNOWLEDGE

    def value(state: Words = before, of: str = register, parameters: Parameters = case.parameters) -> int:
        return _outcome(state, accepted, parameters, register=of).value

    def is_shown(state: Words) -> bool:
        return rtl in (value(state), value(_set(state, VMCR, state[VMCR] ^ regs.GICH_VMCR_VMACKCTL_MASK)))

    if rtl not in (OTHER_GROUP, SPURIOUS) and rtl & regs.GICV_IAR_INTERRUPTID_MASK >= FIRST_SPECIAL_ID:
        yield "V2-LR-6"
        return
    if (rtl ^ model) & regs.GICV_IAR_INTERRUPTID_MASK == 0:
        yield from ("V2-IAR-4",) if acknowledges else ("V2-HPP-2", "V2-IAR-4")
        return
    best = _best(before, case.parameters)
    for number, word in enumerate(before[LR0:]):
        if number != best and word & PEND and (word ^ rtl) & regs.GICH_LR_VIRTUALID_MASK == 0:
            yield from _winner_rules(before, best, number)
    if not before[HCR] & regs.GICH_HCR_EN_MASK:
        yield "V2-EN-1" if acknowledges else "V2-EN-2"
        return
    if value(_set(before, VMCR, before[VMCR] ^ regs.GICH_VMCR_VMACKCTL_MASK)) == rtl:
        yield "V2-IAR-3" if acknowledges else "V2-HPP-2"
    elif value(of=alias[register]) == rtl:
        yield "V2-IAR-5" if acknowledges else "V2-HPP-2"
    elif is_shown(_set(before, APR, 0)) or value(_set(_unmasked(before), APR, 0), of=register) == rtl:
        yield "V2-IAR-3" if rtl == 1022 else "V2-IAR-2"
    if not acknowledges:
        yield "V2-HPP-1"
    else:
        yield "V2-IAR-2" if 1023 in (rtl, model) else "V2-IAR-1"


def _deactivation_rules(case: _Case, bank: int, pin: str) -> tuple[Accepted | None, Rules]:
    """The rule of a request on a deactivation port, and the access that it comes from."""
    words = case.d.sample.ports[PORT_WORDS * bank : PORT_WORDS * (bank + 1)]
    shown = words[DEACT] & DEACT_ID_MASK if words[PINS] & flag("deact_valid") else None
    mine = [accepted for accepted in case.d.recent if accepted.access.bank == bank]
    sources = [accepted for accepted in mine if accepted.access.deactivated is not None]
    queued = case.d.device.queued(bank) + len(
        [accepted for accepted in sources if accepted.cycle == case.edge]
    )
    waiting = sources[len(sources) - queued :]  # the first may have been handed over at the edge
    source = sources[-1] if sources else None
    if pin == "deact_cpu" or shown in [accepted.access.deactivated for accepted in waiting]:
        return source, ("V2-CYC-7",)
    if shown is None:
        return source, ("V2-CYC-7", "V2-EOI-9")
    for accepted in reversed(mine):
        if accepted.access.deactivated is None and (
            rule := _unwanted_request(accepted, shown, accepted.cycle == case.edge)
        ):
            return accepted, (rule,)
    return source, ("V2-CYC-7", "V2-EOI-9") if FIRST_PPI <= shown <= LAST_SPI else ("V2-EOI-10", "V2-CYC-7")


def _unwanted_request(accepted: Accepted, shown: int | None, is_last: bool) -> str | None:
    """The rule by which an access asks for no deactivation of `shown` (None: of anything), if it could seem to."""
    if accepted.access.error or accepted.register not in (*ACKNOWLEDGE, *COMPLETION):
        return None
    acknowledged = _changed(accepted) if accepted.register in ACKNOWLEDGE else None
    for number, word in enumerate(accepted.before[LR0:]):
        physical = word >> regs.GICH_LR_PHYSICALID_LSB & DEACT_ID_MASK
        if acknowledged is not None:
            if (
                number == acknowledged
                and word & regs.GICH_LR_HW_MASK
                and (is_last or shown in (physical, None))
            ):
                return "V2-IAR-6"
        elif (word ^ accepted.access.data) & regs.GICH_LR_VIRTUALID_MASK == 0 and shown in (physical, None):
            if word & ACT:
                return "V2-EOI-10" if word & regs.GICH_LR_HW_MASK else "V2-EOI-9"
            if word & PEND:
                return "V2-EOI-5"
    return None


# ---- 5. what follows from the state


def _status(case: _Case) -> Iterator[Finding]:
    for bank in case.cpus:
        accepted = case.accept_in(bank)
        for word in _differing_words(case, bank, (EISR0, EISR1, ELRSR0, ELRSR1, MISR)):
            rules = (
                ("V2-CYC-1",)
                if case.is_late(bank, [word])
                else tuple(_status_rules(case, bank, word, accepted))
            )
            yield _word_finding(case, bank, word, rules, accepted)
    for port in case.cpus:
        pins = case.pins(port)
        for pin in ("maint_irq", "vfiq", "virq"):
            if pin in pins:
                rtl, model = pins[pin]
                accepted = case.accept_in(port) or case.last(lambda a: a.access.bank == port)
                yield _pin_finding(
                    port, pin, rtl, model, _line_rules(case, port, pin, rtl, accepted), accepted
                )
        if case.rtl[port][ACCEPTED] != case.model[port][ACCEPTED]:
            yield _word_finding(case, port, ACCEPTED, ("V2-SIG-1",), case.accept_in(port))


def _status_rules(case: _Case, bank: int, word: int, accepted: Accepted | None) -> Iterator[str]:
    rtl, model, lrs = case.rtl[bank][word], case.model[bank][word], case.model[bank][LR0:]
    wrong = rtl ^ model
    owed = case.model[bank][EISR0] | case.model[bank][EISR1]
    if word == MISR:
        if wrong & regs.GICH_MISR_EOI_MASK:
            yield "V2-MI-3"
        elif wrong & regs.GICH_MISR_U_MASK and owed:
            yield from ("V2-MI-4", "V2-MI-6")
        elif wrong & regs.GICH_MISR_LRENP_MASK:
            yield from ("V2-HCR-1", "V2-MI-6")
        else:
            yield from ("V2-MI-6", "V2-MI-1")
        return
    number = (wrong & -wrong).bit_length() - 1 + (32 if word in (EISR1, ELRSR1) else 0)
    if number >= len(lrs):
        yield "V2-LR-1"
        return
    state, lr, shown = lrs[number] & PACT, lrs[number], rtl & wrong != 0
    if word in (ELRSR0, ELRSR1):
        yield from ("V2-MI-4", "V2-MI-1") if state == INV and shown else ("V2-MI-1",)
    elif shown and state != INV:
        yield from ("V2-EOI-8", "V2-MI-5")
    elif shown and lr & regs.GICH_LR_HW_MASK:
        yield "V2-EOI-9"
    else:
        yield "V2-EOI-8" if accepted and accepted.register in COMPLETION else "V2-MI-5"
        yield "V2-MI-1"


def _line_rules(case: _Case, bank: int, pin: str, rtl: int, accepted: Accepted | None) -> Rules:
    if case.d.following_expected and case.d.following:
        later = case.d.following_expected.ports[bank]
        before = getattr(case.d.previous_expected.ports[bank], pin)
        moved = case.d.following.lines(bank)._asdict()[pin.removesuffix("_irq")]
        was_late = rtl == before and moved == getattr(later, pin)
        if case.parameters.irq_reg and rtl == getattr(later, pin):
            return ("V2-CYC-1",)
        if accepted and accepted.cycle == case.edge:
            timing, others = _timing_rule(case, bank, accepted), _line_value_rules(case, bank, pin, rtl)
            if was_late or _is_partly_late(case, bank, accepted):
                return (timing, *others)[:3]
            return (*others[:2], timing) if rtl == before or timing == "V2-CYC-9" else others
    return _line_value_rules(case, bank, pin, rtl)


def _is_partly_late(case: _Case, bank: int, accepted: Accepted) -> bool:
    """Whether the lines are those of the new state but for one control field, which is still the old one."""
    seen = case.d.sample.lines(bank)
    for field in regs.REGISTERS["GICH_VMCR"].fields:
        mask = (2 << field.msb) - (1 << field.lsb)
        mixed = accepted.after[VMCR] & ~mask | accepted.before[VMCR] & mask
        if mixed != accepted.after[VMCR]:
            if _interrupts(_set(accepted.after, VMCR, mixed), case.parameters) == (seen.virq, seen.vfiq):
                return True
    return False


def _timing_rule(case: _Case, bank: int, accepted: Accepted) -> str:
    """The rule that says when the lines follow an access."""
    register = accepted.register
    if register in ACKNOWLEDGE:
        return "V2-CYC-9"
    if register == "GICH_HCR" and (accepted.before[HCR] ^ accepted.after[HCR]) & regs.GICH_HCR_EN_MASK:
        return "V2-CYC-11"
    return "V2-CYC-12" if register in (*CONTROL, "GICH_APR", "GICV_APR0") else "V2-CYC-1"


def _line_value_rules(case: _Case, bank: int, pin: str, rtl: int) -> Rules:
    words = case.before[bank] if case.parameters.irq_reg else case.model[bank]
    if pin == "maint_irq":
        if rtl and words[HCR] & regs.GICH_HCR_EN_MASK:
            return ("V2-MI-1", "V2-MI-2")
        return ("V2-MI-2",)
    seen = case.d.sample.lines(bank)
    model = case.d.expected.ports[bank]
    if seen.virq and seen.vfiq:
        return ("V2-SIG-2", "V2-SIG-1")
    rules = _signal_rules(case, words, (seen.virq, seen.vfiq))
    if (seen.virq or seen.vfiq) and (model.virq or model.vfiq):
        return ("V2-SIG-1", *rules)[:3]
    return rules


# ---- why an interrupt is or is not signalled


def _signal_rules(case: _Case, words: Words, rtl: tuple[int, int]) -> Rules:
    """The rules that decide which interrupt a bank signals, where the RTL shows other levels of virq and vfiq."""
    parameters = case.parameters
    lines = _interrupts(words, parameters)
    best = _best(words, parameters)

    def gives(state: Words, device: Parameters = parameters) -> bool:
        return _interrupts(state, device) == rtl

    found = []
    if gives(_set(words, HCR, words[HCR] | regs.GICH_HCR_EN_MASK)):
        found.append("V2-EN-1")
    if not any(lines) and gives(_unmasked(words)):
        found.append("V2-PRI-1")
    if best is not None and any(lines) != any(rtl):
        found += _preemption_rules(words, best, wanted=any(rtl)) if words[APR] else ["V2-PRI-3"] * any(lines)
    if gives(words, replace(parameters, grp_filter=1 - parameters.grp_filter)):
        found.append("V2-SEL-3")
    for number, word in enumerate(words[LR0:]):
        if number != best and word & PACT not in (INV, ACT):
            if gives(_alone(words, number)):
                found += _winner_rules(words, best, number)
    found = list(dict.fromkeys(found))
    return tuple(
        [*found[:2], "V2-RPR-1"] if words[APR] and any(lines) != any(rtl) else found[:3] or ["V2-SIG-1"]
    )


def _preemption_rules(words: Words, best: int, wanted: bool) -> list[str]:
    """The rules that, if they were not kept, would let the best interrupt preempt or not, as wanted."""
    vmcr = words[VMCR]
    group1 = words[LR0 + best] & regs.GICH_LR_GRP1_MASK
    priority = (words[LR0 + best] >> regs.GICH_LR_PRIORITY_LSB & 31) << 3
    running = ((words[APR] & -words[APR]).bit_length() - 1) << 3
    bpr, abpr = vmcr >> regs.GICH_VMCR_VMBP_LSB & 7, vmcr >> regs.GICH_VMCR_VMABP_LSB & 7
    common, own = 0xFF & 0xFF << bpr + 1, 0xFF & 0xFF << abpr
    mask, other = (own, common) if group1 and not vmcr & regs.GICH_VMCR_VMCBPR_MASK else (common, own)
    unless = (
        ("V2-PRI-3", (priority & mask) <= (running & mask)),
        ("V2-PRI-4", (priority & mask) < running),
        ("V2-PRI-3", priority < (running & mask)),
        ("V2-PRI-2", (priority & other) < (running & other)),
    )
    return [rule for rule, preempts in unless if preempts == wanted]


def _winner_rules(words: Words, mine: int | None, theirs: int) -> Rules:
    """Why the reference selects list register `mine` and not `theirs`."""
    word = words[LR0 + theirs]
    if word & PACT == PACT:
        return ("V2-SEL-1",)
    if word & regs.GICH_LR_VIRTUALID_MASK >= FIRST_SPECIAL_ID:
        return ("V2-LR-6",)
    enable = regs.GICH_VMCR_VMGRP1EN_MASK if word & regs.GICH_LR_GRP1_MASK else regs.GICH_VMCR_VMGRP0EN_MASK
    if not words[VMCR] & enable:
        return ("V2-SEL-3",)
    equal = mine is not None and (word ^ words[LR0 + mine]) & regs.GICH_LR_PRIORITY_MASK == 0
    return ("V2-SEL-2",) if equal else ("V2-SEL-4",)


def _best(words: Words, parameters: Parameters) -> int | None:
    """The list register that the reference selects."""
    enabled = {
        0: words[VMCR] & regs.GICH_VMCR_VMGRP0EN_MASK,
        regs.GICH_LR_GRP1_MASK: words[VMCR] & regs.GICH_VMCR_VMGRP1EN_MASK,
    }
    ranks = [
        (word & regs.GICH_LR_PRIORITY_MASK, number)
        for number, word in enumerate(words[LR0:])
        if word & PACT == PEND
        and word & regs.GICH_LR_VIRTUALID_MASK < FIRST_SPECIAL_ID
        and (enabled[word & regs.GICH_LR_GRP1_MASK] or not parameters.grp_filter)
    ]
    return min(ranks)[1] if ranks else None


def _unmasked(words: Words) -> Words:
    """The state in which no priority is masked."""
    lowest = regs.GICH_LR_PRIORITY_MASK
    urgent = (
        word & ~(1 << regs.GICH_LR_PRIORITY_LSB) if word & lowest == lowest else word for word in words[LR0:]
    )
    return (*_set(words, VMCR, words[VMCR] | regs.GICH_VMCR_VMPRIMASK_MASK)[:LR0], *urgent)


def _ordinary(word: int) -> int:
    """A list register word as a plain pending interrupt."""
    special = word & regs.GICH_LR_VIRTUALID_MASK >= FIRST_SPECIAL_ID
    return word & ~PACT & ~(0x200 if special else 0) | PEND


# ---- tools


class _Outcome(NamedTuple):
    """What an access does to a bank: observation words after it (the first is 0), the datum of a read."""

    words: tuple[int, ...]
    value: int


def _interface(words: Words, parameters: Parameters) -> VirtualInterface:
    """The reference in a given state."""
    interface = VirtualInterface(parameters)
    interface.write_gich(regs.GICH_HCR_OFFSET, words[HCR])
    interface.write_gich(regs.GICH_VMCR_OFFSET, words[VMCR])
    interface.write_gich(regs.GICH_APR_OFFSET, words[APR])
    for number, word in enumerate(words[LR0:]):
        interface.write_gich(regs.GICH_LR0_OFFSET + regs.GICH_LR0_STRIDE * number, word)
    return interface


def _interrupts(words: Words, parameters: Parameters) -> tuple[int, int]:
    """virq and vfiq of a bank in a given state."""
    lines = _interface(words, parameters).lines
    return lines.virq, lines.vfiq


def _outcome(
    words: Words,
    accepted: Accepted,
    parameters: Parameters,
    register: str | None = None,
    data: int | None = None,
    state: Words | None = None,
) -> _Outcome:
    """What the access, or one that differs from it in register, datum or state, does."""
    interface = _interface(state or words, parameters)
    name = register or accepted.register
    value = 0
    if name is not None:
        block, offset = regs.REGISTERS[name].block, regs.REGISTERS[name].offset
        gich = block == "GICH"
        if accepted.access.write:
            write = interface.write_gich if gich else interface.write_gicv
            write(offset, accepted.access.data if data is None else data)
        else:
            value = interface.read_gich(offset) if gich else interface.read_gicv(offset)
    after = [0, *interface.words]
    if state is not None and after[VMCR] == state[VMCR]:
        after[VMCR] = words[VMCR]  # the state was only assumed
    return _Outcome(tuple(after), value)


def _set(words: Words, index: int, value: int) -> tuple[int, ...]:
    """The words with one changed."""
    return (*words[:index], value, *words[index + 1 :])


def _lr_words(case: _Case) -> range:
    return range(LR0, LR0 + case.parameters.num_lr)


def _differing_words(case: _Case, bank: int, words: Sequence[int]) -> list[int]:
    return [word for word in words if case.rtl[bank][word] != case.model[bank][word]]


def _word_finding(case: _Case, bank: int, word: int, rules: Rules, accepted: Accepted | None) -> Finding:
    """A finding about the first field of a register that differs."""
    rtl, model = case.rtl[bank][word], case.model[bank][word]
    name = case.layout.observation_names[word]
    short = name.removeprefix("GICH_")
    if name in regs.REGISTERS:
        for field in regs.REGISTERS[name].fields:
            mask = (2 << field.msb) - (1 << field.lsb)
            if (rtl ^ model) & mask:
                values = [(value & mask) >> field.lsb for value in (rtl, model)]
                shown = [STATES[value] if field.name == "State" else f"{value:#x}" for value in values]
                return Finding(f"{case.bank_name(bank)}{short}.{field.name}", *shown, rules, accepted)
    return Finding(f"{case.bank_name(bank)}{short}", f"{rtl:#x}", f"{model:#x}", rules, accepted)


def _pin_finding(
    port: int, pin: str, rtl: int, model: int, rules: Rules, accepted: Accepted | None
) -> Finding:
    bus = pin.startswith(("a", "w", "b", "r"))
    name = f"s{port}_axi_{pin}" if bus else f"{pin}[{port}]"
    return Finding(name, f"{rtl:#x}", f"{model:#x}", rules, accepted)


_LOOKS: Final = (_after_reset, _accepted, _state, _bus, _status)
