# SPDX-License-Identifier: Apache-2.0
"""The address map, error responses, and the banks side by side (specification §1)."""

import pytest
from bank import ACT, PEND, lr
from hypothesis import strategies as st
from properties import holds_for
from stimulus import Episode, episodes, lr_word

from gicv2_registers import REGISTERS
from tb.model.hardware.address_map import address, decode
from tb.model.hardware.gic import Gic
from tb.model.hardware.parameters import Parameters


@pytest.mark.parametrize(
    ("cpu", "addr", "bank", "register"),
    [
        (0, 0x4000, 0, "GICH_HCR"),
        (1, 0x4000, 1, "GICH_HCR"),
        (1, 0x4034, 1, "GICH_ELRSR1"),
        (0, 0x40F0, 0, "GICH_APR"),
        (0, 0x4100, 0, "GICH_LR0"),
        (0, 0x41FC, 0, "GICH_LR63"),
        (0, 0x400C, 0, None),
        (0, 0x4200, 0, None),
        (1, 0x4FFC, 1, None),
        (0, 0x5000, 0, "GICH_HCR"),
        (1, 0x5000, 0, "GICH_HCR"),
        (0, 0x5200, 1, "GICH_HCR"),
        (0, 0x5300, 1, "GICH_LR0"),
        (0, 0x5208, 1, "GICH_VMCR"),
        (0, 0x520C, 1, None),  # V2-MAP-6: no register, but the bank is implemented
        (1, 0x5480, 2, None),
        (1, 0x5500, 2, "GICH_LR0"),
        (0, 0x5600, 0, None),  # V2-MAP-6: three CPUs, so the window of CPU 3 counts for the requester
        (2, 0x5E00, 2, None),
        (2, 0x5FFC, 2, None),
        (0, 0x6000, 0, "GICV_CTLR"),
        (2, 0x600C, 2, "GICV_IAR"),
        (2, 0x60FC, 2, "GICV_IIDR"),
        (2, 0x602C, 2, None),
        (2, 0x6FFC, 2, None),
        (2, 0x7000, 2, "GICV_DIR"),
        (2, 0x7004, 2, None),
        (2, 0x700C, 2, None),
        (2, 0x7FFC, 2, None),
        (1, 0x0000, 1, None),
        (1, 0x3FFC, 1, None),
        (1, 0x8000, 1, None),
        (1, 0xC000, 1, None),
        (1, 0xFFFC, 1, None),
        (0, 0x6013, 0, "GICV_EOIR"),  # V2-CYC-8: the low two bits do not matter here
    ],
)
def test_address_map(cpu: int, addr: int, bank: int, register: str | None) -> None:
    assert decode(cpu, addr, 3) == (bank, register)


def test_every_register_has_its_addresses_and_no_others() -> None:
    for cpu, num_cpu in ((0, 1), (1, 2), (5, 8)):
        reached: dict[tuple[str, int], list[int]] = {}
        for addr in range(0, 0x10000, 4):
            bank, register = decode(cpu, addr, num_cpu)
            if register is not None:
                reached.setdefault((register, bank), []).append(addr)
        expected = {}
        for register in REGISTERS:
            expected[register, cpu] = [address(register)]
            if register.startswith("GICH"):
                for bank in range(num_cpu):
                    expected.setdefault((register, bank), []).append(address(register, bank))
        assert reached == expected


@pytest.mark.parametrize(
    ("register", "bank", "addr"),
    [
        ("GICH_HCR", None, 0x4000),
        ("GICH_LR7", 3, 0x571C),
        ("GICV_PMR", None, 0x6004),
        ("GICV_DIR", None, 0x7000),
    ],
)
def test_address_of_a_name(register: str, bank: int | None, addr: int) -> None:
    assert address(register, bank) == addr


