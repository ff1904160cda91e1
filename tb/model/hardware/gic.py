# SPDX-License-Identifier: Apache-2.0
"""All banks behind their address map, untimed: one access after the other (specification §1)."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Final, NamedTuple

from gicv2_registers import REGISTERS
from tb.model.hardware.address_map import decode
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import VirtualInterface

ALL_BYTES: Final = 0xF


class Response(NamedTuple):
    """The answer to an access.

    value        read datum, 32 bits; 0 for a write
    error        answered SLVERR instead of OKAY
    bank         the bank that the access counted for
    deactivated  physical INTID that it requests the distributor to deactivate, or None
    """

    value: int
    error: bool
    bank: int
    deactivated: int | None


class _Route(NamedTuple):
    """Where an address on the port of one CPU leads."""

    bank: int
    read: Callable[[], int]
    write: Callable[[int], int | None]
    done: Response  # of a write that deactivates nothing
    error: Response


class Gic:
    """`parameters.num_cpu` virtual interfaces behind their address map.

    banks  one VirtualInterface a CPU
    """

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.banks = [VirtualInterface(parameters) for _ in range(parameters.num_cpu)]
        self._routes: dict[tuple[int, int], _Route] = {}

    def reset(self) -> None:
        """V2-RST-1."""
        for bank in self.banks:
            bank.reset()

    def __deepcopy__(self, memo: dict[int, object]) -> "Gic":
        """In the same state; spelled out because compiled classes cannot be copied otherwise."""
        other = Gic(self.parameters)
        other.banks[:] = deepcopy(self.banks)
        return other

    def access(self, cpu: int, write: bool, addr: int, data: int = 0, strb: int = ALL_BYTES) -> Response:
        """One read or write of a 16-bit address on the port of `cpu`; a read ignores `data` and `strb`."""
        route = self._routes.get((cpu, addr)) or self._find_route(cpu, addr)
        if addr & 3 or (write and strb != ALL_BYTES):  # V2-MAP-7
            return route.error
        if not write:
            return Response(route.read(), False, route.bank, None)
        deactivated = route.write(data)
        return route.done if deactivated is None else Response(0, False, route.bank, deactivated)

    def _find_route(self, cpu: int, addr: int) -> _Route:
        bank, name = decode(cpu, addr, self.parameters.num_cpu)
        interface = self.banks[bank]
        read: Callable[[], int] = _read_as_zero
        write: Callable[[int], int | None] = _write_ignored
        if name is not None:
            block, offset = REGISTERS[name].block, REGISTERS[name].offset
            gich = block == "GICH"
            read = partial(interface.read_gich if gich else interface.read_gicv, offset)
            write = partial(interface.write_gich if gich else interface.write_gicv, offset)
        route = _Route(bank, read, write, Response(0, False, bank, None), Response(0, True, bank, None))
        self._routes[cpu, addr] = route
        return route


def _read_as_zero() -> int:
    return 0


def _write_ignored(_: int) -> None:
    return None
