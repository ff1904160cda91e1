# SPDX-License-Identifier: Apache-2.0
"""GICH_HCR, exact, at an entry and after the sync (NV-FLUSH-11, NV-SYNC-1)."""

from typing import Final, NamedTuple

import gicv2_registers as regs
from tb.model.world_switch.new_vgic.weights import Depth

EN: Final[int] = regs.GICH_HCR_EN_MASK
UIE: Final = regs.GICH_HCR_UIE_MASK
LRENPIE: Final = regs.GICH_HCR_LRENPIE_MASK
NPIE: Final = regs.GICH_HCR_NPIE_MASK


class Filling(NamedTuple):
    """How a flush went.

    listed  the ap_list was not empty
    used    list registers that are loaded
    more    all are, and the last one has not the last entry
    depth   of the list, when the flush looked
    nr_lr   list registers that there are
    vmcr    as the guest left it
    left    GICH_HCR, as the last sync or switch on this physical CPU left it
    """

    listed: bool
    used: int
    more: bool
    depth: Depth
    nr_lr: int
    vmcr: int
    left: int


def xen_entry(filling: Filling) -> int:
    """NV-FLUSH-1, NV-FLUSH-10: UIE and En are set, all else stays."""
    if not filling.listed:
        return filling.left
    return filling.left | EN | (UIE if filling.more else 0)


def kvm17_entry(filling: Filling) -> int:
    """NV-FLUSH-10; without list registers in use nothing is written."""
    if not filling.used:
        return filling.left
    return EN | (UIE if filling.more else 0)


def kvm19_entry(filling: Filling) -> int:
    """K19-2, whatever is on the list; by VMCR as the guest left it (K19-8)."""
    pending, active, _ = filling.depth
    overflows = pending + active > filling.nr_lr
    conditions = {
        EN: True,
        NPIE: pending > filling.nr_lr,
        LRENPIE: active and overflows,
        UIE: overflows,
        regs.GICH_HCR_VGRP0DIE_MASK: filling.vmcr & regs.GICH_VMCR_VMGRP0EN_MASK,
        regs.GICH_HCR_VGRP0EIE_MASK: not filling.vmcr & regs.GICH_VMCR_VMGRP0EN_MASK,
        regs.GICH_HCR_VGRP1DIE_MASK: filling.vmcr & regs.GICH_VMCR_VMGRP1EN_MASK,
        regs.GICH_HCR_VGRP1EIE_MASK: not filling.vmcr & regs.GICH_VMCR_VMGRP1EN_MASK,
    }
    return sum(mask for mask, holds in conditions.items() if holds)


def xen_exit(hcr: int, used: int) -> int:
    """NV-SYNC-1: UIE and En go, the others stay; nothing is touched if no list register was in use."""
    return hcr & ~(UIE | EN) if used else hcr


def kvm17_exit(hcr: int, used: int) -> int:
    """NV-SYNC-1: EOICount stays too, where no list register was in use."""
    return 0 if used else hcr


def kvm19_exit(hcr: int, used: int) -> int:
    """NV-SYNC-1."""
    return 0
