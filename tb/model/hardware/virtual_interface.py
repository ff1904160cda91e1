# SPDX-License-Identifier: Apache-2.0
"""One bank of the GICv2 virtual interface: its state, and what each access does to it (§2 to §6).

What follows from the state (status sets, MISR, selection, lines) is derived once after each change.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import gicv2_registers as regs
from tb.model.hardware.parameters import Parameters

# LR.State codes, in place.
INV: Final = regs.GICH_LR_STATE_INV << regs.GICH_LR_STATE_LSB
PEND: Final = regs.GICH_LR_STATE_PEND << regs.GICH_LR_STATE_LSB
ACT: Final = regs.GICH_LR_STATE_ACT << regs.GICH_LR_STATE_LSB

SPURIOUS: Final = 1023  # V2-IAR-2
OTHER_GROUP: Final = 1022  # V2-IAR-3
FIRST_SPECIAL_ID: Final = 1020  # IDs 1020..1023 name no interrupt (V2-LR-6, V2-SPUR-1)
FIRST_PPI: Final = 16  # IDs below are SGIs
IDLE: Final = 0xFF  # running priority without an active interrupt (V2-RPR-1)

NONE: Final = -1  # no list register
_NEVER: Final = 1 << 12  # the rank of no candidate: behind each 5-bit priority and 6-bit index
_INDEX: Final = 63
# What EISR looks at in a list register (§3), and what it shows: State INV, HW 0, EOI 1.
_EISR_BITS: Final = regs.GICH_LR_STATE_MASK | regs.GICH_LR_HW_MASK | regs.GICH_LR_EOI_MASK
_OWES_EOI: Final = INV | regs.GICH_LR_EOI_MASK

# V2-ALIAS-1: each bit of GICV_CTLR and its one physical copy in GICH_VMCR.
_CTLR_IN_VMCR: Final = (
    (regs.GICV_CTLR_EOIMODE_LSB, regs.GICH_VMCR_VEM_LSB),
    (regs.GICV_CTLR_CBPR_LSB, regs.GICH_VMCR_VMCBPR_LSB),
    (regs.GICV_CTLR_FIQEN_LSB, regs.GICH_VMCR_VMFIQEN_LSB),
    (regs.GICV_CTLR_ACKCTL_LSB, regs.GICH_VMCR_VMACKCTL_LSB),
    (regs.GICV_CTLR_ENABLEGRP1_LSB, regs.GICH_VMCR_VMGRP1EN_LSB),
    (regs.GICV_CTLR_ENABLEGRP0_LSB, regs.GICH_VMCR_VMGRP0EN_LSB),
)


def _intid(word: int) -> int:
    """LR.VirtualID."""
    return (word & regs.GICH_LR_VIRTUALID_MASK) >> regs.GICH_LR_VIRTUALID_LSB


def _source(word: int) -> int:
    """LR.CPUID."""
    return (word & regs.GICH_LR_CPUID_MASK) >> regs.GICH_LR_CPUID_LSB


def _group(word: int) -> int:
    """LR.Grp1."""
    return 1 if word & regs.GICH_LR_GRP1_MASK else 0


def _priority(word: int) -> int:
    """prio8 of a list register: its five priority bits as the top of eight."""
    return (word & regs.GICH_LR_PRIORITY_MASK) >> regs.GICH_LR_PRIORITY_LSB << 3


def _acknowledged(word: int) -> int:
    """What IAR and HPPIR report of a list register (V2-IAR-4)."""
    source = 0 if word & regs.GICH_LR_HW_MASK else _source(word)
    return source << regs.GICV_IAR_CPUID_LSB | _intid(word) << regs.GICV_IAR_INTERRUPTID_LSB


def _completed(value: int) -> tuple[int, int]:
    """The interrupt ID and the source CPU that a write to EOIR, AEOIR or DIR names."""
    intid = (value & regs.GICV_EOIR_INTERRUPTID_MASK) >> regs.GICV_EOIR_INTERRUPTID_LSB
    return intid, (value & regs.GICV_EOIR_CPUID_MASK) >> regs.GICV_EOIR_CPUID_LSB


class Lines(NamedTuple):
    """Levels of the interrupt outputs of one bank, active high."""

    maint: int
    virq: int
    vfiq: int


_LINES: Final = tuple(Lines(i >> 2 & 1, i >> 1 & 1, i & 1) for i in range(8))


class VirtualInterface:
    """One CPU's virtual interface, untimed: an access takes effect at once and as a whole.

    Offsets are byte offsets inside the block (GICH, GICV), multiples of 4; values have 32 bits. An offset
    without a readable register reads 0; a write where nothing is writable is ignored (V2-MAP-6, V2-MAP-8).

    lines        the levels of the outputs that the present state implies
    known_words  words; None since a change after which nobody has asked for them
    """

    __slots__ = (
        "_abpr",
        "_ackctl",
        "_apr",
        "_bpr",
        "_eisr",
        "_enabled",
        "_eoimode",
        "_fiqen",
        "_group_mask",
        "_grp_filter",
        "_hcr",
        "_hppir_pmr",
        "_hppvi",
        "_iidr",
        "_lr",
        "_misr",
        "_num_lr",
        "_parameters",
        "_pending",
        "_pmr",
        "_rank",
        "_ready",
        "_valid",
        "_vmcr",
        "_vtr",
        "known_words",
        "lines",
    )

    _misr: int
    known_words: tuple[int, ...] | None
    lines: Lines

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._num_lr = parameters.num_lr
        self._vtr = (
            regs.GICH_VTR_PRIBITS_RESET << regs.GICH_VTR_PRIBITS_LSB
            | regs.GICH_VTR_PREBITS_RESET << regs.GICH_VTR_PREBITS_LSB
            | parameters.num_lr - 1 << regs.GICH_VTR_LISTREGS_LSB
        )
        self._iidr = parameters.iidr
        self._grp_filter = parameters.grp_filter
        self._hppir_pmr = parameters.hppir_pmr
        self.reset()

    def reset(self) -> None:
        """V2-RST-1: the reset values of §2."""
        self._hcr: int = regs.GICH_HCR_RESET
        self._apr: int = regs.GICH_APR_RESET
        self._lr: list[int] = [regs.GICH_LR_RESET] * self._num_lr
        # One bit for each list register, as in EISR: State is not INV, State is PEND, an EOI is owed.
        self._valid = self._pending = self._eisr = 0
        self._write_vmcr(regs.GICH_VMCR_RESET)

    def __deepcopy__(self, memo: dict[int, object]) -> "VirtualInterface":
        """In the same state; spelled out because compiled classes cannot be copied otherwise."""
        other = VirtualInterface(self._parameters)
        for n, word in enumerate(self._lr):
            other._set_lr(n, word)
        other._hcr, other._apr = self._hcr, self._apr
        other._write_vmcr(self._vmcr)
        return other

    # ---- accesses

    def read_gich(self, offset: int) -> int:
        """Read a register of the hypervisor's interface. No such read has a side effect."""
        n = (offset - regs.GICH_LR0_OFFSET) // regs.GICH_LR0_STRIDE
        if 0 <= n < self._num_lr:  # V2-LR-1
            return self._lr[n]
        reader = _GICH_READERS.get(offset)
        return reader(self) if reader else 0

    def write_gich(self, offset: int, value: int) -> None:
        """Write a register of the hypervisor's interface."""
        n = (offset - regs.GICH_LR0_OFFSET) // regs.GICH_LR0_STRIDE
        if 0 <= n < self._num_lr:  # V2-LR-1
            self._write_lr(n, value)
        elif writer := _GICH_WRITERS.get(offset):
            writer(self, value)

    def read_gicv(self, offset: int) -> int:
        """Read a register of the guest's interface. Reading GICV_IAR or GICV_AIAR acknowledges (V2-IAR-1)."""
        reader = _GICV_READERS.get(offset)
        return reader(self) if reader else 0

    def write_gicv(self, offset: int, value: int) -> int | None:
        """Write a register of the guest's interface.

        Returns the physical INTID whose deactivation this requests from the distributor, or None (V2-EOI-9).
        """
        writer = _GICV_WRITERS.get(offset)
        return writer(self, value) if writer else None

    @property
    def words(self) -> tuple[int, ...]:
        """HCR, VMCR, APR, MISR, EISR0, EISR1, ELRSR0, ELRSR1, LR0, LR1, ... as the registers read."""
        words = self.known_words
        if words is None:
            eisr, elrsr = self._eisr, self._elrsr()
            words = self.known_words = (
                self._hcr,
                self._vmcr,
                self._apr,
                self._misr,
                eisr & 0xFFFF_FFFF,
                eisr >> 32,
                elrsr & 0xFFFF_FFFF,
                elrsr >> 32,
                *self._lr,
            )
        return words

    # ---- the hypervisor's registers (§2.1)

    def _write_hcr(self, value: int) -> None:
        self._hcr = value & regs.GICH_HCR_MASK
        self._derive()

    def _write_apr(self, value: int) -> None:
        self._apr = value & regs.GICH_APR_MASK  # V2-APR-1
        self._derive()

    def _write_lr(self, n: int, value: int) -> None:
        value &= regs.GICH_LR_MASK
        if value != self._lr[n]:
            self._set_lr(n, value)
            self._derive()

    def _write_vmcr(self, value: int) -> None:
        bpr = (value & regs.GICH_VMCR_VMBP_MASK) >> regs.GICH_VMCR_VMBP_LSB
        abpr = (value & regs.GICH_VMCR_VMABP_MASK) >> regs.GICH_VMCR_VMABP_LSB
        self._bpr = bpr = max(bpr, regs.GICH_VMCR_VMBP_MINIMUM)  # V2-BPR-1
        self._abpr = abpr = max(abpr, regs.GICH_VMCR_VMABP_MINIMUM)
        value &= regs.GICH_VMCR_MASK & ~(regs.GICH_VMCR_VMBP_MASK | regs.GICH_VMCR_VMABP_MASK)
        self._vmcr = value | bpr << regs.GICH_VMCR_VMBP_LSB | abpr << regs.GICH_VMCR_VMABP_LSB

        priority_mask = (value & regs.GICH_VMCR_VMPRIMASK_MASK) >> regs.GICH_VMCR_VMPRIMASK_LSB
        self._pmr = priority_mask << regs.GICV_PMR_PRIORITY_LSB
        self._eoimode = bool(value & regs.GICH_VMCR_VEM_MASK)
        self._fiqen = bool(value & regs.GICH_VMCR_VMFIQEN_MASK)
        self._ackctl = bool(value & regs.GICH_VMCR_VMACKCTL_MASK)
        enable0, enable1 = value & regs.GICH_VMCR_VMGRP0EN_MASK, value & regs.GICH_VMCR_VMGRP1EN_MASK
        self._enabled = (bool(enable0), bool(enable1))  # Group 0, Group 1
        # gmask() of Group 0 and Group 1 (V2-PRI-2)
        common = 0xFF & 0xFF << bpr + 1
        self._group_mask = (common, common if value & regs.GICH_VMCR_VMCBPR_MASK else 0xFF & 0xFF << abpr)
        self._rank = [self._rank_of(n) for n in range(self._num_lr)]
        self._derive()

    def _elrsr(self) -> int:
        return (1 << self._num_lr) - 1 & ~(self._valid | self._eisr)  # V2-MI-4

    # ---- the guest's registers that are views of VMCR (V2-ALIAS-1)

    def _read_ctlr(self) -> int:
        value = 0
        for ctlr_lsb, vmcr_lsb in _CTLR_IN_VMCR:
            value |= (self._vmcr >> vmcr_lsb & 1) << ctlr_lsb
        return value

    def _write_ctlr(self, value: int) -> None:
        vmcr = self._vmcr
        for ctlr_lsb, vmcr_lsb in _CTLR_IN_VMCR:
            vmcr = vmcr & ~(1 << vmcr_lsb) | (value >> ctlr_lsb & 1) << vmcr_lsb
        self._write_vmcr(vmcr)

    def _write_pmr(self, value: int) -> None:
        priority = (value & regs.GICV_PMR_PRIORITY_MASK) >> regs.GICV_PMR_PRIORITY_LSB
        vmcr = self._vmcr & ~regs.GICH_VMCR_VMPRIMASK_MASK
        self._write_vmcr(vmcr | priority << regs.GICH_VMCR_VMPRIMASK_LSB)

    def _write_bpr(self, value: int) -> None:
        point = (value & regs.GICV_BPR_BINARYPOINT_MASK) >> regs.GICV_BPR_BINARYPOINT_LSB
        self._write_vmcr(self._vmcr & ~regs.GICH_VMCR_VMBP_MASK | point << regs.GICH_VMCR_VMBP_LSB)

    def _write_abpr(self, value: int) -> None:
        point = (value & regs.GICV_ABPR_BINARYPOINT_MASK) >> regs.GICV_ABPR_BINARYPOINT_LSB
        self._write_vmcr(self._vmcr & ~regs.GICH_VMCR_VMABP_MASK | point << regs.GICH_VMCR_VMABP_LSB)

    # ---- what follows from the state

    def _set_lr(self, n: int, word: int) -> None:
        """Change one list register and its bits in the sets; _derive() must follow."""
        self._lr[n] = word
        bit = 1 << n
        state = word & regs.GICH_LR_STATE_MASK
        self._valid = self._valid | bit if state != INV else self._valid & ~bit
        self._pending = self._pending | bit if state == PEND else self._pending & ~bit
        self._eisr = self._eisr | bit if word & _EISR_BITS == _OWES_EOI else self._eisr & ~bit
        self._rank[n] = self._rank_of(n)

    def _rank_of(self, n: int) -> int:
        """cand() of §4: the priority, then the index of a list register that competes, else _NEVER."""
        word = self._lr[n]
        if word & regs.GICH_LR_STATE_MASK != PEND:  # V2-SEL-1
            return _NEVER
        if _intid(word) >= FIRST_SPECIAL_ID:  # V2-LR-6
            return _NEVER
        if self._grp_filter and not self._enabled[_group(word)]:  # V2-SEL-3
            return _NEVER
        # V2-SEL-2: the lowest index among equals. V2-SEL-4: nothing else matters.
        return (word & regs.GICH_LR_PRIORITY_MASK) >> regs.GICH_LR_PRIORITY_LSB << 6 | n

    def _derive(self) -> None:
        """MISR (§3), the selection and the lines (§4), after a change. Nothing latches (V2-MI-1)."""
        self.known_words = None
        self._misr = self._maintenance()
        best = min(self._rank)
        self._hppvi = NONE if best == _NEVER else best & _INDEX
        self._ready = virq = vfiq = False
        enabled = self._hcr & regs.GICH_HCR_EN_MASK
        if enabled and self._hppvi != NONE:
            group = _group(self._lr[self._hppvi])
            if self._enabled[group] and self._sufficient(self._hppvi):
                self._ready = True
                vfiq = group == 0 and self._fiqen  # V2-SIG-1
                virq = not vfiq  # V2-SIG-2
        maint = enabled and self._misr != 0  # V2-MI-2
        self.lines = _LINES[bool(maint) << 2 | virq << 1 | vfiq]

    def _maintenance(self) -> int:
        """MISR, whatever HCR.En is (V2-MI-2)."""
        hcr = self._hcr
        misr = regs.GICH_MISR_EOI_MASK if self._eisr else 0  # V2-MI-3
        if hcr & regs.GICH_HCR_UIE_MASK and not self._valid & self._valid - 1:  # at most one bit set
            misr |= regs.GICH_MISR_U_MASK
        if hcr & regs.GICH_HCR_LRENPIE_MASK and hcr & regs.GICH_HCR_EOICOUNT_MASK:
            misr |= regs.GICH_MISR_LRENP_MASK
        if hcr & regs.GICH_HCR_NPIE_MASK and not self._pending:
            misr |= regs.GICH_MISR_NP_MASK
        group0, group1 = self._enabled
        if hcr & regs.GICH_HCR_VGRP0EIE_MASK and group0:
            misr |= regs.GICH_MISR_VGRP0E_MASK
        if hcr & regs.GICH_HCR_VGRP0DIE_MASK and not group0:
            misr |= regs.GICH_MISR_VGRP0D_MASK
        if hcr & regs.GICH_HCR_VGRP1EIE_MASK and group1:
            misr |= regs.GICH_MISR_VGRP1E_MASK
        if hcr & regs.GICH_HCR_VGRP1DIE_MASK and not group1:
            misr |= regs.GICH_MISR_VGRP1D_MASK
        return misr

    def _running(self) -> int:
        """RPR: the group priority of the most urgent active level, 0xFF if there is none (V2-RPR-1)."""
        return (self._apr & -self._apr).bit_length() - 1 << 3 if self._apr else IDLE

    def _sufficient(self, n: int) -> bool:
        priority = _priority(self._lr[n])
        mask = self._group_mask[_group(self._lr[n])]
        if priority >= self._pmr:  # V2-PRI-1
            return False
        return self._apr == 0 or priority & mask < self._running() & mask  # V2-PRI-3, V2-PRI-4

    # ---- acknowledge and observe (§5)

    def _acknowledge(self, alias: bool) -> int:
        """A read of IAR, or of AIAR if `alias`."""
        if not self._ready:
            return SPURIOUS
        n = self._hppvi
        word = self._lr[n]
        group = _group(word)
        if alias and group == 0:  # V2-IAR-5
            return SPURIOUS
        if not alias and group == 1 and not self._ackctl:  # V2-IAR-3
            return OTHER_GROUP
        self._set_lr(n, word & ~regs.GICH_LR_STATE_MASK | ACT)
        self._apr |= 1 << ((_priority(word) & self._group_mask[group]) >> 3)
        self._derive()
        return _acknowledged(word)

    def _highest_pending(self, alias: bool) -> int:
        """A read of HPPIR, or of AHPPIR if `alias` (V2-HPP-1, V2-HPP-2)."""
        if not self._hcr & regs.GICH_HCR_EN_MASK or self._hppvi == NONE:  # V2-EN-2
            return SPURIOUS
        word = self._lr[self._hppvi]
        group = _group(word)
        if not self._enabled[group] or (self._hppir_pmr and _priority(word) >= self._pmr):
            return SPURIOUS
        if alias and group == 0:
            return SPURIOUS
        if not alias and group == 1 and not self._ackctl:
            return OTHER_GROUP
        return _acknowledged(word)

    # ---- completion (§6)

    def _find_active(self, intid: int, source: int) -> int:
        """The lowest list register that is active with this key, else NONE (V2-EOI-3, V2-EOI-5, V2-LR-7)."""
        for n, word in enumerate(self._lr):
            if (
                word & ACT  # ACT or PACT
                and _intid(word) == intid
                and (intid >= FIRST_PPI or word & regs.GICH_LR_HW_MASK or _source(word) == source)
            ):
                return n
        return NONE

    def _end_of_interrupt(self, value: int, alias: bool) -> int | None:
        """A write to EOIR, or to AEOIR if `alias`."""
        intid, source = _completed(value)
        if intid >= FIRST_SPECIAL_ID:  # V2-SPUR-1
            return None
        n = self._find_active(intid, source)
        if alias and n != NONE and _group(self._lr[n]) == 0:  # V2-AEOI-1
            return None
        dropped = self._apr != 0
        self._apr &= self._apr - 1  # V2-EOI-1: whatever the ID
        deactivated = None
        if not self._eoimode:  # V2-EOI-2
            if n != NONE:
                deactivated = self._deactivate(n)  # V2-EOI-6: even if nothing was dropped
            elif dropped:  # V2-EOI-4
                self._count_completion()
        self._derive()
        return deactivated

    def _deactivate_interrupt(self, value: int) -> int | None:
        """A write to DIR."""
        intid, source = _completed(value)
        if not self._eoimode or intid >= FIRST_SPECIAL_ID:  # V2-DIR-2, V2-SPUR-1
            return None
        n = self._find_active(intid, source)
        deactivated = None
        if n != NONE:
            deactivated = self._deactivate(n)
        else:
            self._count_completion()  # V2-DIR-1: without the condition on APR
        self._derive()
        return deactivated

    def _deactivate(self, n: int) -> int | None:
        word = self._lr[n]
        self._set_lr(n, word & ~ACT)  # ACT to INV, PACT to PEND
        physical = (word & regs.GICH_LR_PHYSICALID_MASK) >> regs.GICH_LR_PHYSICALID_LSB
        if word & regs.GICH_LR_HW_MASK and FIRST_PPI <= physical < FIRST_SPECIAL_ID:  # V2-EOI-9, V2-EOI-10
            return physical
        return None

    def _count_completion(self) -> None:
        """One more completion without a list register; 31 wraps to 0 (V2-EOI-4)."""
        count = self._hcr + (1 << regs.GICH_HCR_EOICOUNT_LSB) & regs.GICH_HCR_EOICOUNT_MASK
        self._hcr = self._hcr & ~regs.GICH_HCR_EOICOUNT_MASK | count


