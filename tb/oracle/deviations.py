# SPDX-License-Identifier: Apache-2.0
"""What QEMU is no judge of: answers that are not compared, and accesses that are not made.

Each condition looks at the state of the bank alone; docs/qemu-differences.md explains the tags. What the
stimulus never proposes, whatever the state, needs no condition here.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import gicv2_registers as regs
from tb.oracle.machine import Access

INV, PEND, ACT, PACT = range(4)  # LR.State
FIRST_SPECIAL: Final = 1020  # IDs from here on name no interrupt
IDLE: Final = 0xFF  # running priority without an active interrupt
SIGNALS: Final = ("virq", "vfiq")


class Mark(NamedTuple):
    """A tag, and what of a record is not compared: "value" or names of lines."""

    tag: str
    skip: tuple[str, ...]


class ListRegister(NamedTuple):
    """A list register, decoded."""

    state: int
    group: int
    priority: int  # 8 bits, the low three 0
    cpuid: int  # 0 where the register has none
    virtual_id: int

    @classmethod
    def decode(cls, word: int) -> "ListRegister":
        """The fields of the register's 32 bits."""
        return cls(
            state=_field(word, regs.GICH_LR_STATE_MASK),
            group=_field(word, regs.GICH_LR_GRP1_MASK),
            priority=_field(word, regs.GICH_LR_PRIORITY_MASK) << 3,
            cpuid=0 if word & regs.GICH_LR_HW_MASK else _field(word, regs.GICH_LR_CPUID_MASK),
            virtual_id=_field(word, regs.GICH_LR_VIRTUALID_MASK),
        )


class State:
    """A bank's state, as far as the conditions need it.

    Decoded from the words HCR, VMCR, APR, MISR, EISR0/1, ELRSR0/1, LR0, LR1, ...

    best  the pending interrupts with the best priority, be their groups enabled or not; several if tied
    """

    def __init__(self, words: Sequence[int]) -> None:
        hcr, self.vmcr, apr, self.misr = words[:4]
        self.lrs = tuple(ListRegister.decode(word) for word in words[8:])
        self.on = bool(hcr & regs.GICH_HCR_EN_MASK)
        self.group_on = (
            bool(self.vmcr & regs.GICH_VMCR_VMGRP0EN_MASK),
            bool(self.vmcr & regs.GICH_VMCR_VMGRP1EN_MASK),
        )
        self.eoimode = bool(self.vmcr & regs.GICH_VMCR_VEM_MASK)
        self.ackctl = bool(self.vmcr & regs.GICH_VMCR_VMACKCTL_MASK)
        self.pmr = _field(self.vmcr, regs.GICH_VMCR_VMPRIMASK_MASK) << 3
        self.running = ((apr & -apr).bit_length() - 1) << 3 if apr else IDLE
        self.pending = [lr for lr in self.lrs if lr.state == PEND]
        highest = min((lr.priority for lr in self.pending), default=IDLE)
        self.best = [lr for lr in self.pending if lr.priority == highest]

    def holds(self, intid: int, *states: int) -> bool:
        """Whether a list register in one of these states has the virtual ID."""
        return any(lr.virtual_id == intid and lr.state in states for lr in self.lrs)

    def tie(self) -> bool:
        """Several pending interrupts share the best priority."""
        return len(self.best) > 1

    def grpdis(self) -> bool:
        """The best pending interrupt is of a disabled group while the other group is enabled."""
        return any(self.group_on) and any(not self.group_on[lr.group] for lr in self.best)

    def bprmix(self) -> bool:
        """The best pending interrupt beats the running priority, but its group priority does not."""
        if self.running == IDLE:
            return False
        masks = (self._group_mask(lr.group) for lr in self.best)
        return any(
            lr.priority < self.running and lr.priority & mask >= self.running & mask
            for lr, mask in zip(self.best, masks, strict=True)
        )

    def np_active_pending(self) -> bool:
        """Whether MISR.NP rises depends on how an active and pending interrupt is counted."""
        return bool(self.misr & regs.GICH_MISR_NP_MASK) and any(lr.state == PACT for lr in self.lrs)

    def _group_mask(self, group: int) -> int:
        """The bits of a priority that make its group priority (V2-PRI-2)."""
        if group and not self.vmcr & regs.GICH_VMCR_VMCBPR_MASK:
            return 0xFF << _field(self.vmcr, regs.GICH_VMCR_VMABP_MASK) & 0xFF
        return 0xFF << _field(self.vmcr, regs.GICH_VMCR_VMBP_MASK) + 1 & 0xFF


