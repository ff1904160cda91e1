# SPDX-License-Identifier: Apache-2.0
"""Acknowledging and observing by the rules of specification §5."""

import pytest
from bank import ACT, LOW, PACT, PEND, VIRQ, lr, open_bank

GROUP0, GROUP1 = lr(40, PEND, 0x80), lr(41, PEND, 0x90, grp1=1)
PACT_ONLY = lr(42, PACT, 0x00)


@pytest.mark.parametrize(
    ("words", "ctlr", "iar", "aiar"),
    [
        ([], 0x7, 1023, 1023),
        ([PACT_ONLY], 0x7, 1023, 1023),
        ([GROUP0], 0x3, 40, 1023),
        ([GROUP0], 0x7, 40, 1023),
        ([GROUP0], 0x2, 1023, 1023),
        ([GROUP1], 0x3, 1022, 41),
        ([GROUP1], 0x7, 41, 41),
        ([GROUP1], 0x2, 1022, 41),
        ([GROUP1], 0x5, 1023, 1023),
        ([GROUP0, GROUP1], 0x3, 40, 1023),  # V2-IAR-5: AIAR does not pass over a better Group 0 interrupt
        ([GROUP0, GROUP1], 0x7, 40, 1023),
        ([GROUP0, GROUP1], 0x2, 1022, 41),
        ([GROUP0, GROUP1], 0x6, 41, 41),
    ],
)
def test_what_each_group_reads(words: list[int], ctlr: int, iar: int, aiar: int) -> None:
    bank = open_bank(*words)
    bank.write("GICV_CTLR", ctlr)
    assert (bank.read("GICV_HPPIR"), bank.read("GICV_AHPPIR")) == (iar, aiar)  # V2-HPP-1, V2-HPP-2
    assert bank.read("GICV_IAR") == iar
    bank = open_bank(*words)
    bank.write("GICV_CTLR", ctlr)
    assert bank.read("GICV_AIAR") == aiar


@pytest.mark.parametrize("register", ["GICV_IAR", "GICV_AIAR"])
def test_success_moves_one_list_register_and_sets_one_apr_bit(register: str) -> None:
    bank = open_bank(lr(39, ACT, 0xC0), GROUP1, lr(43, PEND, 0x98, grp1=1))
    bank.write("GICH_APR", 1 << 24)
    before = bank.words
    assert bank.read(register) == 41
    after = bank.words
    assert after[2] == 1 << 24 | 1 << 18  # V2-IAR-1
    assert after[9] == lr(41, ACT, 0x90, grp1=1)
    assert [n for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new] == [2, 9]
    assert bank.lines == LOW
    assert bank.read(register) == 1023


@pytest.mark.parametrize(
    ("ctlr", "pmr", "apr"),
    [
        (0x3, 0xF8, 0),  # 1022: Group 1 and AckCtl=0
        (0x7, 0x90, 0),  # masked
        (0x7, 0xF8, 1 << 18),  # does not preempt
        (0x5, 0xF8, 0),  # group disabled
    ],
)
def test_failure_changes_nothing(ctlr: int, pmr: int, apr: int) -> None:
    bank = open_bank(GROUP1)
    bank.write("GICV_CTLR", ctlr)
    bank.write("GICV_PMR", pmr)
    bank.write("GICH_APR", apr)
    words, lines = bank.words, bank.lines
    assert bank.read("GICV_IAR") == (1022 if ctlr == 0x3 else 1023)  # V2-IAR-2, V2-IAR-3
    assert (bank.words, bank.lines) == (words, lines)


def test_1022_only_for_what_is_signalled() -> None:
    bank = open_bank(GROUP1)
    bank.write("GICV_CTLR", 0x3)
    assert (bank.read("GICV_IAR"), bank.lines) == (1022, VIRQ)
    bank.write("GICH_APR", 1 << 18)
    assert (bank.read("GICV_IAR"), bank.lines) == (1023, LOW)  # V2-IAR-3: sufficiency first
    assert bank.read("GICV_HPPIR") == 1022


@pytest.mark.parametrize(
    ("word", "value"),
    [
        (lr(3, PEND, cpuid=5), 5 << 10 | 3),
        (lr(40, PEND, cpuid=5), 5 << 10 | 40),  # V2-IAR-4: any ID
        (lr(3, PEND, hw=1, phys=0x3FF), 3),  # V2-IAR-4: not with HW=1
        (lr(40, PEND, 0xF0, grp1=1, eoi=1), 40),
        (lr(1019, PEND) | 0x0007_E000, 1019),
    ],
)
def test_acknowledged_identity(word: int, value: int) -> None:
    bank = open_bank(word)
    assert bank.read("GICV_HPPIR") == value
    response = bank.gic.access(0, False, 0x600C)
    assert response.value == value
    assert response.deactivated is None  # V2-IAR-6


@pytest.mark.parametrize("register", ["GICV_HPPIR", "GICV_AHPPIR"])
@pytest.mark.parametrize(("hppir_pmr", "value"), [(0, 41), (1, 1023)])
def test_highest_pending_and_the_priority_mask(register: str, hppir_pmr: int, value: int) -> None:
    bank = open_bank(GROUP1, hppir_pmr=hppir_pmr)
    bank.write("GICV_PMR", 0x90)
    assert bank.read(register) == value  # V2-HPP-1
    bank.write("GICV_PMR", 0x98)
    bank.write("GICH_APR", 1 << 0)
    assert bank.read(register) == 41  # never the preemption test


@pytest.mark.parametrize("bit", range(32))
def test_running_priority_is_the_lowest_apr_bit(bit: int) -> None:
    bank = open_bank()
    assert bank.read("GICV_RPR") == 0xFF
    for register in ("GICH_APR", "GICV_APR0"):
        bank.write(register, 1 << bit)
        assert bank.read("GICV_RPR") == bit * 8  # V2-RPR-1, V2-APR-1
        bank.write(register, 1 << bit | 1 << 31)
        assert bank.read("GICV_RPR") == bit * 8
    bank.write("GICH_APR", 0)
    assert bank.read("GICV_RPR") == 0xFF


def test_running_priority_does_not_follow_the_binary_point() -> None:
    bank = open_bank(lr(40, PEND, 0xB8))
    bank.write("GICV_BPR", 4)
    assert bank.read("GICV_IAR") == 40
    assert bank.read("GICV_RPR") == 0xA0
    bank.write("GICV_BPR", 2)
    assert bank.read("GICV_RPR") == 0xA0


def test_nested_preemption() -> None:
    bank = open_bank(lr(40, PEND, 0xC0), lr(41, ACT), lr(42, ACT), lr(43, ACT))
    acknowledged, running = [], []
    for n, priority in enumerate((0xC0, 0x80, 0x40, 0x00)):
        bank.write(f"GICH_LR{n}", lr(40 + n, PEND, priority))
        acknowledged.append(bank.read("GICV_IAR"))
        running.append(bank.read("GICV_RPR"))
    assert acknowledged == [40, 41, 42, 43]
    assert running == [0xC0, 0x80, 0x40, 0x00]
    assert bank.read("GICH_APR") == 1 << 24 | 1 << 16 | 1 << 8 | 1 << 0
