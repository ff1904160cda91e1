# SPDX-License-Identifier: Apache-2.0
"""Who performs the accesses of a machine: the reference model, or the owner of a simulation."""

from typing import Final, NamedTuple, Protocol

from gicv2_registers import REGISTERS
from tb.model.hardware.gic import Gic
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import Lines


class Access(NamedTuple):
    """An access to a GICH or GICV register by its architectural name, in the own view of `cpu`."""

    cpu: int
    register: str
    write: bool
    value: int


class Answer(NamedTuple):
    """What came of an access.

    value        read datum; 0 of a write
    deactivated  physical INTID whose deactivation it requests, or None
    """

    value: int
    deactivated: int | None


class Hardware(Protocol):
    """Banks of GICH and GICV. Each access is complete, outputs included, before the next one begins."""

    async def access(self, access: Access) -> Answer:
        """Perform an access; whoever runs the machine's loop may wait here for clock edges."""

    def lines(self, cpu: int) -> Lines:
        """The outputs of a bank after the last access."""

    def words(self, cpu: int) -> tuple[int, ...]:
        """The state of a bank after the last access, as VirtualInterface.words."""


class ReferenceHardware(Hardware):
    """The reference model alone, without a simulator."""

    def __init__(self, parameters: Parameters) -> None:
        self._banks: Final = Gic(parameters).banks

    async def access(self, access: Access) -> Answer:
        """Takes no time."""
        cpu, name, write, value = access
        bank, register = self._banks[cpu], REGISTERS[name]
        if register.block == "GICH":
            if not write:
                return Answer(bank.read_gich(register.offset), None)
            bank.write_gich(register.offset, value)
            return Answer(0, None)
        if not write:
            return Answer(bank.read_gicv(register.offset), None)
        return Answer(0, bank.write_gicv(register.offset, value))

    def lines(self, cpu: int) -> Lines:
        return self._banks[cpu].lines

    def words(self, cpu: int) -> tuple[int, ...]:
        return self._banks[cpu].words
