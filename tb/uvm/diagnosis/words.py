# SPDX-License-Identifier: Apache-2.0
"""The state of a bank as observation words, and what an access would make of it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import gicv2_registers as regs
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import ACT, FIRST_SPECIAL_ID, PEND, VirtualInterface
from tb.uvm.predictor import Accepted

Words = Sequence[int]

# Places of the words.
ACCEPTED, HCR, VMCR, APR, MISR, EISR0, EISR1, ELRSR0, ELRSR1, LR0 = range(10)
STATUS: Final = (EISR0, EISR1, ELRSR0, ELRSR1, MISR)
PACT: Final = PEND | ACT

ACKNOWLEDGE: Final = ("GICV_IAR", "GICV_AIAR")
COMPLETION: Final = ("GICV_EOIR", "GICV_AEOIR", "GICV_DIR")
CONTROL: Final = ("GICV_CTLR", "GICV_PMR", "GICV_BPR", "GICV_ABPR", "GICH_VMCR")


class Outcome(NamedTuple):
    """Observation words after an access (the first is 0), and the datum of a read."""

    words: tuple[int, ...]
    value: int


def outcome(
    words: Words,
    accepted: Accepted,
    parameters: Parameters,
    register: str | None = None,
    data: int | None = None,
) -> Outcome:
    """What an access, or one that differs from it in the register or the datum, does to a bank."""
    interface = _interface(words, parameters)
    name = register or accepted.register
    value = 0
    if name is not None:
        block, offset = regs.REGISTERS[name].block, regs.REGISTERS[name].offset
        if accepted.access.write:
            write = interface.write_gich if block == "GICH" else interface.write_gicv
            write(offset, accepted.access.data if data is None else data)
        else:
            value = (interface.read_gich if block == "GICH" else interface.read_gicv)(offset)
    return Outcome((0, *interface.words), value)


def interrupts(words: Words, parameters: Parameters) -> tuple[int, int]:
    """virq and vfiq."""
    lines = _interface(words, parameters).lines
    return lines.virq, lines.vfiq


def _interface(words: Words, parameters: Parameters) -> VirtualInterface:
    """The reference in this state."""
    interface = VirtualInterface(parameters)
    interface.write_gich(regs.GICH_HCR_OFFSET, words[HCR])
    interface.write_gich(regs.GICH_VMCR_OFFSET, words[VMCR])
    interface.write_gich(regs.GICH_APR_OFFSET, words[APR])
    for number, word in enumerate(words[LR0:]):
        interface.write_gich(regs.GICH_LR0_OFFSET + regs.GICH_LR0_STRIDE * number, word)
    return interface


def changed(words: Words, index: int, value: int) -> tuple[int, ...]:
    """The words with one of another value."""
    return (*words[:index], value, *words[index + 1 :])


def alone(words: Words, number: int) -> Words:
    """The state in which one list register holds an ordinary pending interrupt, and no other a valid one."""
    word = words[LR0 + number]
    special = word & regs.GICH_LR_VIRTUALID_MASK >= FIRST_SPECIAL_ID
    ordinary = word & ~PACT & ~(0x200 if special else 0) | PEND
    return (*words[:LR0], *(ordinary if n == number else w & ~PACT for n, w in enumerate(words[LR0:])))


def unmasked(words: Words) -> Words:
    """The state in which PMR masks nothing, not even the lowest priority, as it always does (V2-PRI-1)."""
    lowest, step = regs.GICH_LR_PRIORITY_MASK, 1 << regs.GICH_LR_PRIORITY_LSB
    lrs = (word - step if word & lowest == lowest else word for word in words[LR0:])
    return (*changed(words[:LR0], VMCR, words[VMCR] | regs.GICH_VMCR_VMPRIMASK_MASK), *lrs)


def moved(before: Words, after: Words) -> int | None:
    """The first list register that differs."""
    pairs = enumerate(zip(before[LR0:], after[LR0:], strict=True))
    return next((number for number, (old, new) in pairs if old != new), None)


def active(words: Words, intid: int) -> list[int]:
    """The list register words that hold an interrupt as active."""
    return [word for word in words[LR0:] if word & ACT and names(word, intid)]


def names(word: int, intid: int) -> bool:
    """Whether a list register word is of an interrupt."""
    return word & regs.GICH_LR_VIRTUALID_MASK == intid


def level(word: int) -> int:
    """The APR bit of a list register's full priority."""
    return 1 << (word >> regs.GICH_LR_PRIORITY_LSB & 31)


def off(words: Words) -> bool:
    """Whether HCR.En is 0."""
    return not words[HCR] & regs.GICH_HCR_EN_MASK


def no_ack_ctl(words: Words) -> bool:
    """Whether AckCtl is 0."""
    return not words[VMCR] & regs.GICH_VMCR_VMACKCTL_MASK
