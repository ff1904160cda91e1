# SPDX-License-Identifier: Apache-2.0
"""The reference beside a foreign device: what it must answer, and what else it may where choices are open."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import gicv2_registers as regs
from tb.dut.description import OPEN, Choices
from tb.model.hardware.address_map import decode
from tb.model.hardware.gic import Gic
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import (
    ACT,
    FIRST_PPI,
    FIRST_SPECIAL_ID,
    INV,
    PEND,
    Lines,
    VirtualInterface,
)

SELECTING: Final = ("GICV_IAR", "GICV_AIAR", "GICV_HPPIR", "GICV_AHPPIR")
COMPLETING: Final = ("GICV_EOIR", "GICV_AEOIR", "GICV_DIR")
_HCR, _VMCR, _APR, _LRS = 0, 1, 2, 8  # places in VirtualInterface.words


class Outcome(NamedTuple):
    """What an access may come to.

    value        read datum; 0 of a write
    error        answered with an error
    deactivated  physical INTID that it requests the distributor to deactivate, or None
    words        state of the bank afterwards, as VirtualInterface.words
    """

    value: int
    error: bool
    deactivated: int | None
    words: tuple[int, ...]


class Reference:
    """The untimed model, with what a device may do otherwise where its choices are open."""

    def __init__(self, parameters: Parameters, choices: Choices) -> None:
        self.parameters: Final = parameters
        self._choices: Final = choices
        self._gic: Final = Gic(parameters)

    def reset(self) -> None:
        """V2-RST-1."""
        self._gic.reset()

    def access(self, cpu: int, write: bool, addr: int, data: int, strb: int) -> tuple[int, list[Outcome]]:
        """Perform an access: its bank, and what it may come to. The first is what the model does."""
        bank, register = decode(cpu, addr, self.parameters.num_cpu)
        before = self._gic.banks[bank].words
        value, error, _, deactivated = self._gic.access(cpu, write, addr, data, strb)
        outcomes = [Outcome(value, error, deactivated, self._gic.banks[bank].words)]
        if not error and register in (COMPLETING if write else SELECTING):
            outcomes += self._others(before, str(register), data, outcomes[0])
        return bank, outcomes

    def words(self, bank: int) -> tuple[int, ...]:
        """The state of a bank."""
        return self._gic.banks[bank].words

    def lines(self, bank: int) -> list[Lines]:
        """The levels that the lines of a bank may have; the first are the model's."""
        model = self._gic.banks[bank]
        levels = [model.lines]
        for words in self._without_ties(model.words):
            other = self._interface(words).lines
            levels.append(model.lines._replace(virq=other.virq, vfiq=other.vfiq))
        return levels

    def adopt(self, bank: int, words: tuple[int, ...]) -> None:
        """Go on from a state that the device has chosen."""
        _load(self._gic.banks[bank], words)

    def _interface(self, words: tuple[int, ...]) -> VirtualInterface:
        interface = VirtualInterface(self.parameters)
        _load(interface, words)
        return interface

    def _others(self, before: tuple[int, ...], register: str, data: int, own: Outcome) -> Iterator[Outcome]:
        """What else a read that selects, or a write that completes, may come to."""
        if register in COMPLETING:
            if self._choices.eoi_no_match == OPEN and not _has_active(before, data):
                for hcr in (before[_HCR], _counted(before[_HCR])):
                    yield own._replace(words=self._interface((hcr, *own.words[1:])).words)
            return
        offset = regs.REGISTERS[register].offset
        for words in self._without_ties(before):
            interface = self._interface(words)
            value = interface.read_gicv(offset)
            for n, (old, hidden) in enumerate(zip(before[_LRS:], words[_LRS:], strict=True)):
                if old != hidden:
                    interface.write_gich(regs.GICH_LR0_OFFSET + regs.GICH_LR0_STRIDE * n, old)
            yield own._replace(value=value, words=interface.words)

    def _without_ties(self, words: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """The state with all but one of equally urgent pending list registers hidden, for each of them."""
        if self._choices.tie != OPEN:
            return
        lrs = words[_LRS:]
        urgency: dict[int, list[int]] = {}
        for n, word in enumerate(lrs):
            if (
                word & regs.GICH_LR_STATE_MASK == PEND
                and word & regs.GICH_LR_VIRTUALID_MASK < FIRST_SPECIAL_ID
            ):
                urgency.setdefault(word & regs.GICH_LR_PRIORITY_MASK, []).append(n)
        for tied in urgency.values():
            for chosen in tied if len(tied) > 1 else ():
                hidden = [
                    word & ~regs.GICH_LR_STATE_MASK | INV if n in tied and n != chosen else word
                    for n, word in enumerate(lrs)
                ]
                yield (*words[:_LRS], *hidden)


def _load(interface: VirtualInterface, words: tuple[int, ...]) -> None:
    """Bring a bank into a state."""
    interface.write_gich(regs.GICH_VMCR_OFFSET, words[_VMCR])
    interface.write_gich(regs.GICH_APR_OFFSET, words[_APR])
    interface.write_gich(regs.GICH_HCR_OFFSET, words[_HCR])
    for n, word in enumerate(words[_LRS:]):
        interface.write_gich(regs.GICH_LR0_OFFSET + regs.GICH_LR0_STRIDE * n, word)


def _has_active(words: tuple[int, ...], data: int) -> bool:
    """Whether a list register is active with the key that a completion names (V2-EOI-3)."""
    intid, source = data & 0x3FF, data >> 10 & 7
    return any(
        word & ACT
        and word & regs.GICH_LR_VIRTUALID_MASK == intid
        and (intid >= FIRST_PPI or word & regs.GICH_LR_HW_MASK or word >> 10 & 7 == source)
        for word in words[_LRS:]
    )


def _counted(hcr: int) -> int:
    """HCR with one more completion counted."""
    return hcr + (1 << regs.GICH_HCR_EOICOUNT_LSB) & 0xFFFF_FFFF
