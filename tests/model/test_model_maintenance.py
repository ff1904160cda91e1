# SPDX-License-Identifier: Apache-2.0
"""Status and the maintenance interrupt by the rules of specification §3."""

import pytest
from bank import ACT, INV, LOW, MAINT, PACT, PEND, VIRQ, lr, open_bank

EN, UIE, LRENPIE, NPIE = 0x1, 0x2, 0x4, 0x8
EOI, U, LRENP, NP = 0x1, 0x2, 0x4, 0x8
OWES = lr(40, INV, eoi=1)


@pytest.mark.parametrize(
    ("words", "valid", "pending", "eisr", "elrsr"),
    [
        ([], 0, 0, 0b0000, 0b1111),
        ([lr(40, PEND)], 1, 1, 0b0000, 0b1110),
        ([lr(40, ACT)], 1, 0, 0b0000, 0b1110),
        ([lr(40, PACT)], 1, 0, 0b0000, 0b1110),
        ([lr(40, PACT), lr(41, ACT)], 2, 0, 0b0000, 0b1100),
        ([0, lr(40, PEND), 0, lr(41, ACT)], 2, 1, 0b0000, 0b0101),
        ([OWES], 0, 0, 0b0001, 0b1110),  # V2-MI-4, V2-MI-5
        ([OWES, lr(41, PEND), OWES, lr(43, PEND)], 2, 2, 0b0101, 0b0000),
        ([lr(40, PEND, eoi=1)], 1, 1, 0b0000, 0b1110),
        ([lr(40, INV, hw=1, phys=0x200)], 0, 0, 0b0000, 0b1111),  # bit 19 of a physical ID is no EOI request
        ([lr(0, INV, 0xF8, grp1=1, cpuid=7)], 0, 0, 0b0000, 0b1111),
        ([lr(1023, PEND)], 1, 1, 0b0000, 0b1110),  # V2-LR-6
        ([lr(1020, PACT), lr(1021, INV, eoi=1)], 1, 0, 0b0010, 0b1100),  # V2-LR-6
        ([lr(40, PEND), lr(40, PEND), lr(40, ACT), lr(40, INV)], 3, 2, 0b0000, 0b1000),
    ],
)
def test_status_is_a_function_of_the_list_registers(
    words: list[int], valid: int, pending: int, eisr: int, elrsr: int
) -> None:
    bank = open_bank(*words)
    bank.write("GICV_PMR", 0)
    bank.write("GICH_HCR", EN | UIE | NPIE)
    assert (bank.read("GICH_EISR0"), bank.read("GICH_ELRSR0")) == (eisr, elrsr)
    misr = EOI * (eisr != 0) | U * (valid <= 1) | NP * (pending == 0)
    assert bank.read("GICH_MISR") == misr
    assert bank.lines == (MAINT if misr else LOW)
    bank.write("GICH_HCR", EN)  # V2-MI-3: the EOI condition has no enable
    assert bank.read("GICH_MISR") == EOI * (eisr != 0)
    bank.write("GICH_HCR", UIE | NPIE)  # V2-MI-2
    assert bank.read("GICH_MISR") == misr
    assert bank.lines == LOW


@pytest.mark.parametrize("count", range(32))
def test_eoi_count_raises_lrenp(count: int) -> None:
    bank = open_bank()
    bank.write("GICH_HCR", count << 27 | LRENPIE | EN)
    assert bank.read("GICH_MISR") == (LRENP if count else 0)
    assert bank.lines.maint == (count != 0)
    bank.write("GICH_HCR", count << 27 | EN)
    assert bank.read("GICH_MISR") == 0


@pytest.mark.parametrize(
    ("ie", "on"),
    [
        (0x10, {0b01, 0b11}),  # VGrp0EIE: the values of EnableGrp1, EnableGrp0 that raise it
        (0x20, {0b00, 0b10}),  # VGrp0DIE
        (0x40, {0b10, 0b11}),  # VGrp1EIE
        (0x80, {0b00, 0b01}),  # VGrp1DIE
    ],
)
@pytest.mark.parametrize("enables", range(4))
def test_group_conditions(ie: int, on: set[int], enables: int) -> None:
    bank = open_bank()
    bank.write("GICH_HCR", ie | EN)
    bank.write("GICV_CTLR", enables)
    assert bank.read("GICH_MISR") == (ie if enables in on else 0)
    assert bank.lines.maint == (enables in on)


def test_after_reset_the_line_is_low() -> None:
    bank = open_bank()
    bank.gic.reset()
    bank.write("GICH_HCR", EN)
    assert bank.lines == LOW  # V2-RST-2


@pytest.mark.parametrize("service", [lr(40, PEND, 0xF8), lr(40, ACT), lr(40, INV, hw=1), lr(40, INV)])
def test_eoi_condition_ends_when_the_last_flagged_register_is_rewritten(service: int) -> None:
    bank = open_bank(OWES, OWES)
    bank.load(service)
    assert (bank.read("GICH_MISR"), bank.read("GICH_EISR0")) == (EOI, 0b10)
    bank.load(service, service)
    assert (bank.read("GICH_MISR"), bank.read("GICH_EISR0")) == (0, 0)  # V2-MI-3


def test_conditions_fall_by_themselves() -> None:
    bank = open_bank()
    bank.write("GICH_HCR", EN | UIE)
    bank.load(lr(40, ACT))
    assert bank.lines == MAINT
    bank.load(lr(40, ACT), lr(41, ACT))
    assert bank.lines == LOW
    bank.write("GICH_HCR", EN | UIE | NPIE)
    assert bank.lines == MAINT
    bank.load(lr(40, PEND))
    assert bank.lines == VIRQ  # V2-MI-1, V2-MI-6


@pytest.mark.parametrize("n", [31, 32, 63])
def test_status_beyond_the_first_word(n: int) -> None:
    bank = open_bank(num_lr=64)
    bank.write(f"GICH_LR{n}", OWES)
    bit = 1 << n
    eisr = bank.read("GICH_EISR1") << 32 | bank.read("GICH_EISR0")
    elrsr = bank.read("GICH_ELRSR1") << 32 | bank.read("GICH_ELRSR0")
    assert (eisr, elrsr) == (bit, (1 << 64) - 1 - bit)
