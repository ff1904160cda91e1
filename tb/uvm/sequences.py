# SPDX-License-Identifier: Apache-2.0
"""Sequences that every test uses: accesses of one port, resets, the physical distributor's pace."""

from collections.abc import Iterator, Sequence

from pyuvm import uvm_sequence

from tb.model.hardware.address_map import address
from tb.uvm.axi_lite import NO_HOLD, Access, AxiLiteItem, Hold, OpenItem
from tb.uvm.deactivation import DeactivationItem
from tb.uvm.reset import RESET_EDGES, ResetItem


class PortSequence(uvm_sequence):
    """Accesses of one CPU's port."""

    async def issue(self, accesses: Sequence[Access]) -> None:
        """Hand accesses to the driver; they are on their way when this returns."""
        item = AxiLiteItem(accesses)
        await self.start_item(item)
        await self.finish_item(item)

    async def write(
        self, register: str | int, data: int, bank: int | None = None, hold: Hold = NO_HOLD
    ) -> Access:
        """Write a register, by name (in the window of `bank`, if given) or address; returns when answered."""
        return await self.access(Access(True, _address(register, bank), data, hold=hold))

    async def read(self, register: str | int, bank: int | None = None, hold: Hold = NO_HOLD) -> int:
        """Read a register or an address; returns the datum."""
        return (await self.access(Access(False, _address(register, bank), hold=hold))).value

    async def access(self, access: Access) -> Access:
        """Make one access; returns when it is answered."""
        await self.issue((access,))
        await access.responded.wait()
        return access


class KeepPort(uvm_sequence):
    """Has a port for itself: what `item.issue` gets is on its way at once, without the sequencer's turns."""

    def __init__(self) -> None:
        super().__init__("keep_port")
        self.item = OpenItem()

    async def body(self) -> None:
        await self.start_item(self.item)
        await self.finish_item(self.item)


def _address(register: str | int, bank: int | None) -> int:
    return address(register, bank) if isinstance(register, str) else register


class Reset(uvm_sequence):
    """One reset, or only the passing of `after` clock edges when `edges` is 0."""

    def __init__(self, edges: int = RESET_EDGES, after: int = 0) -> None:
        super().__init__("reset")
        self._edges = edges
        self._after = after

    async def body(self) -> None:
        item = ResetItem(self._edges, self._after)
        await self.start_item(item)
        await self.finish_item(item)


class TakeDeactivations(uvm_sequence):
    """The pace at which a bank's deactivation requests are taken from now on: see DeactivationItem."""

    def __init__(self, bank: int, holds: Iterator[int]) -> None:
        super().__init__("take_deactivations")
        self._bank = bank
        self._holds = holds

    async def body(self) -> None:
        item = DeactivationItem(self._bank, self._holds)
        await self.start_item(item)
        await self.finish_item(item)
