# SPDX-License-Identifier: Apache-2.0
"""Selection, masking, preemption and the interrupt lines by the rules of specification §4."""

import pytest
from bank import ACT, INV, LOW, PACT, PEND, VFIQ, VIRQ, Bank, lr, open_bank


def winner(bank: Bank) -> int:
    """The virtual ID that IAR acknowledges (AckCtl=1), or 1023."""
    return bank.read("GICV_IAR") & 0x3FF


@pytest.mark.parametrize(
    ("words", "intid"),
    [
        ([lr(40, PEND, 0x80), lr(41, PEND, 0x78)], 41),
        ([lr(40, PEND, 0x78), lr(41, PEND, 0x80)], 40),
        ([lr(40, PEND, 0x80), lr(41, PEND, 0x80)], 40),  # V2-SEL-2
        ([lr(41, PEND, 0x80), lr(40, PEND, 0x80)], 41),
        ([lr(40, PACT, 0x00), lr(41, PEND, 0x80)], 41),  # V2-SEL-1
        ([lr(40, ACT, 0x00), lr(41, INV, 0x00), lr(42, PEND, 0xF0)], 42),
        ([lr(1020, PEND, 0x00), lr(1023, PEND, 0x00), lr(42, PEND, 0xF0)], 42),  # V2-LR-6
        ([lr(1019, PEND, 0x00), lr(42, PEND, 0x08)], 1019),
        ([lr(40, PEND, 0x80, eoi=1), lr(41, PEND, 0x80, hw=1, phys=41)], 40),  # V2-SEL-4
        ([lr(40, PEND, 0x80, hw=1, phys=40), lr(41, PEND, 0x78, grp1=1)], 41),
        ([lr(40, PACT, 0x00)], 1023),
        ([], 1023),
    ],
)
def test_best_pending_is_selected(words: list[int], intid: int) -> None:
    bank = open_bank(*words)
    assert bank.lines == (LOW if intid == 1023 else VIRQ)
    assert bank.read("GICV_HPPIR") == intid
    assert winner(bank) == intid


@pytest.mark.parametrize("n", range(64))
def test_every_list_register_can_win(n: int) -> None:
    words = [lr(100 + i, PEND, 0x88 if i != n else 0x80) for i in range(64)]
    assert winner(open_bank(*words, num_lr=64)) == 100 + n


@pytest.mark.parametrize(("grp_filter", "lines", "hppir", "iar"), [(1, VIRQ, 41, 41), (0, LOW, 1023, 1023)])
def test_disabled_group_competes_only_without_the_filter(
    grp_filter: int, lines: tuple[int, ...], hppir: int, iar: int
) -> None:
    bank = open_bank(lr(40, PEND, 0x00, grp1=1), lr(41, PEND, 0x80), grp_filter=grp_filter)
    bank.write("GICV_CTLR", 0x5)
    assert bank.lines == lines  # V2-SEL-3
    assert (bank.read("GICV_HPPIR"), bank.read("GICV_IAR")) == (hppir, iar)


@pytest.mark.parametrize("grp_filter", [0, 1])
def test_selection_follows_the_enables(grp_filter: int) -> None:
    bank = open_bank(lr(40, PEND, 0x00, grp1=1), lr(41, PEND, 0x80), grp_filter=grp_filter)
    answers = []
    for enables in (0b00, 0b01, 0b10, 0b11):
        bank.write("GICV_CTLR", 0x4 | enables)
        answers.append(bank.read("GICV_HPPIR"))
    assert answers == ([1023, 41, 40, 40] if grp_filter else [1023, 1023, 40, 40])


