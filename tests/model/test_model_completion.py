# SPDX-License-Identifier: Apache-2.0
"""Completion by the rules of specification §6."""

import pytest
from bank import ACT, INV, MAINT, PACT, PEND, Bank, lr, open_bank

APR = 1 << 16  # priority 0x80 runs


def completing(*words: int, eoimode: int = 0, apr: int = APR, **parameters: int) -> Bank:
    bank = open_bank(*words, **parameters)
    bank.write("GICV_CTLR", 0x7 | eoimode << 9)
    bank.write("GICH_APR", apr)
    return bank


def count(bank: Bank) -> int:
    return bank.read("GICH_HCR") >> 27


@pytest.mark.parametrize(
    ("apr", "after"), [(0x0001_0000, 0), (0x8000_0001, 0x8000_0000), (0x0101_0100, 0x0101_0000), (0, 0)]
)
@pytest.mark.parametrize("eoimode", [0, 1])
@pytest.mark.parametrize("register", ["GICV_EOIR", "GICV_AEOIR"])
def test_drop_clears_the_most_urgent_level(register: str, eoimode: int, apr: int, after: int) -> None:
    bank = completing(eoimode=eoimode, apr=apr)
    bank.write(register, 40)
    assert bank.read("GICH_APR") == after  # V2-EOI-1
    assert count(bank) == (1 if apr and not eoimode else 0)  # V2-EOI-2, V2-EOI-4


@pytest.mark.parametrize(
    ("word", "value", "hit"),
    [
        (lr(40, ACT), 40, True),
        (lr(40, PACT), 40, True),
        (lr(40, PEND), 40, False),  # V2-EOI-5
        (lr(40, INV, eoi=1), 40, False),  # V2-EOI-5
        (lr(40, ACT), 41, False),
        (lr(40, ACT), 7 << 10 | 40, True),  # V2-EOI-3: no SGI, so no source
        (lr(40, ACT, cpuid=3), 40, True),
        (lr(15, ACT, cpuid=3), 3 << 10 | 15, True),
        (lr(15, ACT, cpuid=3), 2 << 10 | 15, False),
        (lr(15, ACT), 15, True),
        (lr(15, ACT, hw=1, phys=0x3FF), 2 << 10 | 15, True),
        (lr(16, ACT, cpuid=3), 16, True),
        (lr(40, ACT, grp1=1), 40, True),
        (lr(40, ACT), 0xFFFF_E000 | 40, True),  # bits 31:13 are no part of the ID
    ],
)
def test_what_a_completion_matches(word: int, value: int, hit: bool) -> None:
    before = word >> 28 & 3
    after = {ACT: INV, PACT: PEND}[before] if hit else before
    bank = completing(word)
    bank.write("GICV_EOIR", value)
    assert (bank.states[0], count(bank), bank.read("GICH_APR")) == (after, 0 if hit else 1, 0)
    bank = completing(word, eoimode=1)
    bank.write("GICV_DIR", value)
    assert (bank.states[0], count(bank), bank.read("GICH_APR")) == (after, 0 if hit else 1, APR)  # V2-DIR-1
    bank = completing(word, eoimode=1)
    bank.write("GICV_EOIR", value)
    assert (bank.states[0], count(bank), bank.read("GICH_APR")) == (before, 0, 0)  # V2-EOI-2
    bank = completing(word)
    bank.write("GICV_DIR", value)
    assert (bank.states[0], count(bank), bank.read("GICH_APR")) == (before, 0, APR)  # V2-DIR-2
    bank = completing(word, apr=0)
    bank.write("GICV_EOIR", value)
    assert (bank.states[0], count(bank), bank.read("GICH_APR")) == (after, 0, 0)  # V2-EOI-4, V2-EOI-6


@pytest.mark.parametrize("n", range(64))
def test_every_list_register_can_be_completed(n: int) -> None:
    bank = completing(*(lr(100 + i, ACT) for i in range(64)), num_lr=64)
    bank.write("GICV_EOIR", 100 + n)
    assert bank.states == [INV if i == n else ACT for i in range(64)]


@pytest.mark.parametrize(
    ("words", "states"),
    [
        ([lr(40, ACT), lr(40, ACT)], [INV, ACT]),  # V2-LR-7
        ([lr(40, PEND), lr(40, ACT)], [PEND, INV]),
        ([lr(5, ACT, cpuid=1), lr(5, ACT, cpuid=0)], [ACT, INV]),
    ],
)
def test_lowest_active_match_is_completed(words: list[int], states: list[int]) -> None:
    bank = completing(*words)
    bank.write("GICV_EOIR", words[0] & 0x3FF)
    assert bank.states[:2] == states


def test_out_of_order_completion() -> None:
    bank = completing(lr(40, ACT, 0x80), lr(41, ACT, 0x40), apr=1 << 16 | 1 << 8)
    bank.write("GICV_EOIR", 40)
    assert (bank.states[:2], bank.read("GICH_APR")) == ([INV, ACT], 1 << 16)  # V2-EOI-7


