# SPDX-License-Identifier: Apache-2.0
"""What a guest does, one operation at a time, and its CPU, through which it does it."""

from enum import Enum
from types import coroutine
from typing import Any, Final, NamedTuple

ACKNOWLEDGE: Final = ("GICV_IAR", "GICV_AIAR")
COMPLETE: Final = ("GICV_EOIR", "GICV_AEOIR", "GICV_DIR")
DIR: Final = "GICV_DIR"


class Point(Enum):
    """When a guest's handler serves the device that has interrupted it."""

    ACTIVE = "active"  # just acknowledged
    BEFORE = "before"  # just before the EOI
    AFTER = "after"  # just after it


class VirtualAccess(NamedTuple):
    """An access to a GICV register."""

    register: str
    write: bool
    value: int


class DistributorAccess(NamedTuple):
    """An access to GICD, which is trapped; `offset` from its base, `length` in bytes."""

    write: bool
    offset: int
    length: int
    value: int


class DeviceAccess(NamedTuple):
    """The guest serves the device that has an interrupt."""

    intid: int
    point: Point


class Work(NamedTuple):
    """Something that takes time, and has nothing to do with interrupts."""


class Wait(NamedTuple):
    """WFI. `alarm`: the guest wakes up after a while, even if no interrupt comes."""

    alarm: bool


Operation = VirtualAccess | DistributorAccess | DeviceAccess | Work | Wait
WORK: Final = Work()


class GuestCpu:
    """A vCPU as its guest sees it. Each await is an operation; between two of them the guest can be anywhere.

    number  of the vCPU
    """

    def __init__(self, number: int) -> None:
        self.number: Final = number

    async def read(self, register: str) -> int:
        """A GICV register."""
        value: int = await _do(VirtualAccess(register, False, 0))
        return value

    async def write(self, register: str, value: int) -> None:
        """A GICV register."""
        await _do(VirtualAccess(register, True, value))

    async def read_distributor(self, offset: int, length: int = 4) -> int:
        """GICD; 0 after a data abort."""
        value: int = await _do(DistributorAccess(False, offset, length, 0))
        return value

    async def write_distributor(self, offset: int, value: int, length: int = 4) -> None:
        """GICD."""
        await _do(DistributorAccess(True, offset, length, value))

    async def serve(self, intid: int, point: Point) -> None:
        """Do what the device of an interrupt wants."""
        await _do(DeviceAccess(intid, point))

    async def work(self) -> bool:
        """Something else; whether vIRQ or vFIQ was high then."""
        signalled: bool = await _do(WORK)
        return signalled

    async def wait(self, *, alarm: bool = False) -> None:
        """WFI."""
        await _do(Wait(alarm))


@coroutine
def _do(operation: Operation) -> Any:
    return (yield operation)
