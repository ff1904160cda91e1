# SPDX-License-Identifier: Apache-2.0
"""The register tests on the right device, each with something wrong in what it expects.

Here a test that passes has not looked: tests/bus/test_register_access.py reads the outcome.
"""

from contextlib import AbstractContextManager
from dataclasses import replace
from unittest.mock import patch

import cocotb
from pyuvm import uvm_root

from gicv2_registers import REGISTERS
from tb.registers import reset_values
from tb.uvm.axi_lite import Access
from tb.uvm.ral import PortRegisters
from tests.sim import registers
from tests.sim.registers import RegisterTest


class NothingIsChecked(RegisterTest):
    async def stimulate(self) -> None:
        pass


def wrong_reset(name: str, value: int) -> AbstractContextManager:
    """The table gives a register another reset value."""

    def resets(**parameters: int) -> dict[str, int]:
        return reset_values(**parameters) | {name: value}

    return patch.object(registers, "reset_values", resets)


def wrong_field(register: str, field: str, **changes: object) -> AbstractContextManager:
    """The table describes a field otherwise."""
    described = REGISTERS[register]
    fields = tuple(replace(f, **changes) if f.name == field else f for f in described.fields)
    wrong = {register: replace(described, fields=fields)}
    return patch.multiple(registers, REGISTERS=REGISTERS | wrong, STORING=registers.STORING | wrong)


def stale_mirror() -> AbstractContextManager:
    """The register model learns nothing of the device."""
    return patch.object(PortRegisters, "write", lambda self, expected: None)


def good_access_among_the_errors() -> AbstractContextManager:
    """An access that should fail does not."""

    def errors(self: RegisterTest, word: int, number: int) -> list[Access]:
        return [Access(False, word)]

    return patch.object(registers.ErrorsHaveNoEffect, "errors", errors)


# What is expected, the test that expects it, and what that must say.
WRONG = (
    (wrong_reset("GICH_HCR", 0), NothingIsChecked, "nothing was checked: .*register values"),
    (
        wrong_reset("GICV_IIDR", 0x0202_143A),
        registers.RegistersHaveTheirResetValues,
        r"gicv\.IIDR: 0x0202143b, expected 0x0202143a",
    ),
    (
        wrong_reset("GICH_LR3", 1),
        registers.RegistersHaveTheirResetValues,
        r"gich_self\.LR\[3\]: 0x00000000, expected 0x00000001",
    ),
    (
        wrong_field("GICH_LR2", "HW", msb=30, lsb=30),
        registers.EveryBitIsStoredOrReservedAsTheTableSays,
        r"gich_self\.LR\[2\]: 0xff8ffffe, expected 0x7f8ffffe",
    ),
    (
        wrong_field("GICV_ABPR", "BinaryPoint", minimum=2),
        registers.EveryBitIsStoredOrReservedAsTheTableSays,
        r"gicv\.ABPR: 0x00000003, expected 0x00000002",
    ),
    (
        wrong_field("GICH_VMCR", "VMCBPR", same_as="GICV_CTLR.FIQEn"),
        registers.AliasesAndWindowsShowTheSameFlops,
        r"gicv\.CTLR: 0x0000021f, expected 0x0000020f",
    ),
    (stale_mirror(), registers.MirrorFollowsTheDevice, r"\.\w+(\[\d+\])?: 0x\w+, expected 0x"),
    (stale_mirror(), registers.FieldWritesKeepTheOtherFields, r"\.\w+(\[\d+\])?: 0x\w+, expected 0x"),
    (
        wrong_reset("GICH_VTR", 0x9000_0004),
        registers.ReadOnlyIgnoresAndWriteOnlyShowsNothing,
        r"gich_self\.VTR: 0x90000003, expected 0x90000004",
    ),
    (
        wrong_reset("GICH_VTR", 0x9000_0004),
        registers.EveryWordOfTheMapIsARegisterOrNothing,
        "read 0x4004 strobes 0xf: 0x90000003, expected 0x90000004",
    ),
    (good_access_among_the_errors(), registers.ErrorsHaveNoEffect, "read 0x4000 strobes 0xf: OKAY"),
)


@cocotb.test()
@cocotb.parametrize(number=range(len(WRONG)))
async def expects(dut, number):
    expectation, test, _ = WRONG[number]
    with expectation:
        await uvm_root().run_test(test)
