# SPDX-License-Identifier: Apache-2.0
"""Hardware that takes time: the cycle-accurate device behind its bus, as a simulation would drive it."""

from collections.abc import Coroutine
from types import coroutine
from typing import Any

from tb.model.hardware.address_map import address
from tb.model.hardware.device import Device, PortInputs
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import Lines
from tb.model.machine.hardware import Access, Answer, Hardware

IDLE = PortInputs(deact_ready=1)


@coroutine
def rising_edge() -> Any:
    yield "edge"


class ClockedHardware(Hardware):
    """One access at a time; it is over when its response is taken and the pins have followed."""

    def __init__(self, parameters: Parameters) -> None:
        self.device = Device(parameters)
        self.num_cpu = parameters.num_cpu
        self.device.clock(0, [IDLE] * self.num_cpu)

    async def _clock(self, cpu: int, pins: PortInputs) -> None:
        await rising_edge()
        self.device.clock(1, [pins if number == cpu else IDLE for number in range(self.num_cpu)])

    async def access(self, access: Access) -> Answer:
        cpu, place = access.cpu, address(access.register)
        if access.write:
            pins = PortInputs(awvalid=1, awaddr=place, wvalid=1, wdata=access.value, wstrb=15, deact_ready=1)
        else:
            pins = PortInputs(arvalid=1, araddr=place, deact_ready=1)
        await self._clock(cpu, pins)
        outputs = self.device.outputs(cpu)
        assert outputs.bvalid if access.write else outputs.rvalid
        await self._clock(cpu, IDLE._replace(bready=1, rready=1))
        await self._clock(cpu, IDLE)
        return Answer(outputs.rdata, outputs.deact_id if outputs.deact_valid else None)

    def lines(self, cpu: int) -> Lines:
        outputs = self.device.outputs(cpu)
        return Lines(outputs.maint_irq, outputs.virq, outputs.vfiq)

    def words(self, cpu: int) -> tuple[int, ...]:
        return self.device.observation(cpu)[1:]


def simulate(coroutine: Coroutine[Any, Any, None]) -> int:
    """Run a coroutine that waits for clock edges; how many there were."""
    edges = 0
    while True:
        try:
            assert coroutine.send(None) == "edge"
        except StopIteration:
            return edges
        edges += 1
