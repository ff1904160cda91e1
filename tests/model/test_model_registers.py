# SPDX-License-Identifier: Apache-2.0
"""Registers of the model by the tables of specification §2: reset values, fields, aliases, minima."""

import pytest
from bank import ACT, PEND, Bank, lr, open_bank

from tb.model.hardware.gic import Gic
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import VirtualInterface

RESET = {
    "GICH_HCR": 0, "GICH_VTR": 0x9000_0003, "GICH_VMCR": 0x004C_0000, "GICH_MISR": 0, "GICH_EISR0": 0,
    "GICH_EISR1": 0, "GICH_ELRSR0": 0xF, "GICH_ELRSR1": 0, "GICH_APR": 0, "GICH_LR0": 0, "GICH_LR3": 0,
    "GICH_LR4": 0, "GICV_CTLR": 0, "GICV_PMR": 0, "GICV_BPR": 2, "GICV_IAR": 0x3FF, "GICV_EOIR": 0,
    "GICV_RPR": 0xFF, "GICV_HPPIR": 0x3FF, "GICV_ABPR": 3, "GICV_AIAR": 0x3FF, "GICV_AEOIR": 0,
    "GICV_AHPPIR": 0x3FF, "GICV_APR0": 0, "GICV_APR1": 0, "GICV_NSAPR0": 0, "GICV_NSAPR3": 0,
    "GICV_IIDR": 0x0202_143B, "GICV_DIR": 0,
}  # fmt: skip
ALL_ONES = {
    "GICH_HCR": 0xF800_00FF, "GICH_VTR": 0x9000_0003, "GICH_VMCR": 0xF8FC_021F, "GICH_APR": 0xFFFF_FFFF,
    "GICH_LR0": 0xFF8F_FFFF, "GICH_LR3": 0xFF8F_FFFF, "GICH_LR4": 0, "GICV_CTLR": 0x21F, "GICV_PMR": 0xF8,
    "GICV_BPR": 7, "GICV_EOIR": 0, "GICV_RPR": 0xFF, "GICV_ABPR": 7, "GICV_AEOIR": 0,
    "GICV_APR0": 0xFFFF_FFFF, "GICV_APR1": 0, "GICV_APR2": 0, "GICV_APR3": 0, "GICV_NSAPR0": 0,
    "GICV_NSAPR1": 0, "GICV_NSAPR2": 0, "GICV_NSAPR3": 0, "GICV_IIDR": 0x0202_143B, "GICV_DIR": 0,
}  # fmt: skip
"""What reads back after writing all ones to a register at reset: reserved bits are RAZ/WI (V2-MAP-8)."""


@pytest.mark.parametrize(("register", "value"), RESET.items())
def test_reset_value(register: str, value: int) -> None:
    bank = open_bank(lr(40, PEND), lr(41, ACT))
    bank.write("GICH_APR", 0x10)
    bank.gic.reset()
    assert bank.read(register) == value
    assert bank.lines == (0, 0, 0)


@pytest.mark.parametrize(("register", "value"), ALL_ONES.items())
def test_bits_without_a_field_read_zero(register: str, value: int) -> None:
    bank = Bank()
    bank.write(register, 0xFFFF_FFFF)
    assert bank.read(register) == value


@pytest.mark.parametrize(
    ("num_lr", "elrsr0", "elrsr1"),
    [(1, 1, 0), (4, 0xF, 0), (31, 0x7FFF_FFFF, 0), (32, 0xFFFF_FFFF, 0), (33, 0xFFFF_FFFF, 1),
     (64, 0xFFFF_FFFF, 0xFFFF_FFFF)],
)  # fmt: skip
def test_number_of_list_registers(num_lr: int, elrsr0: int, elrsr1: int) -> None:
    bank = Bank(num_lr=num_lr)
    assert bank.read("GICH_VTR") == 0x9000_0000 + num_lr - 1
    assert (bank.read("GICH_ELRSR0"), bank.read("GICH_ELRSR1")) == (elrsr0, elrsr1)
    for n in range(64):  # V2-LR-1
        bank.write(f"GICH_LR{n}", 0x1000_0000 + n)
        assert bank.read(f"GICH_LR{n}") == (0x1000_0000 + n if n < num_lr else 0)
    assert bank.read("GICH_ELRSR0") == bank.read("GICH_ELRSR1") == 0
    assert len(bank.words) == 8 + num_lr


def test_identification_is_a_parameter() -> None:
    assert open_bank(iidr=0xDEAD_BEEF).read("GICV_IIDR") == 0xDEAD_BEEF


@pytest.mark.parametrize("value", range(8))
def test_binary_points_have_minima(value: int) -> None:
    bpr = (2, 2, 2, 3, 4, 5, 6, 7)[value]
    abpr = (3, 3, 3, 3, 4, 5, 6, 7)[value]
    bank = open_bank()
    bank.write("GICV_BPR", value)
    bank.write("GICV_ABPR", value)
    assert (bank.read("GICV_BPR"), bank.read("GICV_ABPR")) == (bpr, abpr)  # V2-BPR-1
    bank.write("GICH_VMCR", value << 21 | 7 << 18)
    assert bank.read("GICH_VMCR") == bpr << 21 | 7 << 18
    bank.write("GICH_VMCR", 7 << 21 | value << 18)
    assert bank.read("GICH_VMCR") == 7 << 21 | abpr << 18


