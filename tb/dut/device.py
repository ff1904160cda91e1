# SPDX-License-Identifier: Apache-2.0
"""The pins of a foreign device: clock, reset, one access after the other, and what they do to the outputs."""

import re
from collections.abc import Coroutine, Iterator
from typing import Any, Final, NamedTuple, TypeVar, cast

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge, SimTimeoutError, with_timeout
from cocotb.utils import get_sim_time

from tb.dut.bus.master import MASTERS, Master
from tb.dut.description import CPU, Deactivation, Description, Pin
from tb.errors import UserError
from tb.model.hardware.virtual_interface import Lines
from tb.model.trace import Record

PERIOD: Final = 10  # ns
PATIENCE: Final = 10_000  # clock cycles that an access may take
_RESET_EDGES: Final = 5
T = TypeVar("T")


class Seen(NamedTuple):
    """What came of an access.

    value        read datum; 0 of a write
    error        answered with an error
    deactivated  physical INTIDs that the bank requested to deactivate
    """

    value: int
    error: bool
    deactivated: list[int]


class DifferenceError(Exception):
    """The device does not do what it must: one sentence. `record`: the access that showed it, if one did."""

    def __init__(self, sentence: str, record: Record | None = None) -> None:
        super().__init__(sentence)
        self.record = record


