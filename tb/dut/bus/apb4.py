# SPDX-License-Identifier: Apache-2.0
"""APB4 by cocotbext-apb's host."""

import logging
from collections.abc import Mapping
from typing import Any

from cocotb.triggers import RisingEdge
from cocotbext.apb import ApbBus, ApbHost

from tb.dut.bus.kinds import KINDS


class Apb4Bus:
    """One requester. PSLVERR is kept from the host, which would end the test where it comes unannounced."""

    def __init__(self, dut: Any, clock: Any, reset: Any, ports: Mapping[str, str]) -> None:
        kind = KINDS["apb4"]
        signals = {name: ports[name] for name in kind.required if name != "penable"}
        optional = {name: ports[name] for name in ("penable", "pstrb", "pprot") if name in ports}
        bus = ApbBus(dut, None, signals=signals, optional_signals=optional)
        self._host = ApbHost(bus, clock, timeout_max=-1, seednum=0)
        self._host.log.setLevel(logging.WARNING)
        self._clock = clock
        self._error = getattr(dut, ports["pslverr"]) if "pslverr" in ports else None

    async def read(self, address: int) -> tuple[int, bool]:
        data = await self._host.read(address)
        return int.from_bytes(data, "little"), await self._end()

    async def write(self, address: int, data: int, strobes: int) -> bool:
        await self._host.write(address, data, strobes)
        return await self._end()

    async def _end(self) -> bool:
        """The host returns in the midst of the last clock cycle."""
        error = bool(self._error is not None and int(self._error.value))
        await RisingEdge(self._clock)
        return error
