# SPDX-License-Identifier: Apache-2.0
"""The physical distributor."""

import pytest

from tb.model.hardware.distributor import PhysicalDistributor


def test_deactivation_exactly_once() -> None:
    distributor = PhysicalDistributor()
    distributor.acknowledge(40)
    assert distributor.is_active(40)
    distributor.deactivate(40, cpu=1)
    assert not distributor.is_active(40)
    assert distributor.findings == []
    distributor.deactivate(40, cpu=1)
    assert distributor.findings == ["CPU 1 deactivated physical interrupt 40, which was not active"]


def test_private_interrupts_are_banked_and_shared_ones_are_not() -> None:
    distributor = PhysicalDistributor()
    for intid in (31, 32):
        distributor.acknowledge(intid, cpu=1)
    assert (distributor.is_active(31, 0), distributor.is_active(31, 1)) == (False, True)
    assert (distributor.is_active(32, 0), distributor.is_active(32, 1)) == (True, True)
    distributor.deactivate(32, cpu=0)
    distributor.deactivate(31, cpu=0)
    assert distributor.findings == ["CPU 0 deactivated physical interrupt 31, which was not active"]
    assert (distributor.is_active(31, 1), distributor.is_active(32, 1)) == (True, False)


def test_active_registers() -> None:
    distributor = PhysicalDistributor()
    for intid in (31, 32, 63, 64, 1019):
        distributor.acknowledge(intid, cpu=1)
    assert [distributor.read(f"GICD_ISACTIVER{n}", cpu=1) for n in (0, 1, 2, 31)] == [
        1 << 31,
        0x8000_0001,
        1,
        1 << 27,
    ]
    assert distributor.read("GICD_ISACTIVER0", cpu=0) == 0
    distributor.write("GICD_ICACTIVER1", 0x8000_0000)
    assert distributor.read("GICD_ICACTIVER1") == 1
    distributor.write("GICD_ICACTIVER1", 0xFFFF_FFFF)
    distributor.write("GICD_ISACTIVER31", 0xFFFF_FFFF)
    assert [distributor.read(f"GICD_ISACTIVER{n}") for n in (1, 2, 31)] == [0, 1, 0x0FFF_FFFF]
    assert distributor.findings == []  # software may deactivate what it likes


def test_pending_follows_the_line_and_the_latch() -> None:
    distributor = PhysicalDistributor()
    distributor.set_line(40, True)
    distributor.set_pending(27, cpu=1)
    assert distributor.is_pending(40, cpu=1)
    assert (distributor.is_pending(27, 0), distributor.is_pending(27, 1)) == (False, True)
    distributor.acknowledge(40)
    distributor.acknowledge(27, cpu=1)
    assert distributor.is_pending(40)
    assert not distributor.is_pending(27, cpu=1)
    distributor.set_line(40, False)
    assert not distributor.is_pending(40)


@pytest.mark.parametrize("register", ["GICD_ISACTIVER32", "GICD_ISPENDR0", "GICH_HCR", "GICD_ISACTIVER"])
def test_unknown_register_is_refused(register: str) -> None:
    with pytest.raises(ValueError, match=f"unknown register '{register}'"):
        PhysicalDistributor().read(register)


@pytest.mark.parametrize("intid", [-1, 1020])
def test_unknown_interrupt_is_refused(intid: int) -> None:
    with pytest.raises(ValueError, match=f"physical interrupt {intid} does not exist"):
        PhysicalDistributor().acknowledge(intid)


def test_each_cpu_has_a_line_of_a_private_interrupt() -> None:
    distributor = PhysicalDistributor()
    distributor.set_line(27, True, 1)
    assert [distributor.is_pending(27, cpu) for cpu in range(3)] == [False, True, False]
    distributor.set_line(27, False, 1)
    assert not distributor.is_pending(27, 1)