@pytest.mark.parametrize(
    ("register", "bank", "message"),
    [
        ("GICH_LR64", None, "unknown register 'GICH_LR64'"),
        ("GICV_IAR", 1, "GICV_IAR has no view for another CPU"),
    ],
)
def test_name_without_an_address(register: str, bank: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        address(register, bank)


def loaded_gic(num_cpu: int = 2) -> Gic:
    """Each bank signals interrupt 100 + its number and has 200 + its number active with HW=1."""
    gic = Gic(Parameters(num_cpu=num_cpu))
    for cpu in range(num_cpu):
        gic.access(cpu, True, 0x4000, 1)
        gic.access(cpu, True, 0x4008, 0xF84C_0007)
        gic.access(cpu, True, 0x4100, lr(100 + cpu, PEND, 0x40))
        gic.access(cpu, True, 0x4104, lr(200 + cpu, ACT, 0x80, hw=1, phys=300 + cpu))
        gic.access(cpu, True, 0x40F0, 1 << 16)
    return gic


def state(gic: Gic) -> list[object]:
    return [(bank.words, bank.lines) for bank in gic.banks]


@holds_for(
    st.sampled_from([0x4000, 0x400C, 0x5200, 0x6010, 0x600C, 0x7000, 0x0000, 0x5E00, 0xFFFC]),
    st.integers(0, 14),
)
def test_partial_write_is_an_error_without_effect(addr: int, strb: int) -> None:
    gic = loaded_gic()
    before = state(gic)
    assert gic.access(1, True, addr, 200, strb)[:2] == (0, True)  # V2-MAP-7
    assert state(gic) == before


@holds_for(
    st.sampled_from([0x4000, 0x4100, 0x5200, 0x600C, 0x6010, 0x7000, 0x0000, 0xFFFC]),
    st.integers(1, 3),
    st.booleans(),
)
def test_unaligned_access_is_an_error_without_effect(addr: int, offset: int, write: bool) -> None:
    gic = loaded_gic()
    before = state(gic)
    assert gic.access(1, write, addr + offset, 201)[:2] == (0, True)  # V2-MAP-7
    assert state(gic) == before


def test_error_counts_for_the_bank_of_the_address() -> None:
    gic = loaded_gic()
    assert [gic.access(0, False, addr).bank for addr in (0x4001, 0x5201, 0x5401, 0x6001, 0x0001)] == [
        0,
        1,
        0,
        0,
        0,
    ]


def test_what_has_no_register_reads_zero_and_ignores_writes() -> None:
    gic = loaded_gic()
    before = state(gic)
    for addr in range(0, 0x10000, 4):
        if decode(1, addr, 2).register is None:
            assert gic.access(1, True, addr, 0xFFFF_FFFF) == (
                0,
                False,
                decode(1, addr, 2).bank,
                None,
            )  # V2-MAP-6
            assert gic.access(1, False, addr) == (0, False, decode(1, addr, 2).bank, None)
    assert state(gic) == before


def test_windows_reach_the_other_banks() -> None:
    gic = loaded_gic(num_cpu=8)
    for cpu in range(8):
        for bank in range(8):
            gic.access(cpu, True, 0x5000 + 0x200 * bank + 0x10C, cpu << 8 | bank)
            assert gic.access(bank, False, 0x410C).value == cpu << 8 | bank  # V2-MAP-2
    assert [gic.access(cpu, False, 0x600C).value for cpu in range(8)] == [
        100 + cpu for cpu in range(8)
    ]  # V2-MAP-3


def test_deactivation_is_named_by_the_requesters_bank() -> None:
    gic = loaded_gic()
    assert gic.access(1, True, 0x6010, 201) == (0, False, 1, 301)
    assert gic.access(0, True, 0x6010, 200) == (0, False, 0, 300)


ADDRESSES = [
    *(0x4000 + offset for offset in (0x00, 0x08, 0x10, 0x20, 0x30, 0xF0, 0x100, 0x104, 0x108, 0x10C)),
    *(0x5000 + bank * 0x200 + offset for bank in range(4) for offset in (0x00, 0x08, 0xF0, 0x100, 0x10C)),
    *(0x6000 + offset for offset in (0x00, 0x04, 0x08, 0x0C, 0x0C, 0x10, 0x10, 0x20, 0x24, 0xD0)),
    *(0x7000, 0x7010, 0x4001, 0x3000, 0x9000),
]


@holds_for(episodes)
def test_banks_are_independent(episode: Episode) -> None:
    """V2-BANK-1, and each bank does what it would do alone with its share of the accesses."""
    gic, alone = loaded_gic(3), [loaded_gic(3) for _ in range(3)]
    rng = episode.rng
    for _ in range(40):
        cpu, addr, write, data = (
            rng.randrange(3),
            rng.choice(ADDRESSES),
            rng.getrandbits(1) == 1,
            lr_word(rng),
        )
        before = state(gic)
        response = gic.access(cpu, write, addr, data)
        after = state(gic)
        assert all(before[bank] == after[bank] for bank in range(3) if bank != response.bank)
        assert alone[response.bank].access(cpu, write, addr, data) == response
    for bank, other in enumerate(alone):
        assert state(other)[bank] == state(gic)[bank]
