# SPDX-License-Identifier: Apache-2.0
"""Compares a foreign device with the reference, access by access."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NoReturn

from gicv2_registers import (
    GICV2_GICH_CPU_BASE,
    GICV2_GICH_CPU_STRIDE,
    GICV2_GICH_SELF_BASE,
    GICV2_GICV_BASE,
    GICV_IIDR_OFFSET,
    REGISTERS,
)
from tb.dut.description import OPEN, Description
from tb.dut.device import Device, DifferenceError, Seen
from tb.dut.reference import Outcome, Reference
from tb.dut.rules import rules_of
from tb.model.hardware.address_map import decode
from tb.model.hardware.gic import ALL_BYTES
from tb.model.hardware.virtual_interface import Lines
from tb.model.trace import Record

IIDR: Final = GICV2_GICV_BASE + GICV_IIDR_OFFSET
_GICH_END: Final = GICV2_GICH_SELF_BASE + GICV2_GICH_CPU_STRIDE
_DERIVED: Final = ("MISR", "EISR0", "EISR1", "ELRSR0", "ELRSR1")  # what shows best in another word
_STATUS: Final = ("HCR", "VMCR", "APR", "MISR", "EISR0", "EISR1", "ELRSR0", "ELRSR1")
OBSERVED: Final = len(_STATUS)  # words of a bank's state before its list registers
_VTR_LISTREGS: Final = 0x3F
_SOON: Final = 100  # clock cycles in which a line that is late may still follow


class UnreachableError(Exception):
    """An access that cannot be made on this device: why."""


def place(description: Description, address: int) -> int:
    """Where the device has what is at a 16-bit address from the GIC's base. Raises UnreachableError."""
    bus = description.bus
    if GICV2_GICH_SELF_BASE <= address < _GICH_END:
        return bus.gich + address - GICV2_GICH_SELF_BASE
    if address >= GICV2_GICV_BASE and address - GICV2_GICV_BASE < 0x2000:
        return bus.gicv + address - GICV2_GICV_BASE
    offset = address - GICV2_GICH_CPU_BASE
    if bus.gich_of_cpu is not None and 0 <= offset < GICV2_GICH_CPU_STRIDE * description.num_cpu:
        return bus.gich_of_cpu + offset
    raise UnreachableError(f"the description gives no place for {address:#06x}")


