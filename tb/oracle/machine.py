# SPDX-License-Identifier: Apache-2.0
"""The interrupt controller of QEMU's `virt` machine: where its registers and its interrupt pins are.

Its one CPU never runs: qtest makes the accesses in its place.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Final, NamedTuple

from gicv2_registers import REGISTERS
from tb.errors import UserError
from tb.model.hardware.virtual_interface import Lines
from tb.oracle.qtest import QTest, qemu

MACHINE: Final = ("-machine", "virt,gic-version=2,virtualization=on", "-cpu", "cortex-a15", "-m", "16")
CPU: Final = "/machine/unattached/device[0]"
PINS: Final = Lines(maint=0, virq=2, vfiq=3)  # inputs of the CPU; 0 is its physical IRQ
BASES: Final = {"GICH": 0x0803_0000, "GICV": 0x0804_0000}

# Physical distributor and CPU interface, the hardware below the hypervisor.
GICD_CTLR: Final = 0x0800_0000
GICD_ISENABLER: Final = 0x0800_0100
GICD_ICENABLER: Final = 0x0800_0180
GICD_ISPENDR: Final = 0x0800_0200
GICD_ISACTIVER: Final = 0x0800_0300
GICD_ICACTIVER: Final = 0x0800_0380
GICC_CTLR: Final = 0x0801_0000
GICC_PMR: Final = 0x0801_0004
GICC_IAR: Final = 0x0801_000C
GICC_EOIR: Final = 0x0801_0010
ENABLE_AND_EOIMODE: Final = 0x201  # GICC_CTLR: EOIR drops the priority, the interrupt stays active
MAINTENANCE: Final = 25  # INTID of the maintenance interrupt


class Access(NamedTuple):
    """A record's worth of stimulus.

    op     as in a trace: "r", "w", or "pact" for a physical interrupt that becomes active
    reg    name of a GICH, GICV or GICD_I[SC]ACTIVERn register; "INTID" for "pact"
    value  what is written, or the INTID of "pact"
    """

    op: str
    reg: str
    value: int = 0


class Answer(NamedTuple):
    """What came of an access: the value that was read, or the one given; and the lines afterwards."""

    value: int
    lines: Lines


class Machine:
    """The controller after reset, ready for accesses.

    The maintenance interrupt is the only physical interrupt left enabled, so the CPU's IRQ pin is its level.
    """

    def __init__(self, qtest: QTest) -> None:
        self._qtest = qtest
        self._levels = dict.fromkeys(PINS, 0)
        qtest.exchange(
            [
                f"irq_intercept_in {CPU}",
                _write(GICD_CTLR, 1),
                _write(GICC_CTLR, ENABLE_AND_EOIMODE),
                _write(GICC_PMR, 0xFF),
                _set_bit(GICD_ISENABLER, MAINTENANCE),
            ]
        )

    def exchange(self, accesses: Sequence[Access]) -> list[Answer]:
        """Make the accesses, pipelined, and return what came of them in order."""
        commands = [_commands(access) for access in accesses]
        replies = iter(self._qtest.exchange([command for group in commands for command in group]))
        answers = []
        for access, group in zip(accesses, commands, strict=True):
            value = access.value
            for reply in islice(replies, len(group)):
                self._levels.update(reply.pins)
                if reply.value is not None:
                    value = reply.value
            if access.op == "pact" and value != access.value:
                raise UserError(f"QEMU acknowledged physical interrupt {value} instead of {access.value}")
            answers.append(Answer(value, Lines._make(self._levels[pin] for pin in PINS)))
        return answers


@contextmanager
def start() -> Iterator[Machine]:
    """A machine fresh from reset: a QEMU of its own, which ends with the block."""
    with qemu(MACHINE) as qtest:
        yield Machine(qtest)


def _commands(access: Access) -> list[str]:
    if access.op == "pact":
        return _activate(access.value)
    address = _address(access.reg)
    return [f"readl {address:#x}" if access.op == "r" else _write(address, access.value)]


def _activate(intid: int) -> list[str]:
    """Make a physical interrupt pending, acknowledge it and drop its priority: it stays active.

    The maintenance interrupt is off meanwhile, or it could be the one that is acknowledged.
    """
    return [
        _set_bit(GICD_ICENABLER, MAINTENANCE),
        _set_bit(GICD_ISENABLER, intid),
        _set_bit(GICD_ISPENDR, intid),
        f"readl {GICC_IAR:#x}",
        _write(GICC_EOIR, intid),
        _set_bit(GICD_ICENABLER, intid),
        _set_bit(GICD_ISENABLER, MAINTENANCE),
    ]


def _address(reg: str) -> int:
    if match := re.fullmatch(r"GICD_I([SC])ACTIVER(\d+)", reg):
        return (GICD_ISACTIVER if match[1] == "S" else GICD_ICACTIVER) + 4 * int(match[2])
    return BASES[REGISTERS[reg].block] + REGISTERS[reg].offset


def _write(address: int, value: int) -> str:
    return f"writel {address:#x} {value:#x}"


def _set_bit(base: int, intid: int) -> str:
    """Write the bit of an interrupt in a set of registers that have one for each."""
    return _write(base + 4 * (intid // 32), 1 << intid % 32)
