# SPDX-License-Identifier: Apache-2.0
"""Which bank and which register an address reaches, and the way back (specification §1)."""

from functools import lru_cache
from typing import NamedTuple

from gicv2_registers import (
    GICV2_GICH_CPU_BASE,
    GICV2_GICH_CPU_STRIDE,
    GICV2_GICH_SELF_BASE,
    GICV2_GICV_BASE,
    REGISTERS,
)

_NAMES = {(register.block, register.offset): name for name, register in REGISTERS.items()}


class Target(NamedTuple):
    """What an address reaches.

    bank      the CPU interface that the access counts for
    register  architectural name, or None where nothing is: RAZ/WI (V2-MAP-6)
    """

    bank: int
    register: str | None


@lru_cache(maxsize=1 << 16)
def decode(cpu: int, addr: int, num_cpu: int) -> Target:
    """The target of a 16-bit address on the port of `cpu`; the low two bits do not select (V2-MAP-7)."""
    aligned = addr & ~3
    if aligned >= GICV2_GICV_BASE:  # V2-MAP-3, V2-MAP-4
        return Target(cpu, _NAMES.get(("GICV", aligned - GICV2_GICV_BASE)))
    if aligned >= GICV2_GICH_CPU_BASE:  # V2-MAP-2
        bank, offset = divmod(aligned - GICV2_GICH_CPU_BASE, GICV2_GICH_CPU_STRIDE)
        if bank < num_cpu:
            return Target(bank, _NAMES.get(("GICH", offset)))
    elif 0 <= aligned - GICV2_GICH_SELF_BASE < GICV2_GICH_CPU_STRIDE:  # V2-MAP-1
        return Target(cpu, _NAMES.get(("GICH", aligned - GICV2_GICH_SELF_BASE)))
    return Target(cpu, None)  # V2-MAP-6: no implemented bank named, so the requester's own


def address(register: str, bank: int | None = None) -> int:
    """The address of a register by name, in the requester's own view or in the window of `bank` (V2-MAP-2).

    ValueError for an unknown name, and for a GICV register of another bank: it has no such view (V2-MAP-5).
    """
    if register not in REGISTERS:
        raise ValueError(f"unknown register {register!r}")
    block, offset = REGISTERS[register].block, REGISTERS[register].offset
    if bank is None:
        return (GICV2_GICV_BASE if block == "GICV" else GICV2_GICH_SELF_BASE) + offset
    if block == "GICV":
        raise ValueError(f"{register} has no view for another CPU, so none of bank {bank}")
    return GICV2_GICH_CPU_BASE + bank * GICV2_GICH_CPU_STRIDE + offset