def line_marks(state: State) -> Iterator[Mark]:
    """Why lines are not compared in this state."""
    if not state.on:
        return  # they are low
    if len({lr.group for lr in state.best}) > 1:
        yield Mark("tie", SIGNALS)
    if state.grpdis() and any(state.group_on[lr.group] for lr in state.pending):
        yield Mark("grpdis", SIGNALS)
    if state.bprmix():
        yield Mark("bprmix", SIGNALS)
    if state.np_active_pending() and state.misr == regs.GICH_MISR_NP_MASK:
        yield Mark("np_active_pending", ("maint",))


def value_marks(state: State, access: Access) -> Iterator[Mark]:
    """Why what the access reads in this state is not compared."""
    value = ("value",)
    match access:
        case Access("r", "GICH_MISR"):
            if state.np_active_pending():
                yield Mark("np_active_pending", value)
        case Access("r", "GICV_IAR") if state.on and state.group_on[1] and not state.ackctl:
            if any(lr.group and state.running <= lr.priority < state.pmr for lr in state.best):
                yield Mark("spurious1022", value)
        case Access("r", "GICV_HPPIR") if state.best and any(state.group_on):
            if not state.on:
                yield Mark("hppir_off", value)
            if state.tie():
                yield Mark("tie", value)
            if state.grpdis():
                yield Mark("grpdis", value)
            if any(lr.priority >= state.pmr for lr in state.best):
                yield Mark("hppir_pmr", value)
            if any(lr.cpuid for lr in state.best):
                yield Mark("hppir_cpuid", value)


def avoided(state: State, access: Access) -> str | None:
    """The tag of the reason not to make this access in this state; None if there is none."""
    match access:
        case Access("r", "GICV_IAR") if state.on:
            return _acknowledge_avoided(state)
        case Access("w", "GICV_EOIR" | "GICV_DIR"):
            return _completion_avoided(state, access)
        case Access("w", reg) if reg.startswith("GICH_LR"):
            return _list_register_avoided(state, int(reg.removeprefix("GICH_LR")), access.value)
    return None


def _acknowledge_avoided(state: State) -> str | None:
    if state.tie():
        return "tie"
    if state.grpdis():
        return "grpdis"
    if state.bprmix():
        return "bprmix"
    return None


def _completion_avoided(state: State, access: Access) -> str | None:
    intid = _field(access.value, regs.GICV_EOIR_INTERRUPTID_MASK)
    cpuid = _field(access.value, regs.GICV_EOIR_CPUID_MASK)
    if intid >= FIRST_SPECIAL:
        return None
    active = state.holds(intid, ACT, PACT)
    if not state.on:
        return "completion_off"
    if access.reg == "GICV_DIR" and not state.eoimode:
        return "dir_without_eoimode"
    if state.holds(intid, PEND) and not active:
        return "completion_of_pending"
    if access.reg == "GICV_EOIR" and active and state.running == IDLE:
        return "eoi_when_idle"
    if any(lr.virtual_id == intid and lr.state != INV and lr.cpuid != cpuid for lr in state.lrs):
        return "completion_cpuid"
    return None


def _list_register_avoided(state: State, index: int, word: int) -> str | None:
    new = ListRegister.decode(word)
    others = state.lrs[:index] + state.lrs[index + 1 :]
    if new.state != INV and any(lr.virtual_id == new.virtual_id and lr.state != INV for lr in others):
        return "duplicate"
    return None


def _field(word: int, mask: int) -> int:
    return (word & mask) // (mask & -mask)
