# SPDX-License-Identifier: Apache-2.0
"""Which registers are written at an entry and after an exit, in order (NV-FLUSH-11, NV-SYNC-1, NV-SYNC-2)."""

from typing import Final

from tb.model.world_switch.new_vgic.hcr import Filling

_HCR: Final = "GICH_HCR"
_LRS: Final = tuple(f"GICH_LR{index}" for index in range(64))


def xen_entry(filling: Filling) -> tuple[str, ...]:
    """NV-FLUSH-11: list registers while walking, then UIE if it is needed, En last."""
    if not filling.listed:
        return ()
    return (*_LRS[: filling.used], _HCR, _HCR) if filling.more else (*_LRS[: filling.used], _HCR)


def kvm17_entry(filling: Filling) -> tuple[str, ...]:
    """NV-FLUSH-11: HCR before the list registers; nothing if none is in use."""
    return (_HCR, *_LRS[: filling.used]) if filling.used else ()


def kvm19_entry(filling: Filling) -> tuple[str, ...]:
    """NV-FLUSH-11: likewise, but HCR at every entry."""
    return (_HCR, *_LRS[: filling.used])


def xen_exit(used: int) -> tuple[str, ...]:
    """NV-SYNC-2: UIE goes before a list register is touched; NV-SYNC-1: En last."""
    return (_HCR, *_LRS[:used], _HCR) if used else ()


def kvm17_exit(used: int) -> tuple[str, ...]:
    """NV-SYNC-1: list registers, then HCR; nothing if none was in use."""
    return (*_LRS[:used], _HCR) if used else ()


def kvm19_exit(used: int) -> tuple[str, ...]:
    """NV-SYNC-1: HCR always."""
    return (*_LRS[:used], _HCR)