class Checker:
    """The device and the reference side by side. All accesses go through it.

    counts  what was compared, by its name
    """

    def __init__(self, device: Device, description: Description, num_lr: int) -> None:
        self.counts: Final = Counter[str]()
        self.parameters: Final = description.parameters(num_lr)
        self._device: Final = device
        self._description: Final = description
        self._reference: Final = Reference(self.parameters, description.choices)
        self._last = "reset"
        self._lines: Final = [Lines(0, 0, 0)] * self.parameters.num_cpu

    async def reset(self) -> None:
        """Reset both, and compare."""
        self._reference.reset()
        self._last = "reset"
        await self._device.reset()
        for cpu in range(self.parameters.num_cpu):
            if self._description.choices.reset == OPEN:
                self._reference.adopt(cpu, await self._words(cpu))
            await self.check_state(cpu)

    async def access(self, cpu: int, write: bool, addr: int, data: int = 0, strb: int = ALL_BYTES) -> Seen:
        """One access by its address from the GIC's base. DifferenceError, after which nothing is compared.

        Where the device has no port for deactivations, they are the reference's.
        """
        target = place(self._description, addr)
        bank, outcomes = self._reference.access(cpu, write, addr, data, strb)
        own = outcomes[0]
        name = decode(cpu, addr, self.parameters.num_cpu).register or f"{addr:#06x}"
        self._last = doing = f"{f'write of {data:#010x} to' if write else 'read of'} {name} by CPU {cpu}"
        self.counts["accesses"] += 1
        record = Record(
            *("w" if write else "r", cpu), addr=addr, value=data if write else own.value, strb=strb,
            resp="SLVERR" if own.error else "OKAY",
            deact=tuple(_listed(own)),
        )  # fmt: skip
        try:
            seen = await self._device.access(cpu, bank, write, target, data, strb)
        except DifferenceError as error:
            raise DifferenceError(f"{self._device.now}: {error}, at the {doing}", record) from None
        if len(outcomes) > 1:
            own = (
                await self._chosen(bank, [o for o in outcomes if self._answers(o, seen, write, addr)]) or own
            )
        for kind, device, reference in self._compared(own, seen, write, addr):
            self.counts[kind] += 1
            if device != reference:
                subject = f"{name} {kind}"
                self._differs(subject, f"is {_text(device)}", f"{_text(reference)} at the {doing}", record)
        if own.deactivated is not None and self._description.deactivation:
            self.counts["deactivations"] += 1
        for other in range(self.parameters.num_cpu):
            try:
                self._check_lines(other, f"after the {doing}", record)
            except DifferenceError as error:
                raise DifferenceError(f"{error}{await self._late(other)}", record) from None
        if not self._description.deactivation:
            seen = seen._replace(deactivated=_listed(own))
        return seen

    async def _chosen(self, bank: int, outcomes: Sequence[Outcome]) -> Outcome | None:
        """The one of several outcomes that is the device's by its state; the reference goes on from there."""
        words = await self._words(bank)
        for outcome in outcomes:
            if outcome.words == words:
                self._reference.adopt(bank, words)
                return outcome
        return None

    async def check_state(self, cpu: int) -> None:
        """Compare the state of a bank, by observation port or registers, and see that the lines hold."""
        when = f"after the {self._last}"
        expected = self._reference.words(cpu)
        observed = await self._words(cpu)
        self.counts["states"] += 1
        differing = [
            (name, device, reference)
            for name, device, reference in zip(self._names, observed, expected, strict=True)
            if device != reference
        ]
        for name, device, reference in sorted(differing, key=lambda item: item[0] in _DERIVED):
            self._differs(f"GICH_{name}", f"of CPU {cpu} is {device:#010x}", f"{reference:#010x} {when}")
        self._check_lines(cpu, f"some time {when}")

    def lines(self, cpu: int) -> Lines:
        """The levels that were compared last."""
        return self._lines[cpu]

    def words(self, cpu: int) -> tuple[int, ...]:
        """The reference's state of a bank, as VirtualInterface.words."""
        return self._reference.words(cpu)

    def missing(self) -> list[str]:
        """What should have been compared and never was."""
        return [
            kind for kind in ("accesses", "value", "response", "lines", "states") if not self.counts[kind]
        ]

    @property
    def _names(self) -> Sequence[str]:
        return (*_STATUS, *(f"LR{n}" for n in range(self.parameters.num_lr)))

    def _answers(self, outcome: Outcome, seen: Seen, write: bool, addr: int) -> bool:
        return all(device == own for _, device, own in self._compared(outcome, seen, write, addr))

    def _compared(
        self, own: Outcome, seen: Seen, write: bool, addr: int
    ) -> Iterator[tuple[str, object, object]]:
        """What of an access is compared: its name, what the device did, what the reference did."""
        yield "response", "SLVERR" if seen.error else "OKAY", "SLVERR" if own.error else "OKAY"
        if not (write or own.error or (addr == IIDR and self._description.iidr is None)):
            yield "value", seen.value, own.value
        if self._description.deactivation:
            yield "deactivation", seen.deactivated, _listed(own)

    def _check_lines(self, cpu: int, when: str, record: Record | None = None) -> None:
        allowed = self._reference.lines(cpu)
        levels = self._device.lines(cpu, allowed[0])
        self._lines[cpu] = levels
        self.counts["lines"] += len(self._description.lines)
        if levels not in allowed:
            name = next(name for name in Lines._fields if getattr(levels, name) != getattr(allowed[0], name))
            level, expected = getattr(levels, name), getattr(allowed[0], name)
            self._differs(name, f"of CPU {cpu} is {level}", f"{expected} {when}", record)

    async def _late(self, cpu: int) -> str:
        """Whether the lines follow after all, in words."""
        allowed, latency = self._reference.lines(cpu), self._description.latency
        for cycles in range(1, _SOON):
            await self._device.cycle()
            if self._device.lines(cpu, allowed[0]) in allowed:
                return f"; it follows {cycles} cycles later: [lines] latency = {latency + cycles} allows that"
        return ""

    def _differs(self, subject: str, device: str, reference: str, record: Record | None = None) -> NoReturn:
        rules = f" ({', '.join(found)})" if (found := rules_of(subject)) else ""
        moment = f"{self._device.now}, access {self.counts['accesses']}"
        raise DifferenceError(f"{moment}: {subject} {device}, the reference has {reference}{rules}", record)

    async def _words(self, cpu: int) -> tuple[int, ...]:
        """The state of a bank, as VirtualInterface.words."""
        names = self._names
        words = self._device.words(cpu, len(names))
        if words is not None:
            return words
        values = []
        for name in names:
            if name in ("EISR1", "ELRSR1") and self.parameters.num_lr <= 32:
                values.append(0)
                continue
            offset = REGISTERS[f"GICH_{name}"].offset
            value, error = await self._device.read(cpu, self._description.bus.gich + offset)
            if error:
                self._differs(f"GICH_{name} response", "is SLVERR", f"OKAY at a read by CPU {cpu}")
            values.append(value)
        return tuple(values)


async def list_registers(device: Device, description: Description) -> int:
    """How many list registers a bank has: as described, or as GICH_VTR says. The device must be reset."""
    if description.num_lr is not None:
        return description.num_lr
    vtr, _ = await device.read(0, description.bus.gich + REGISTERS["GICH_VTR"].offset)
    return (vtr & _VTR_LISTREGS) + 1


def _listed(outcome: Outcome) -> list[int]:
    return [] if outcome.deactivated is None else [outcome.deactivated]


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:#x}" if isinstance(value, int) else str(value)