# What an offset reads and what a write there does; an offset that is missing is RAZ/WI (V2-MAP-6, V2-MAP-8).
_GICH_READERS: Final[dict[int, Callable[[VirtualInterface], int]]] = {
    regs.GICH_HCR_OFFSET: lambda bank: bank._hcr,
    regs.GICH_VTR_OFFSET: lambda bank: bank._vtr,
    regs.GICH_VMCR_OFFSET: lambda bank: bank._vmcr,
    regs.GICH_MISR_OFFSET: lambda bank: bank._misr,
    regs.GICH_EISR0_OFFSET: lambda bank: bank._eisr & 0xFFFF_FFFF,
    regs.GICH_EISR1_OFFSET: lambda bank: bank._eisr >> 32,
    regs.GICH_ELRSR0_OFFSET: lambda bank: bank._elrsr() & 0xFFFF_FFFF,
    regs.GICH_ELRSR1_OFFSET: lambda bank: bank._elrsr() >> 32,
    regs.GICH_APR_OFFSET: lambda bank: bank._apr,
}
_GICH_WRITERS: Final[dict[int, Callable[[VirtualInterface, int], None]]] = {
    regs.GICH_HCR_OFFSET: lambda bank, value: bank._write_hcr(value),
    regs.GICH_VMCR_OFFSET: lambda bank, value: bank._write_vmcr(value),
    regs.GICH_APR_OFFSET: lambda bank, value: bank._write_apr(value),
}
_GICV_READERS: Final[dict[int, Callable[[VirtualInterface], int]]] = {
    regs.GICV_CTLR_OFFSET: lambda bank: bank._read_ctlr(),
    regs.GICV_PMR_OFFSET: lambda bank: bank._pmr,
    regs.GICV_BPR_OFFSET: lambda bank: bank._bpr << regs.GICV_BPR_BINARYPOINT_LSB,
    regs.GICV_IAR_OFFSET: lambda bank: bank._acknowledge(alias=False),
    regs.GICV_RPR_OFFSET: lambda bank: bank._running(),
    regs.GICV_HPPIR_OFFSET: lambda bank: bank._highest_pending(alias=False),
    regs.GICV_ABPR_OFFSET: lambda bank: bank._abpr << regs.GICV_ABPR_BINARYPOINT_LSB,  # V2-BPR-2
    regs.GICV_AIAR_OFFSET: lambda bank: bank._acknowledge(alias=True),
    regs.GICV_AHPPIR_OFFSET: lambda bank: bank._highest_pending(alias=True),
    regs.GICV_APR0_OFFSET: lambda bank: bank._apr,
    regs.GICV_IIDR_OFFSET: lambda bank: bank._iidr,
}
_GICV_WRITERS: Final[dict[int, Callable[[VirtualInterface, int], int | None]]] = {
    regs.GICV_CTLR_OFFSET: lambda bank, value: bank._write_ctlr(value),
    regs.GICV_PMR_OFFSET: lambda bank, value: bank._write_pmr(value),
    regs.GICV_BPR_OFFSET: lambda bank, value: bank._write_bpr(value),
    regs.GICV_EOIR_OFFSET: lambda bank, value: bank._end_of_interrupt(value, alias=False),
    regs.GICV_ABPR_OFFSET: lambda bank, value: bank._write_abpr(value),
    regs.GICV_AEOIR_OFFSET: lambda bank, value: bank._end_of_interrupt(value, alias=True),
    regs.GICV_APR0_OFFSET: lambda bank, value: bank._write_apr(value),
    regs.GICV_DIR_OFFSET: lambda bank, value: bank._deactivate_interrupt(value),
}
