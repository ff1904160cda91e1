# SPDX-License-Identifier: Apache-2.0
"""AXI4-Lite by cocotb-bus's master."""

from collections.abc import Mapping
from typing import Any

from cocotb_bus.drivers.amba import AXI4LiteMaster, AXIProtocolError

from tb.dut.bus.kinds import KINDS


class Axi4LiteBus:
    """One manager; AxPROT is 0."""

    def __init__(self, dut: Any, clock: Any, reset: Any, ports: Mapping[str, str]) -> None:
        signals = {name.upper(): ports[name] for name in KINDS["axi4-lite"].required}
        self._master = type("Master", (AXI4LiteMaster,), {"_signals": signals})(dut, None, clock)
        for name in ("awprot", "arprot"):
            if name in ports:
                getattr(dut, ports[name]).value = 0

    async def read(self, address: int) -> tuple[int, bool]:
        try:
            return int(await self._master.read(address)), False
        except AXIProtocolError:
            return 0, True

    async def write(self, address: int, data: int, strobes: int) -> bool:
        try:
            await self._master.write(address, data, byte_enable=strobes)
        except AXIProtocolError:
            return True
        return False
