# SPDX-License-Identifier: Apache-2.0
"""The plainest bus: the strobe is high until the clock edge at which the device is ready."""

from collections.abc import Mapping
from typing import Any

from cocotb.triggers import FallingEdge, RisingEdge
from cocotb_bus.drivers import BusDriver

from tb.dut.bus.kinds import KINDS


class StrobeBus:
    """`rdata` and `error` count while strobe and ready are high; without `ready`, in the one clock cycle."""

    def __init__(self, dut: Any, clock: Any, reset: Any, ports: Mapping[str, str]) -> None:
        kind = KINDS["strobe"]
        signals = {
            "_signals": {name: ports[name] for name in kind.required},
            "_optional_signals": {name: ports[name] for name in kind.optional if name in ports},
        }
        self._bus = type("Driver", (BusDriver,), signals)(dut, None, clock).bus
        self._clock = clock
        for name in ("strobe", "write", "address", "wdata"):
            getattr(self._bus, name).value = 0

    async def read(self, address: int) -> tuple[int, bool]:
        return await self._access(address, False, 0, 0)

    async def write(self, address: int, data: int, strobes: int) -> bool:
        _, error = await self._access(address, True, data, strobes)
        return error

    async def _access(self, address: int, write: bool, data: int, strobes: int) -> tuple[int, bool]:
        bus = self._bus
        await RisingEdge(self._clock)
        bus.strobe.value, bus.write.value = 1, write
        bus.address.value, bus.wdata.value = address, data
        if hasattr(bus, "byte_enable"):
            bus.byte_enable.value = strobes
        await FallingEdge(self._clock)
        while hasattr(bus, "ready") and not int(bus.ready.value):
            await FallingEdge(self._clock)
        value = 0 if write else int(bus.rdata.value)
        error = hasattr(bus, "error") and bool(int(bus.error.value))
        await RisingEdge(self._clock)
        bus.strobe.value = 0
        return value, error