@pytest.mark.parametrize(
    ("written", "value", "shown", "as_value"),
    [
        ("GICV_CTLR", 0x200, "GICH_VMCR", 0x004C_0200),
        ("GICV_CTLR", 0x010, "GICH_VMCR", 0x004C_0010),
        ("GICV_CTLR", 0x008, "GICH_VMCR", 0x004C_0008),
        ("GICV_CTLR", 0x004, "GICH_VMCR", 0x004C_0004),
        ("GICV_CTLR", 0x002, "GICH_VMCR", 0x004C_0002),
        ("GICV_CTLR", 0x001, "GICH_VMCR", 0x004C_0001),
        ("GICV_PMR", 0x50, "GICH_VMCR", 0x504C_0000),
        ("GICV_PMR", 0x57, "GICV_PMR", 0x50),
        ("GICV_BPR", 5, "GICH_VMCR", 0x00AC_0000),
        ("GICV_ABPR", 6, "GICH_VMCR", 0x0058_0000),
        ("GICH_VMCR", 0x0000_0200, "GICV_CTLR", 0x200),
        ("GICH_VMCR", 0x0000_0010, "GICV_CTLR", 0x010),
        ("GICH_VMCR", 0x0000_0008, "GICV_CTLR", 0x008),
        ("GICH_VMCR", 0x0000_0004, "GICV_CTLR", 0x004),
        ("GICH_VMCR", 0x0000_0002, "GICV_CTLR", 0x002),
        ("GICH_VMCR", 0x0000_0001, "GICV_CTLR", 0x001),
        ("GICH_VMCR", 0x2800_0000, "GICV_PMR", 0x28),
        ("GICH_VMCR", 0x00C0_0000, "GICV_BPR", 6),
        ("GICH_VMCR", 0x0014_0000, "GICV_ABPR", 5),
        ("GICH_APR", 0x8000_0001, "GICV_APR0", 0x8000_0001),
        ("GICV_APR0", 0x4000_0010, "GICH_APR", 0x4000_0010),
    ],
)
def test_two_views_of_one_copy(written: str, value: int, shown: str, as_value: int) -> None:
    bank = Bank()
    bank.write(written, value)
    assert bank.read(shown) == as_value  # V2-ALIAS-1


def test_abpr_is_itself_under_cbpr() -> None:
    bank = open_bank()
    bank.write("GICV_CTLR", 0x10)
    bank.write("GICV_BPR", 6)
    bank.write("GICV_ABPR", 4)
    assert (bank.read("GICV_BPR"), bank.read("GICV_ABPR")) == (6, 4)  # V2-BPR-2


@pytest.mark.parametrize("word", [0x000F_FC00, 0x800F_FC00, 0x0008_0000, 0x8008_1C00, 0x0007_E000])
def test_list_register_is_stored_raw(word: int) -> None:
    bank = open_bank(word)
    assert bank.read("GICH_LR0") == word  # V2-LR-2


@pytest.mark.parametrize("state", range(4))
@pytest.mark.parametrize("hw", [0, 1])
def test_every_state_is_legal(state: int, hw: int) -> None:
    bank = open_bank(lr(40, state, hw=hw, phys=50 * hw))
    assert bank.states[0] == state  # V2-LR-4, V2-LR-5


def test_words_are_what_the_registers_read() -> None:
    bank = open_bank(lr(40, PEND, 0x80), lr(41, ACT, 0x40), 0x0008_0000, num_lr=33)
    bank.write("GICH_LR32", 0x0008_0000)
    bank.write("GICH_HCR", 0x5800_00FF)
    bank.write("GICH_APR", 0x100)
    names = ["HCR", "VMCR", "APR", "MISR", "EISR0", "EISR1", "ELRSR0", "ELRSR1"]
    names += [f"LR{n}" for n in range(33)]
    assert bank.words == tuple(bank.read(f"GICH_{name}") for name in names)
    assert bank.words[:8] == (0x5800_00FF, 0xF84C_0007, 0x100, 0x55, 0x4, 0x1, 0xFFFF_FFF8, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("num_cpu", 0), ("num_cpu", 9), ("num_lr", 0), ("num_lr", 65), ("iidr", -1), ("iidr", 1 << 32),
     ("grp_filter", 2), ("hppir_pmr", -1), ("irq_reg", 2), ("num_lr", True), ("num_lr", "4")],
)  # fmt: skip
def test_bad_parameter_is_refused(name: str, value: object) -> None:
    with pytest.raises(
        ValueError, match=f"{name.upper()}={value!r}: allowed is an integer from . to [0-9]+$"
    ):
        Parameters(**{name: value})  # type: ignore[arg-type]


def test_default_parameters() -> None:
    assert Parameters() == Parameters(2, 4, 0x0202_143B, 1, 0, 0)
    assert len(Gic(Parameters()).banks) == 2


def test_offset_without_a_register() -> None:
    interface = VirtualInterface(Parameters())
    words = interface.words
    for offset in range(0, 0x2000, 4):
        if offset not in (0x00, 0x08, 0xF0) and not 0x100 <= offset < 0x110:
            interface.write_gich(offset, 0xFFFF_FFFF)
        if offset not in (0x00, 0x04, 0x08, 0x1C, 0xD0):
            assert interface.write_gicv(offset, 0xFFFF_FFFF) is None
        if offset >= 0x110:
            assert interface.read_gich(offset) == 0
        if offset > 0x2C and offset not in (0xD0, 0xFC):
            assert interface.read_gicv(offset) == 0
    assert interface.words == words
