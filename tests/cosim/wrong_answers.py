# SPDX-License-Identifier: Apache-2.0
"""Co-simulations in which something between the device and the machine is wrong, so that the pins are right.

Here a test that passes is an error that nobody noticed: tests/cosim/test_live_caught.py reads the outcome.
Each kind is a case of its own: option `cases`, as of tests/sim/cosim.py.
"""

import cocotb

from tb.model.machine.hardware import Access, Answer
from tb.uvm.cosim import RtlHardware
from tests.sim.cosim import CosimTest, simulate


class Right(RtlHardware):
    """Without an error: it must pass."""


class LosesDeactivations(RtlHardware):
    async def access(self, access: Access) -> Answer:
        return (await super().access(access))._replace(deactivated=None)


class LosesAnAnswer(RtlHardware):
    """The hundredth read of something is answered 0."""

    reads = 0

    async def access(self, access: Access) -> Answer:
        answer = await super().access(access)
        self.reads += not access.write and answer.value != 0
        return answer._replace(value=0) if self.reads == 100 else answer


class LosesAWrite(RtlHardware):
    """A list register is not written once."""

    writes = 0

    async def access(self, access: Access) -> Answer:
        if access.register.startswith("GICH_LR") and access.write and access.value:
            self.writes += 1
            if self.writes == 10:
                return Answer(0, None)
        return await super().access(access)


class HidesMaintenance(RtlHardware):
    def lines(self, cpu):
        return super().lines(cpu)._replace(maint=0)


class HidesAListRegister(RtlHardware):
    """LR1 looks empty."""

    def words(self, cpu):
        words = super().words(cpu)
        return (*words[:9], 0, *words[10:])


KINDS = RtlHardware.__subclasses__()


@cocotb.test()
@cocotb.parametrize(case=range(len(KINDS)))
async def wrong(dut, case):
    class Test(CosimTest):
        number = case

        def hardware(self) -> RtlHardware:
            return KINDS[case](self.effects, self.parameters.num_cpu)

    await simulate(Test)
