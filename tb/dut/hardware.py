# SPDX-License-Identifier: Apache-2.0
"""A foreign device as the hardware of a machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tb.dut.checker import Checker
from tb.dut.device import DifferenceError
from tb.model.hardware.address_map import address
from tb.model.hardware.virtual_interface import Lines
from tb.model.machine.hardware import Access, Answer, Hardware


class ForeignHardware(Hardware):
    """The machine sees what the device answers, and its lines.

    It gets the state of a bank from the reference; before anybody touches the device again, it has shown the
    same. The machine wants to know it at each entry and exit, and at each acknowledge and completion.

    difference  what ended the run, if the device did
    """

    def __init__(self, checker: Checker) -> None:
        self._checker: Final = checker
        self.difference: DifferenceError | None = None
        self._told: Final[set[int]] = set()  # CPUs whose state the machine knows and the device has not shown

    async def access(self, access: Access) -> Answer:
        """Over when the declared latency has passed. DifferenceError where the device differs."""
        cpu, register, write, value = access
        with self._noted():
            await self._confirm()
            seen = await self._checker.access(cpu, write, address(register), value)
        return Answer(seen.value, next(iter(seen.deactivated), None))

    async def reset(self) -> None:
        """Before the machine begins."""
        with self._noted():
            await self._checker.reset()

    async def finish(self) -> None:
        """After it has ended."""
        with self._noted():
            await self._confirm()

    async def _confirm(self) -> None:
        while self._told:
            await self._checker.check_state(self._told.pop())

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except DifferenceError as error:
            self.difference = error
            raise

    def lines(self, cpu: int) -> Lines:
        return self._checker.lines(cpu)

    def words(self, cpu: int) -> tuple[int, ...]:
        self._told.add(cpu)
        return self._checker.words(cpu)
