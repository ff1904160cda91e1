# SPDX-License-Identifier: Apache-2.0
"""What the bench wants of a bus master."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from tb.dut.bus import ahb_lite, apb4, axi4_lite, strobe


class Master(Protocol):
    """Makes one access after the other. Each returns right after the clock edge that ends it."""

    async def read(self, address: int) -> tuple[int, bool]:
        """Read 32 bits: the datum, and whether it was an error."""

    async def write(self, address: int, data: int, strobes: int) -> bool:
        """Write 32 bits, of which `strobes` names the bytes: whether it was an error."""


MASTERS: Final[Mapping[str, Callable[[Any, Any, Any, Mapping[str, str]], Master]]] = {
    "axi4-lite": axi4_lite.Axi4LiteBus,
    "apb4": apb4.Apb4Bus,
    "ahb-lite": ahb_lite.AhbLiteBus,
    "strobe": strobe.StrobeBus,
}
