# SPDX-License-Identifier: Apache-2.0
"""From a stimulus to a trace: makes accesses on QEMU, marks what QEMU is no judge of, writes the records.

A reference model runs beside, for the state that marks and choices depend on; no answer is taken from it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from tb.model.hardware.address_map import address
from tb.model.hardware.distributor import PhysicalDistributor
from tb.model.hardware.gic import Gic
from tb.model.hardware.parameters import Parameters
from tb.model.trace import Record, Writer, device_meta
from tb.oracle.deviations import Mark, State, avoided, line_marks, value_marks
from tb.oracle.machine import Access, Answer

PARAMETERS: Final = Parameters(num_cpu=1, num_lr=4)  # QEMU's, as far as a trace shows them


class Device(Protocol):
    """What takes the accesses: tb.oracle.machine.Machine."""

    def exchange(self, accesses: list[Access]) -> list[Answer]:
        """Make the accesses in order."""


class Recorder:
    """Records the accesses that a stimulus asks for.

    records      accesses made
    state        the bank's state after them
    distributor  the physical interrupts after them
    """

    def __init__(self, device: Device, writer: Writer, meta: Mapping[str, Any]) -> None:
        self._device = device
        self._writer = writer
        self._gic = Gic(PARAMETERS)
        self._queue: list[tuple[Access, list[Mark]]] = []  # not sent yet: no answer was needed
        self.records = 0
        self.state = State(self._gic.banks[0].words)
        self.distributor = PhysicalDistributor()
        writer.write(Record("reset", meta={**device_meta(PARAMETERS), **meta}))

    @property
    def signalled(self) -> bool:
        """Whether an interrupt is signalled to the guest."""
        lines = self._gic.banks[0].lines
        return bool(lines.virq or lines.vfiq)

    def list_register(self, index: int) -> int:
        """The word of a list register."""
        return self._gic.banks[0].words[8 + index]

    def write(self, reg: str, value: int) -> bool:
        """Write a register; False if that is avoided in this state."""
        return self._make(Access("w", reg, value))

    def observe(self, reg: str) -> None:
        """Read a register, without waiting for the answer."""
        self._make(Access("r", reg))

    def read(self, registers: Iterable[str]) -> list[int]:
        """Read registers. The list lacks the answers to reads that are avoided in this state."""
        self.flush()
        for reg in registers:
            self.observe(reg)
        return self.flush()

    def activate(self, intid: int) -> None:
        """Make a physical interrupt active: the hypervisor acknowledges it and drops its priority."""
        self._make(Access("pact", "INTID", intid))

    def flush(self) -> list[int]:
        """Make the accesses that are queued, write their records, and return the values."""
        answers = self._device.exchange([access for access, _ in self._queue])
        for (access, marks), answer in zip(self._queue, answers, strict=True):
            self._writer.write(
                Record(
                    access.op,
                    reg=access.reg,
                    value=answer.value,
                    lines=answer.lines._asdict(),
                    skip=frozenset(item for mark in marks for item in mark.skip),
                    haz=tuple(sorted({mark.tag for mark in marks})),
                )
            )
        self._queue.clear()
        return [answer.value for answer in answers]

    def _make(self, access: Access) -> bool:
        if avoided(self.state, access):
            return False
        marks = list(value_marks(self.state, access))
        self._follow(access)
        marks += line_marks(self.state)
        self._queue.append((access, marks))
        self.records += 1
        return True

    def _follow(self, access: Access) -> None:
        """Bring the models up to the state after the access."""
        if access.op == "pact":
            self.distributor.acknowledge(access.value)
        elif not access.reg.startswith("GICD"):
            response = self._gic.access(0, access.op == "w", address(access.reg), access.value)
            if response.deactivated is not None:
                self.distributor.deactivate(response.deactivated, 0)
            self.state = State(self._gic.banks[0].words)
        elif access.op == "w":
            self.distributor.write(access.reg, access.value)
