# SPDX-License-Identifier: Apache-2.0
"""AHB-Lite by cocotbext-ahb's master."""

import logging
from collections.abc import Mapping
from typing import Any

from cocotbext.ahb import AHBBus, AHBLiteMaster, AHBResp

from tb.dut.bus.kinds import KINDS

_WORD = 4  # bytes


class AhbLiteBus:
    """One manager, one subordinate; transfers are words."""

    def __init__(self, dut: Any, clock: Any, reset: Any, ports: Mapping[str, str]) -> None:
        kind = KINDS["ahb-lite"]
        signals = {name: ports[name] for name in kind.required}
        optional = {name: ports[name] for name in kind.optional if name in ports}
        bus = AHBBus(dut, "", signals=signals, optional_signals=optional)
        self._master = AHBLiteMaster(bus, clock, reset, timeout=-1)
        self._master.log.setLevel(logging.WARNING)

    async def read(self, address: int) -> tuple[int, bool]:
        (response,) = await self._master.read(address, _WORD)
        return int(response["data"], 16), response["resp"] == AHBResp.ERROR

    async def write(self, address: int, data: int, strobes: int) -> bool:
        (response,) = await self._master.write(address, data, _WORD)
        return bool(response["resp"] == AHBResp.ERROR)