@pytest.mark.parametrize(
    ("priority", "pmr", "signalled"),
    [
        (0x50, 0x50, False),
        (0x50, 0x58, True),
        (0x48, 0x50, True),
        (0x00, 0x00, False),
        (0x00, 0x08, True),
        (0xF0, 0xF8, True),
        (0xF8, 0xFF, False),  # V2-PRI-1: PMR holds at most 0xF8
    ],
)
def test_priority_mask_is_strict(priority: int, pmr: int, signalled: bool) -> None:
    bank = open_bank(lr(40, PEND, priority))
    bank.write("GICV_PMR", pmr)
    assert bank.lines == (VIRQ if signalled else LOW)
    assert bank.read("GICV_HPPIR") == 40  # V2-HPP-1: whatever PMR is
    assert winner(bank) == (40 if signalled else 1023)


GROUP_PRIORITY_OF_0XB8 = {  # what is left of 0b1011_1000 under each mask, as a bit of APR
    0xF8: 1 << 23, 0xF0: 1 << 22, 0xE0: 1 << 20, 0xC0: 1 << 16, 0x80: 1 << 16, 0x00: 1 << 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("grp1", "cbpr", "bpr", "abpr", "mask"),
    [
        (0, 0, 2, 7, 0xF8), (0, 0, 3, 7, 0xF0), (0, 0, 4, 7, 0xE0), (0, 0, 5, 7, 0xC0), (0, 0, 6, 7, 0x80),
        (0, 0, 7, 3, 0x00),
        (0, 1, 2, 7, 0xF8), (0, 1, 7, 3, 0x00),
        (1, 0, 7, 3, 0xF8), (1, 0, 7, 4, 0xF0), (1, 0, 7, 5, 0xE0), (1, 0, 7, 6, 0xC0), (1, 0, 2, 7, 0x80),
        (1, 1, 2, 7, 0xF8), (1, 1, 3, 7, 0xF0), (1, 1, 4, 7, 0xE0), (1, 1, 5, 7, 0xC0), (1, 1, 6, 3, 0x80),
        (1, 1, 7, 3, 0x00),
    ],
)  # fmt: skip
def test_group_priority_mask(grp1: int, cbpr: int, bpr: int, abpr: int, mask: int) -> None:
    bank = open_bank(lr(40, PEND, 0xB8, grp1=grp1))
    bank.write("GICV_CTLR", 0x7 | cbpr << 4)
    bank.write("GICV_BPR", bpr)
    bank.write("GICV_ABPR", abpr)
    assert winner(bank) == 40
    assert bank.read("GICH_APR") == GROUP_PRIORITY_OF_0XB8[mask]  # V2-PRI-2
    assert bank.read("GICV_RPR") == 0xB8 & mask  # V2-RPR-1


@pytest.mark.parametrize(
    ("apr", "priority", "bpr", "signalled"),
    [
        (1 << 4, 0x18, 2, True),  # 0x18 < 0x20
        (1 << 4, 0x20, 2, False),  # equal
        (1 << 4, 0x28, 2, False),
        (1 << 4, 0x18, 3, True),  # 0x10 < 0x20
        (1 << 4, 0x18, 4, True),  # 0x00 < 0x20
        (1 << 4, 0x18, 5, False),  # 0x00 < 0x00
        (1 << 3, 0x10, 2, True),  # 0x10 < 0x18
        (1 << 3, 0x10, 3, False),  # V2-PRI-4: 0x10 < 0x18 & 0xF0
        (1 << 3 | 1 << 2, 0x10, 2, False),  # the lowest bit is the running one
        (1 << 31, 0xF0, 2, True),  # 0xF0 < 0xF8
        (1 << 31, 0xF0, 3, False),
        (1 << 31, 0x78, 6, True),  # 0x00 < 0x80
        (1 << 31, 0x00, 7, False),  # V2-PRI-3: nothing preempts
        (1 << 0, 0x00, 2, False),
        (0, 0xF0, 7, True),  # V2-PRI-3: an idle interface signals
    ],
)
def test_preemption_compares_group_priorities(apr: int, priority: int, bpr: int, signalled: bool) -> None:
    bank = open_bank(lr(40, PEND, priority))
    bank.write("GICV_BPR", bpr)
    bank.write("GICH_APR", apr)
    assert bank.lines == (VIRQ if signalled else LOW)
    assert bank.read("GICV_HPPIR") == 40  # V2-HPP-1: whatever runs
    assert winner(bank) == (40 if signalled else 1023)


