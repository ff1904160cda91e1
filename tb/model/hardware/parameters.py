# SPDX-License-Identifier: Apache-2.0
"""The parameters of the device, as the Verilog top has them."""

from dataclasses import dataclass, fields
from typing import Final

RANGES: Final = {  # of a parameter: the least and the most
    "num_cpu": (1, 8),
    "num_lr": (1, 64),
    "iidr": (0, 0xFFFF_FFFF),
    "grp_filter": (0, 1),
    "hppir_pmr": (0, 1),
    "irq_reg": (0, 1),
}


@dataclass(frozen=True)
class Parameters:
    """One configuration of the device. A value out of range raises ValueError.

    num_cpu     NUM_CPU, ports and banks, 1..8
    num_lr      NUM_LR, list registers a bank, 1..64
    iidr        IIDR, what GICV_IIDR reads, 32 bits
    grp_filter  GRP_FILTER, 1: list registers of a disabled group do not compete (V2-SEL-3)
    hppir_pmr   HPPIR_PMR, 1: GICV_HPPIR and GICV_AHPPIR apply the priority mask (V2-HPP-1)
    irq_reg     IRQ_REG, 1: the three interrupt outputs pass one more register (V2-CYC-1)
    """

    num_cpu: int = 2
    num_lr: int = 4
    iidr: int = 0x0202_143B
    grp_filter: int = 1
    hppir_pmr: int = 0
    irq_reg: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            low, high = RANGES[field.name]
            if type(value) is not int or not low <= value <= high:
                name = field.name.upper()
                raise ValueError(f"{name}={value!r}: allowed is an integer from {low} to {high}")
