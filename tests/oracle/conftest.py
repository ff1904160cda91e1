# SPDX-License-Identifier: Apache-2.0
"""A QEMU that is none: the qtest protocol in front of the reference model."""

import socket
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest

from gicv2_registers import GICV2_GICH_SELF_BASE, GICV2_GICV_BASE
from tb.model.hardware.distributor import PhysicalDistributor
from tb.model.hardware.gic import Gic
from tb.oracle import machine
from tb.oracle.qtest import QTest
from tb.oracle.recorder import PARAMETERS

BASES = {machine.BASES["GICH"]: GICV2_GICH_SELF_BASE, machine.BASES["GICV"]: GICV2_GICV_BASE}
PAGE = 0xFFFF


class FakeQemu:
    """Answers qtest commands.

    corrupt  called with the number of a read and its value, gives the answer
    dead     a pin that never changes
    """

    def __init__(self, corrupt: Callable[[int, int], int], dead: int | None) -> None:
        self._corrupt = corrupt
        self._dead = dead
        self._reads = 0
        self._gic = Gic(PARAMETERS)
        self._distributor = PhysicalDistributor()
        self._pending = 0  # INTID
        self._levels = self._gic.banks[0].lines

    def serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("r", encoding="ascii", newline="\n") as commands:
            for command in commands:
                connection.sendall(self._answer(command.strip()).encode("ascii"))

    def _answer(self, command: str) -> str:
        name, *rest = command.split()
        value = None
        if name == "readl":
            self._reads += 1
            value = self._corrupt(self._reads, self._read(int(rest[0], 0)))
        elif name == "writel":
            self._write(int(rest[0], 0), int(rest[1], 0))
        elif name != "irq_intercept_in":
            return f"FAIL Unknown command '{name}'\n"
        changes = ""
        lines = self._gic.banks[0].lines
        for pin, old, new in zip(machine.PINS, self._levels, lines, strict=True):
            if old != new and pin != self._dead:
                changes += f"IRQ {'raise' if new else 'lower'} {pin}\n"
        self._levels = lines
        return f"{changes}OK\n" if value is None else f"{changes}OK 0x{value:016x}\n"

    def _read(self, address: int) -> int:
        if address == machine.GICC_IAR:
            self._distributor.acknowledge(self._pending)
            return self._pending
        if machine.GICD_ISACTIVER <= address < machine.GICD_ICACTIVER:
            return self._distributor.read(f"GICD_ISACTIVER{(address - machine.GICD_ISACTIVER) // 4}")
        return self._gic.access(0, False, BASES[address & ~PAGE] + (address & PAGE)).value

    def _write(self, address: int, value: int) -> None:
        if machine.GICD_ISPENDR <= address < machine.GICD_ISACTIVER:
            self._pending = 8 * (address - machine.GICD_ISPENDR) + value.bit_length() - 1
        elif machine.GICD_ISACTIVER <= address < machine.GICD_ICACTIVER:
            self._distributor.write(f"GICD_ISACTIVER{(address - machine.GICD_ISACTIVER) // 4}", value)
        elif machine.GICD_ICACTIVER <= address < machine.GICC_CTLR:
            self._distributor.write(f"GICD_ICACTIVER{(address - machine.GICD_ICACTIVER) // 4}", value)
        elif address & ~PAGE in BASES:
            done = self._gic.access(0, True, BASES[address & ~PAGE] + (address & PAGE), value)
            if done.deactivated is not None:
                self._distributor.deactivate(done.deactivated, 0)


@pytest.fixture
def connect() -> Iterator[Callable[..., QTest]]:
    """Gives a client of the server that is the function it is called with."""
    threads: list[Thread] = []
    clients: list[QTest] = []

    def connected(serve: Callable[[socket.socket], Any], timeout: float = 10.0) -> QTest:
        ours, theirs = socket.socketpair()
        threads.append(Thread(target=serve, args=[theirs]))
        threads[-1].start()
        clients.append(QTest(ours, timeout))
        return clients[-1]

    yield connected
    for client in clients:
        client.close()
    for thread in threads:
        thread.join(10.0)
        assert not thread.is_alive()


@pytest.fixture
def fake_machine(connect: Callable[..., QTest]) -> Callable[..., machine.Machine]:
    """Gives a machine in front of the reference model."""

    def make(
        corrupt: Callable[[int, int], int] = lambda n, value: value, dead: int | None = None
    ) -> machine.Machine:
        return machine.Machine(connect(FakeQemu(corrupt, dead).serve))

    return make
