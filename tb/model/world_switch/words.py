# SPDX-License-Identifier: Apache-2.0
"""The fields of a list register, as the architecture has them."""

from typing import Final, NamedTuple

import gicv2_registers as regs

STATE: Final = regs.GICH_LR_STATE_MASK


class Word(NamedTuple):
    """A list register. With `hw` there are no `eoi` and no `cpuid`, without it no `pintid`."""

    intid: int
    priority: int  # 8 bits, of which the register has the upper five
    pending: int
    active: int
    group: int
    hw: int
    pintid: int
    eoi: int
    cpuid: int

    @property
    def value(self) -> int:
        """As the register holds it."""
        source = self.pintid << regs.GICH_LR_PHYSICALID_LSB if self.hw else self._software_fields
        return (
            self.intid << regs.GICH_LR_VIRTUALID_LSB
            | self.priority >> 3 << regs.GICH_LR_PRIORITY_LSB
            | self.pending * regs.GICH_LR_STATE_PEND << regs.GICH_LR_STATE_LSB
            | self.active * regs.GICH_LR_STATE_ACT << regs.GICH_LR_STATE_LSB
            | self.group << regs.GICH_LR_GRP1_LSB
            | self.hw << regs.GICH_LR_HW_LSB
            | source
        )

    @property
    def _software_fields(self) -> int:
        return self.eoi << regs.GICH_LR_EOI_LSB | self.cpuid << regs.GICH_LR_CPUID_LSB

    @classmethod
    def of(cls, value: int) -> "Word":
        """Take a register apart."""
        state = (value & STATE) >> regs.GICH_LR_STATE_LSB
        hw = 1 if value & regs.GICH_LR_HW_MASK else 0
        return cls(
            (value & regs.GICH_LR_VIRTUALID_MASK) >> regs.GICH_LR_VIRTUALID_LSB,
            (value & regs.GICH_LR_PRIORITY_MASK) >> regs.GICH_LR_PRIORITY_LSB << 3,
            1 if state & regs.GICH_LR_STATE_PEND else 0,
            1 if state & regs.GICH_LR_STATE_ACT else 0,
            1 if value & regs.GICH_LR_GRP1_MASK else 0,
            hw,
            (value & regs.GICH_LR_PHYSICALID_MASK) >> regs.GICH_LR_PHYSICALID_LSB if hw else 0,
            1 if not hw and value & regs.GICH_LR_EOI_MASK else 0,
            0 if hw else (value & regs.GICH_LR_CPUID_MASK) >> regs.GICH_LR_CPUID_LSB,
        )
