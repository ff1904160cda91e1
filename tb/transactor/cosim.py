# SPDX-License-Identifier: Apache-2.0
"""Co-simulation ahead of the device: a machine runs on the reference, then the transactor plays its accesses.

The machine's accesses depend on what the hardware answers alone, so they are those of a live run as long as
the device does what the reference does, and that is compared: each answer, all lines and the observation port
after each access.

The machine has a process of its own, so that both go on at the same time.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import cocotb

from tb import watch
from tb.commands.cosim import OUTCOMES
from tb.model.cosim import Cosimulation, Outcome
from tb.model.hardware import address_map
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import run
from tb.model.machine.hardware import Access, Answer, ReferenceHardware
from tb.model.machine.hypervisors import Kind
from tb.model.machine.machine import Setup
from tb.transactor.beside import beside
from tb.transactor.player import CheckedPlayer
from tb.transactor.tape import Command, encode
from tb.uvm import config

PART: Final = 1024  # accesses that are played at a time
_address: Final = lru_cache(address_map.address)


class AheadHardware(ReferenceHardware):
    """The reference, which sends the accesses as tapes, after a reset."""

    def __init__(self, parameters: Parameters, connection: Connection) -> None:
        super().__init__(parameters)
        self.accesses = 0
        self._connection: Final = connection
        self._tape: Final[list[Command | None]] = [None]

    async def access(self, access: Access) -> Answer:
        """Takes no time."""
        cpu, register, write, value = access
        self._tape.append(Command(cpu, write, _address(register), value))
        self.accesses += 1
        if len(self._tape) == PART:
            self.send()
        return await super().access(access)

    def send(self) -> None:
        """What was not yet sent, if anything."""
        if self._tape:
            self._connection.send_bytes(encode(self._tape))
            self._tape.clear()


def simulate(case: tuple[str, str, dict[str, Any]], kind: Kind | None, connection: Connection) -> None:
    """Send tapes, then nothing; receive the entries that are wrong, send the outcome."""
    dialect, scenario, setup = case
    hardware = AheadHardware(config.parameters(), connection)
    cosim = Cosimulation(dialect, scenario, Setup(**setup), hardware, kind)
    watch.leave_word(cosim.publisher, setup["entries"])
    run(cosim.run())
    hardware.send()
    connection.send_bytes(b"")
    wrong = connection.recv()
    if wrong:
        cosim.mismatches = len(wrong)
        cosim.failure = f"the device differs at access {wrong[0]}"
    outcome = cosim.outcome
    counts = {"accesses": hardware.accesses, "cycles": hardware.accesses, "mismatches": len(wrong)}
    connection.send(replace(outcome, counts=counts | outcome.counts))


def tapes(connection: Connection) -> Iterator[bytes]:
    """As they come."""
    while tape := connection.recv_bytes():
        yield tape


async def run_case(
    player: CheckedPlayer, case: tuple[str, str, dict[str, Any]], kind: Kind | None = None
) -> Outcome:
    """What came of dialect, scenario and setup; `kind` is another hypervisor than that of the dialect."""
    started = perf_counter()
    machine = beside(partial(simulate, case, kind))
    machine.send(await player.check(tapes(machine)))
    outcome: Outcome = machine.recv()
    return replace(outcome, seconds=perf_counter() - started)


@cocotb.test()
async def cosim(dut: Any) -> None:
    """Option `cases`: for each its dialect, scenario and setup, in JSON. Leaves an Outcome of each."""
    player = CheckedPlayer(dut, config.parameters())
    with Path(OUTCOMES).open("w", encoding="utf-8") as outcomes:
        for case in json.loads(config.option("cases", "[]")):
            outcomes.write(json.dumps(vars(await run_case(player, case))) + "\n")
            outcomes.flush()