@pytest.mark.parametrize(
    ("grp1", "cbpr", "signalled"), [(0, 0, False), (1, 0, True), (1, 1, False), (0, 1, False)]
)
def test_preemption_uses_the_mask_of_the_candidates_group(grp1: int, cbpr: int, signalled: bool) -> None:
    bank = open_bank(lr(40, PEND, 0x10, grp1=grp1))
    bank.write("GICV_CTLR", 0x7 | cbpr << 4)
    bank.write("GICV_BPR", 3)  # mask 0xF0: 0x10 does not preempt 0x18
    bank.write("GICV_ABPR", 3)  # mask 0xF8: it does
    bank.write("GICH_APR", 1 << 3)
    assert bank.lines == (VIRQ if signalled else LOW)


@pytest.mark.parametrize(
    ("grp1", "ctlr", "lines"),
    [
        (0, 0x1, VIRQ), (0, 0x9, VFIQ), (0, 0xB, VFIQ), (0, 0xD, VFIQ), (0, 0x2, LOW), (0, 0xA, LOW),
        (1, 0x2, VIRQ), (1, 0xA, VIRQ), (1, 0xB, VIRQ), (1, 0xE, VIRQ), (1, 0x1, LOW), (1, 0x9, LOW),
        (0, 0x0, LOW), (1, 0x0, LOW),
    ],
)  # fmt: skip
def test_line_of_each_group(grp1: int, ctlr: int, lines: tuple[int, ...]) -> None:
    bank = open_bank(lr(40, PEND, 0x80, grp1=grp1))
    bank.write("GICV_CTLR", ctlr)
    assert bank.lines == lines  # V2-SIG-1


def test_better_interrupt_of_the_other_group_moves_the_request() -> None:
    bank = open_bank(lr(40, PEND, 0x80, grp1=1))
    bank.write("GICV_CTLR", 0xF)
    seen = [bank.lines]
    bank.load(lr(40, PEND, 0x80, grp1=1), lr(41, PEND, 0x78))
    seen.append(bank.lines)
    bank.load(lr(40, PEND, 0x70, grp1=1))
    seen.append(bank.lines)
    assert seen == [VIRQ, VFIQ, VIRQ]  # V2-SIG-2


def test_interface_off() -> None:
    bank = open_bank(lr(40, PEND, 0x80), lr(41, PEND, 0x88, grp1=1), 0x0008_0000)
    bank.write("GICH_HCR", 0xFE)
    words = bank.words
    assert bank.lines == LOW  # V2-EN-1
    assert [bank.read(f"GICV_{name}") for name in ("IAR", "AIAR", "HPPIR", "AHPPIR")] == [1023] * 4  # V2-EN-2
    assert bank.words == words
    bank.write("GICH_HCR", 0x01)
    assert bank.lines == (1, 1, 0)


@pytest.mark.parametrize("register", ["GICV_EOIR", "GICV_AEOIR", "GICV_DIR"])
def test_completion_works_while_the_interface_is_off(register: str) -> None:
    bank = open_bank(lr(40, ACT, 0x80, grp1=1))
    bank.write("GICV_CTLR", 0x207 if register == "GICV_DIR" else 0x7)
    bank.write("GICH_APR", 1 << 16)
    bank.write("GICH_HCR", 0)
    bank.write(register, 40)
    assert bank.states[0] == INV  # V2-EN-3
    bank.write(register, 41)
    bank.write("GICH_APR", 1 << 16)
    bank.write(register, 41)
    assert bank.read("GICH_HCR") == (2 if register == "GICV_DIR" else 1) << 27