class Device:
    """A foreign device as the top of the simulation. UserError where it lacks a port of its description."""

    def __init__(self, dut: Any, description: Description) -> None:
        self._dut: Final = dut
        self._description: Final = description
        self._clock: Final = self._port(description.clock, "[clock] port")
        self._reset: Final = self._port(description.reset.port, "[reset] port")
        cpus = range(description.num_cpu)
        self._lines: Final = [dict(self._line_ports(cpu)) for cpu in cpus]
        self._observation: Final = [self._words_port(cpu) for cpu in cpus]
        self._masters: Final[list[Master]] = []
        for cpu in cpus:
            ports = self._bus_ports(cpu)
            self._masters.append(MASTERS[description.bus.kind](dut, self._clock, self._reset, ports))
        self._requests: Final[list[list[int]]] = [[] for _ in cpus]
        for name, value in description.design.ties.items():
            self._port(name, "[design] ties").value = value
        Clock(self._clock, PERIOD, "ns").start()
        if description.deactivation:
            for cpu in cpus:
                cocotb.start_soon(
                    self._collect(cpu, *self._deactivation_ports(cpu, description.deactivation))
                )

    async def reset(self) -> None:
        """Reset it, and let the outputs settle."""
        low = self._description.reset.active_low
        self._reset.value = not low
        await ClockCycles(self._clock, _RESET_EDGES)
        self._reset.value = low
        await self._settle()
        for requests in self._requests:
            requests.clear()

    async def read(self, cpu: int, address: int) -> tuple[int, bool]:
        """Read a register that has no side effect: the datum, and whether it was an error."""
        return await _in_time(self._masters[cpu].read(address))

    async def access(self, cpu: int, bank: int, write: bool, address: int, data: int, strb: int) -> Seen:
        """One access on the bus of `cpu` to `bank`; over when the declared latency has passed."""
        if write:
            value, error = 0, await _in_time(self._masters[cpu].write(address, data, strb))
        else:
            value, error = await self.read(cpu, address)
        await self._settle()
        requests = self._requests[bank]
        deactivated = requests.copy()
        requests.clear()
        return Seen(value, error, deactivated)

    def lines(self, cpu: int, otherwise: Lines) -> Lines:
        """The levels of the outputs; `otherwise`: of those that it does not have."""
        return otherwise._replace(
            **{name: _integer(port) ^ low for name, (port, low) in self._lines[cpu].items()}
        )

    def words(self, cpu: int, number: int) -> tuple[int, ...] | None:
        """So many words of state, as the observation port has them; None if there is none."""
        observation = self._observation[cpu]
        if observation is None:
            return None
        port, first = observation
        if len(port) < 32 * (first + number):
            raise UserError(
                f"{self._description.file}: [observation] port: {port._name} has {len(port)} bits, fewer "
                f"than {number} words from {first} on"
            )
        value = _integer(port) >> 32 * first
        return tuple(value >> 32 * n & 0xFFFF_FFFF for n in range(number))

    @property
    def now(self) -> str:
        """The simulation's time."""
        return f"{get_sim_time('ns'):.0f} ns"

    async def cycle(self) -> None:
        """One clock cycle more."""
        await FallingEdge(self._clock)

    async def _settle(self) -> None:
        """Up to the midst of the clock cycle in which all has followed the last access."""
        if self._description.latency > 1:
            await ClockCycles(self._clock, self._description.latency - 1)
        await FallingEdge(self._clock)

    async def _collect(self, cpu: int, valid: Any, intid: Any, ready: Any) -> None:
        """Note each request for a deactivation; at an edge, before who waits for that edge later looks."""
        low = self._description.reset.active_low
        if ready is not None:
            ready.value = 1
        while True:
            await FallingEdge(self._clock)
            if _integer(self._reset) == low and _integer(valid):
                self._requests[cpu].append(_integer(intid))

    # ---- ports

    def _port(self, name: str, key: str) -> Any:
        handle = getattr(self._dut, name, None)
        if handle is None:
            there = ", ".join(self._port_names())
            raise UserError(
                f"{self._description.file}: {key}: {self._dut._name} has no port {name!r}; it has {there}"
            )
        return handle

    def _port_names(self) -> list[str]:
        """The signals of the top that its sources declare as ports."""
        text = "".join(file.read_text(errors="replace") for file in self._description.design.sources)
        text = re.sub(r"//[^\n]*|/\*[\s\S]*?\*/", "", text)
        declared = set(re.findall(r"\w+", " ".join(re.findall(r"\b(?:input|output|inout)\b[^;)]*", text))))
        return sorted({handle._name for handle in self._dut} & declared)

    def _bus_ports(self, cpu: int) -> dict[str, str]:
        bus = self._description.bus
        ports = {}
        for signal, pattern in bus.ports.items():
            name = pattern.replace(CPU, str(cpu))
            if signal in bus.signals.required or signal in bus.named:
                self._port(name, f"[bus] {signal}")
            if hasattr(self._dut, name):
                ports[signal] = name
        width = len(getattr(self._dut, ports[bus.signals.address]))
        for key, last in (("gich", bus.gich + 0x1FF), ("gicv", bus.gicv + 0x1003)):
            if last >> width:
                raise UserError(
                    f"{self._description.file}: [bus] {key}: the registers reach to {last:#x}, but "
                    f"{ports[bus.signals.address]} has {width} bits"
                )
        return ports

    def _line_ports(self, cpu: int) -> Iterator[tuple[str, tuple[Any, bool]]]:
        for name, pin in self._description.lines.items():
            yield name, (self._bit(pin, cpu, f"[lines] {name}"), pin.active_low)

    def _bit(self, pin: Pin, cpu: int, key: str) -> Any:
        port, cpus = self._port(pin.port.replace(CPU, str(cpu)), key), self._description.num_cpu
        if CPU in pin.port or cpus == 1:
            return port
        if len(port) != cpus:
            raise UserError(
                f"{self._description.file}: {key}: {pin.port} has {len(port)} bits; "
                f"allowed are one for each of {cpus} CPUs, or a name with {CPU} in it"
            )
        return port[cpu]

    def _words_port(self, cpu: int) -> tuple[Any, int] | None:
        observation = self._description.observation
        if observation is None:
            return None
        port = self._port(observation.port.replace(CPU, str(cpu)), "[observation] port")
        own = CPU in observation.port or self._description.num_cpu == 1
        return port, observation.first + (0 if own else cpu * (len(port) // 32 // self._description.num_cpu))

    def _deactivation_ports(self, cpu: int, ports: Deactivation) -> tuple[Any, Any, Any]:
        valid, intid, ready = (
            None if name is None else self._port(name.replace(CPU, str(cpu)), f"[deactivation] {key}")
            for name, key in ((ports.valid, "valid"), (ports.id, "id"), (ports.ready, "ready"))
        )
        return valid, intid, ready


async def _in_time(access: Coroutine[Any, Any, T]) -> T:
    """Wait for the end of an access."""
    try:
        return cast(T, await with_timeout(access, PERIOD * PATIENCE, "ns"))
    except SimTimeoutError:
        raise DifferenceError(f"no response within {PATIENCE} clock cycles") from None


def _integer(port: Any) -> int:
    """What an output shows."""
    try:
        return int(port.value)
    except ValueError:
        raise DifferenceError(f"{port._name} is {port.value}") from None
