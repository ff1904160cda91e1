# SPDX-License-Identifier: Apache-2.0
"""The word of a list register, made from a record (A.5)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import gicv2_registers as regs
from tb.model.hypervisor.new_vgic.record import Config, Irq
from tb.model.hypervisor.platform import HypervisorStopped

PENDING: Final = regs.GICH_LR_STATE_PEND << regs.GICH_LR_STATE_LSB
ACTIVE: Final = regs.GICH_LR_STATE_ACT << regs.GICH_LR_STATE_LSB
EOI: Final = regs.GICH_LR_EOI_MASK
HW: Final = regs.GICH_LR_HW_MASK


def intid_of(word: int) -> int:
    """LR.VirtualID."""
    return (word & regs.GICH_LR_VIRTUALID_MASK) >> regs.GICH_LR_VIRTUALID_LSB


def source_of(word: int) -> int:
    """LR.CPUID."""
    return (word & regs.GICH_LR_CPUID_MASK) >> regs.GICH_LR_CPUID_LSB


def priority_of(word: int) -> int:
    """LR.Priority, as a byte whose low bits are 0."""
    return (word & regs.GICH_LR_PRIORITY_MASK) >> regs.GICH_LR_PRIORITY_LSB << 3


def never_for_two_meanings(irq: Irq) -> bool:
    """NV-FLUSH-5: active and pending at once only where one word can say both."""
    if not irq.active:
        return False
    return bool(irq.hw or irq.config is Config.LEVEL or (irq.is_sgi and irq.source))


def never_for_active_mapped_level(irq: Irq) -> bool:
    """NV-FLUSH-5 (`xen`); a mapped edge interrupt is written active and pending (NV-FLUSH-9, defect)."""
    return bool(irq.active and irq.is_mapped_level)


@dataclass(frozen=True)
class Image:
    """Turns a record into the word for its list register, and takes from the record what the word carries.

    holds_back_pending  whether the record's pending part must stay behind (NV-FLUSH-5)
    exits_for_sources   an SGI with sources left asks for an exit at its EOI (NV-MSGI-4, NV-FLUSH-7)
    survives_no_source  a pending SGI without source is written as an empty word (NV-REC-3)
    """

    holds_back_pending: Callable[[Irq], bool]
    exits_for_sources: bool
    survives_no_source: bool

    def populate(self, irq: Irq) -> int:
        """The word, under the record's lock (NV-FLUSH-3 to NV-FLUSH-9)."""
        word = (
            irq.intid << regs.GICH_LR_VIRTUALID_LSB
            | irq.priority >> 3 << regs.GICH_LR_PRIORITY_LSB
            | irq.group << regs.GICH_LR_GRP1_LSB
        )
        if irq.hw:  # NV-FLUSH-6
            word |= HW | irq.pintid << regs.GICH_LR_PHYSICALID_LSB
        elif irq.config is Config.LEVEL:
            word |= EOI
        source = irq.active_source
        loads_pending = irq.pending and not self.holds_back_pending(irq)
        if loads_pending:  # NV-FLUSH-7, NV-FLUSH-8
            word |= PENDING
            if irq.config is Config.EDGE:
                irq.pending_latch = 0
            elif irq.hw:
                irq.line_level = 0
            if irq.is_sgi:
                if not irq.source:
                    if self.survives_no_source:
                        return 0
                    raise HypervisorStopped(f"SGI {irq.intid} is pending, but nobody has sent it (NV-REC-3)")
                source = (irq.source & -irq.source).bit_length() - 1
                irq.source &= ~(1 << source)
                irq.pending_latch = int(bool(irq.source))
        if irq.active:
            word |= ACTIVE
        if irq.is_sgi and (irq.active or loads_pending):  # NV-FLUSH-4
            word |= source << regs.GICH_LR_CPUID_LSB
            if irq.source and self.exits_for_sources:
                word |= EOI
        return word
