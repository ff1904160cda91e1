# SPDX-License-Identifier: Apache-2.0
"""List registers and the registers around them, as the architecture defines them."""

from functools import lru_cache
from typing import Final, NamedTuple

import gicv2_registers as regs
from tb.model.machine.events import BankState

NONE: Final = 1020  # INTIDs from here on name no interrupt
SPURIOUS: Final = 1023
OTHER_GROUP: Final = 1022
FIRST_PPI: Final = 16
FIRST_SPI: Final = 32
PENDING: Final = 1
ACTIVE: Final = 2
_RESERVED: Final = 0x0070_0000
_RESERVED_SOFTWARE: Final = 0x0007_E000  # with HW=0, between CPUID and EOI


class Word(NamedTuple):
    """The fields of list register `number`. `state`: PENDING, ACTIVE, both or 0."""

    number: int
    intid: int
    state: int
    priority: int
    group: int
    hw: int
    pintid: int
    source: int
    eoi: int
    reserved: int

    @classmethod
    @lru_cache(maxsize=1 << 14)
    def of(cls, index: int, word: int) -> "Word":
        """Take a list register apart."""
        hw = 1 if word & regs.GICH_LR_HW_MASK else 0
        return cls(
            index,
            (word & regs.GICH_LR_VIRTUALID_MASK) >> regs.GICH_LR_VIRTUALID_LSB,
            (word & regs.GICH_LR_STATE_MASK) >> regs.GICH_LR_STATE_LSB,
            (word & regs.GICH_LR_PRIORITY_MASK) >> regs.GICH_LR_PRIORITY_LSB << 3,
            1 if word & regs.GICH_LR_GRP1_MASK else 0,
            hw,
            (word & regs.GICH_LR_PHYSICALID_MASK) >> regs.GICH_LR_PHYSICALID_LSB if hw else 0,
            0 if hw else (word & regs.GICH_LR_CPUID_MASK) >> regs.GICH_LR_CPUID_LSB,
            0 if hw else bool(word & regs.GICH_LR_EOI_MASK),
            word & (_RESERVED if hw else _RESERVED | _RESERVED_SOFTWARE),
        )


def words(state: BankState) -> list[Word]:
    """All list registers that are not 0."""
    return list(_words(state.lrs))


@lru_cache(maxsize=1 << 10)
def _words(lrs: tuple[int, ...]) -> tuple[Word, ...]:
    return tuple(Word.of(index, word) for index, word in enumerate(lrs) if word)


def used(state: BankState) -> list[Word]:
    """Those whose state is not 0."""
    return list(_used(state.lrs))


@lru_cache(maxsize=1 << 10)
def _used(lrs: tuple[int, ...]) -> tuple[Word, ...]:
    return tuple(word for word in _words(lrs) if word.state)


def vmcr(state: BankState, mask: int) -> int:
    """A field of VMCR."""
    return (state.vmcr & mask) // (mask & -mask)


def group_enabled(state: BankState, group: int) -> bool:
    """Whether VMCR has a group on."""
    return bool(state.vmcr & (regs.GICH_VMCR_VMGRP1EN_MASK if group else regs.GICH_VMCR_VMGRP0EN_MASK))


def split(state: BankState) -> bool:
    """EOImode 1: EOIR drops, DIR deactivates."""
    return bool(state.vmcr & regs.GICH_VMCR_VEM_MASK)


def mask_of(state: BankState) -> int:
    """The priority mask: priorities below pass."""
    return vmcr(state, regs.GICH_VMCR_VMPRIMASK_MASK) << 3


def group_priority(state: BankState, word: Word) -> int:
    """The priority that preemption sees."""
    if word.group and not state.vmcr & regs.GICH_VMCR_VMCBPR_MASK:
        bits = max(3, vmcr(state, regs.GICH_VMCR_VMABP_MASK))
    else:
        bits = max(2, vmcr(state, regs.GICH_VMCR_VMBP_MASK)) + 1
    return word.priority >> bits << bits


def bests(state: BankState) -> list[Word]:
    """The best pending list registers of enabled groups, which are equally urgent; the lowest first."""
    candidates = [
        word
        for word in used(state)
        if word.state == PENDING and word.intid < NONE and group_enabled(state, word.group)
    ]
    most = min((word.priority for word in candidates), default=0)
    return [word for word in candidates if word.priority == most]


def best(state: BankState) -> Word | None:
    """The lowest of them."""
    return next(iter(bests(state)), None)


def names(word: Word, value: int) -> bool:
    """Whether it is what a read of IAR has given."""
    return value == word.source << 10 | word.intid


def running(state: BankState) -> int:
    """The running priority, 256 if there is none."""
    return ((state.apr & -state.apr).bit_length() - 1) * 8 if state.apr else 256


def deliverable(state: BankState) -> Word | None:
    """What a read of IAR delivers, groups and AckCtl apart."""
    word = best(state)
    return word if word and passes(state, word) else None


def passes(state: BankState, word: Word) -> bool:
    """Whether it is delivered, if it is the one that is chosen."""
    if not state.hcr & regs.GICH_HCR_EN_MASK or word.priority >= mask_of(state):
        return False
    mask = _preemption_mask(state, word)
    return word.priority & mask < (running(state) & mask if state.apr else 256)


def _preemption_mask(state: BankState, word: Word) -> int:
    return group_priority(state, word._replace(priority=0xFF))


def eoi_count(state: BankState) -> int:
    """HCR.EOICount."""
    return (state.hcr & regs.GICH_HCR_EOICOUNT_MASK) >> regs.GICH_HCR_EOICOUNT_LSB


class Completion(NamedTuple):
    """What a write to EOIR, AEOIR or DIR does.

    word     the active list register that it names, if any
    dropped  the bit of APR that it clears, or None
    counted  EOICount grows
    ends     it deactivates: by that list register, or else by its being counted
    """

    intid: int
    source: int
    word: Word | None
    dropped: int | None
    counted: bool
    ends: bool


@lru_cache(maxsize=16)
def completion(state: BankState, register: str, value: int) -> Completion:
    """From the state before the write."""
    intid, source = value & 0x3FF, value >> 10 & 7
    nothing = Completion(intid, source, None, None, False, False)
    if intid >= NONE:
        return nothing
    named = [
        word
        for word in used(state)
        if word.state & ACTIVE
        and word.intid == intid
        and (intid >= FIRST_PPI or word.hw or word.source == source)
    ]
    word = named[0] if named else None
    if register == "GICV_DIR":
        if not split(state):
            return nothing
        return Completion(intid, source, word, None, word is None, True)
    if register == "GICV_AEOIR" and word and not word.group:
        return nothing
    dropped = (state.apr & -state.apr).bit_length() - 1 if state.apr else None
    ends = not split(state) and (word is not None or dropped is not None)
    return Completion(intid, source, word, dropped, ends and word is None, ends)