@pytest.mark.parametrize("special", range(1020, 1024))
@pytest.mark.parametrize("register", ["GICV_EOIR", "GICV_AEOIR", "GICV_DIR"])
@pytest.mark.parametrize("eoimode", [0, 1])
def test_special_ids_do_nothing(special: int, register: str, eoimode: int) -> None:
    bank = completing(lr(special, ACT, grp1=1), lr(special, PACT, hw=1, phys=40), eoimode=eoimode)
    words = bank.words
    response = bank.write(register, special)
    assert (bank.words, response.deactivated) == (words, None)  # V2-SPUR-1, V2-LR-6


def test_count_wraps() -> None:
    bank = completing(eoimode=1)
    bank.write("GICH_HCR", 30 << 27 | 0x85)
    seen = []
    for _ in range(3):
        bank.write("GICV_DIR", 40)
        seen.append(bank.read("GICH_HCR"))
    assert seen == [31 << 27 | 0x85, 0 << 27 | 0x85, 1 << 27 | 0x85]  # V2-EOI-4


@pytest.mark.parametrize(
    ("state", "eoi", "eisr", "elrsr"), [(ACT, 1, 1, 0), (ACT, 0, 0, 1), (PACT, 1, 0, 0), (PACT, 0, 0, 0)]
)
def test_eoi_request_shows_when_the_state_becomes_inv(state: int, eoi: int, eisr: int, elrsr: int) -> None:
    bank = completing(lr(40, state, 0x80, eoi=eoi))
    response = bank.write("GICV_EOIR", 40)
    assert response.deactivated is None
    assert (bank.read("GICH_EISR0") & 1, bank.read("GICH_ELRSR0") & 1) == (eisr, elrsr)  # V2-EOI-8
    if state == ACT:
        assert bank.lines == (eoi, 0, 0)
    else:
        assert bank.read("GICV_IAR") == 40
        bank.write("GICV_EOIR", 40)
        assert bank.read("GICH_EISR0") == eoi
        assert bank.lines == (MAINT if eoi else (0, 0, 0))


@pytest.mark.parametrize(
    ("phys", "sent"),
    [(0, False), (15, False), (16, True), (512, True), (1019, True), (1020, False), (1023, False)],
)
@pytest.mark.parametrize(("register", "eoimode"), [("GICV_EOIR", 0), ("GICV_AEOIR", 0), ("GICV_DIR", 1)])
@pytest.mark.parametrize("state", [ACT, PACT])
def test_hardware_deactivation(phys: int, sent: bool, register: str, eoimode: int, state: int) -> None:
    bank = completing(lr(40, state, grp1=1, hw=1, phys=phys), eoimode=eoimode)
    response = bank.write(register, 40)
    assert response.deactivated == (phys if sent else None)  # V2-EOI-9, V2-EOI-10
    assert bank.states[0] == (INV if state == ACT else PEND)  # V2-LR-5
    assert (bank.read("GICH_EISR0"), bank.read("GICH_ELRSR0") & 1) == (0, int(state == ACT))
    assert bank.write(register, 40).deactivated is None


@pytest.mark.parametrize(
    ("register", "value", "eoimode"),
    [("GICV_EOIR", 40, 1), ("GICV_DIR", 40, 0), ("GICV_EOIR", 41, 0), ("GICV_EOIR", 1023, 0)],
)
def test_nothing_is_sent_without_a_deactivation(register: str, value: int, eoimode: int) -> None:
    bank = completing(lr(40, ACT, hw=1, phys=99), eoimode=eoimode)
    assert bank.write(register, value).deactivated is None


def test_alias_leaves_group_0_alone() -> None:
    bank = completing(lr(40, ACT))
    words = bank.words
    bank.write("GICV_AEOIR", 40)
    assert bank.words == words  # V2-AEOI-1: wholly ignored
    bank.write("GICV_AEOIR", 41)
    assert (bank.read("GICH_APR"), count(bank)) == (0, 1)  # V2-AEOI-1: without a match as EOIR
    bank = completing(lr(40, ACT, grp1=1))
    bank.write("GICV_AEOIR", 40)
    assert (bank.states[0], bank.read("GICH_APR"), count(bank)) == (INV, 0, 0)


def test_group_1_is_completed_by_eoir_without_ackctl() -> None:
    bank = completing(lr(40, ACT, grp1=1))
    bank.write("GICV_CTLR", 0x3)
    bank.write("GICV_EOIR", 40)
    assert (bank.states[0], bank.read("GICH_APR")) == (INV, 0)  # V2-EOI-11


def test_deactivation_may_come_before_the_drop() -> None:
    bank = completing(lr(40, ACT), eoimode=1)
    bank.write("GICV_DIR", 40)
    assert (bank.states[0], bank.read("GICH_APR"), count(bank)) == (INV, APR, 0)  # V2-DIR-1
    bank.write("GICV_EOIR", 40)
    assert (bank.read("GICH_APR"), count(bank)) == (0, 0)


def test_every_id_completes_itself_only() -> None:
    bank = completing(eoimode=1, num_lr=2)
    for intid in range(1024):
        other = intid ^ 1
        bank.load(lr(intid, ACT), lr(other, ACT))
        bank.write("GICH_HCR", 1)
        bank.write("GICV_DIR", intid)
        assert bank.states == ([INV, ACT] if intid < 1020 else [ACT, ACT])
        bank.write("GICV_DIR", other)
        assert bank.states == ([INV, INV] if intid < 1020 else [ACT, ACT])
        bank.write("GICV_DIR", intid)
        assert count(bank) == (1 if intid < 1020 else 0)
