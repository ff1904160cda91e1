# SPDX-License-Identifier: Apache-2.0
"""Random traffic, its answers known ahead from the reference, played by the transactor."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cocotb

from tb import planting
from tb.model.hardware.address_map import address
from tb.model.hardware.gic import Gic
from tb.model.hardware.parameters import Parameters
from tb.transactor.player import CheckedPlayer
from tb.transactor.recording import BLOCK
from tb.transactor.tape import Command, encode
from tb.uvm import config
from tb.uvm.random_traffic import BALANCED, SOURCES, STORMY

PHASE = 500  # accesses, all of one mixture; then there may be a reset
OPENING = (("GICV_CTLR", 7), ("GICV_PMR", 0xF8), ("GICH_HCR", 1))


class Lines:
    """In place of a monitor: what guests know of the pins."""

    def __init__(self, gic: Gic) -> None:
        self._banks = gic.banks

    def interrupted(self, cpu: int) -> bool:
        lines = self._banks[cpu].lines
        return bool(lines.virq or lines.vfiq)


def random_tape(parameters: Parameters, accesses: int) -> Iterator[Command | None]:
    """A tape; the seed is the simulation's."""
    gic = Gic(parameters)
    cpus = range(parameters.num_cpu)
    rng = config.rng("tape")
    sources = [
        [source(cpu, parameters, config.rng(f"{source.__name__}{cpu}"), Lines(gic)) for source in SOURCES]
        for cpu in cpus
    ]
    for number in range(accesses):
        if number % PHASE == 0:
            weights = STORMY if rng.random() < 0.1 else BALANCED
            if number == 0 or rng.random() < 0.3:
                gic.reset()
                yield None
                for cpu in cpus:
                    for register, value in OPENING:
                        gic.access(cpu, True, address(register), value)
                        yield Command(cpu, True, address(register), value)
        cpu = rng.randrange(parameters.num_cpu)
        access = rng.choices(sources[cpu], weights)[0].next_access()
        access.value = gic.access(cpu, access.write, access.addr, access.data, access.strb).value
        access.responded.set()
        yield Command(
            cpu, access.write, access.addr, access.data, access.strb, rng.choice((0, 0, 0, 0, 1, 5))
        )


def parts(tape: list[Command | None]) -> Iterator[bytes]:
    """A tape, encoded, as it is played."""
    for begin in range(0, len(tape), BLOCK):
        yield encode(tape[begin : begin + BLOCK])


@cocotb.test()
async def agrees(dut: Any) -> None:
    """Option `accesses`: how many."""
    parameters = config.parameters()
    tape = list(random_tape(parameters, int(config.option("accesses", "20000"))))
    wrong = await CheckedPlayer(dut, parameters).check(parts(tape))
    assert not wrong, f"{len(wrong)} entries of {len(tape)} are wrong, the first is {wrong[0]}"


@cocotb.test()
async def planted(dut: Any) -> None:
    """Leaves which planted errors were noticed; 0 is the device without an error."""
    parameters = config.parameters()
    tape = list(random_tape(parameters, 5000))
    numbers = [0, *(error.number for error in planting.load() if error.parameters == parameters)]
    player = CheckedPlayer(dut, parameters)
    noticed = []
    for number in numbers:
        dut.planted.value = number
        if await player.check(parts(tape)):
            noticed.append(number)
    Path("noticed.json").write_text(json.dumps(noticed))
