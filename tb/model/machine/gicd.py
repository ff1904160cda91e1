# SPDX-License-Identifier: Apache-2.0
"""Offsets of the distributor's registers, from GICD's base, as guests use them."""

from typing import Final

CTLR: Final = 0x000
TYPER: Final = 0x004
IIDR: Final = 0x008
IGROUPR: Final = 0x080
ISENABLER: Final = 0x100
ICENABLER: Final = 0x180
ISPENDR: Final = 0x200
ICPENDR: Final = 0x280
ISACTIVER: Final = 0x300
ICACTIVER: Final = 0x380
IPRIORITYR: Final = 0x400
ITARGETSR: Final = 0x800
ICFGR: Final = 0xC00
SGIR: Final = 0xF00
CPENDSGIR: Final = 0xF10
SPENDSGIR: Final = 0xF20


_BITS: Final = {IPRIORITYR: 8, ITARGETSR: 8, ICFGR: 2}  # of an interrupt's field; else 1


def place(register: int, intid: int) -> tuple[int, int]:
    """Offset of the word that has an interrupt's field, and the field's lowest bit."""
    word, lsb = divmod(intid * _BITS.get(register, 1), 32)
    return register + word * 4, lsb


def bit(register: int, intid: int) -> tuple[int, int]:
    """Offset and value of a write that sets the bit of one interrupt, in registers with one bit for each."""
    offset, lsb = place(register, intid)
    return offset, 1 << lsb
