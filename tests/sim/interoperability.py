# SPDX-License-Identifier: Apache-2.0
"""The device as users of another bus master see it: cocotb-bus's own AXI4LiteMaster drives the ports.

It asserts BREADY and RREADY always, makes one access after the other, and raises an exception on SLVERR.
Monitor, reference and scoreboard run beside it as beside our own driver.
"""

import cocotb
import pytest
import pyuvm
from cocotb_bus.drivers.amba import AXI4LiteMaster, AXIProtocolError, AXIxRESP

from tb.model.hardware.address_map import address
from tb.uvm.base_test import LockstepTest

EN = 1
ENABLE_GROUPS, ACK_CTL = 0x3, 0x4
PEND, ACT, STATE = 1 << 28, 2 << 28, 3 << 28
HW, GRP1 = 1 << 31, 1 << 30
NO_INTERRUPT = 1023


class MasterTest(LockstepTest):
    """Has an AXI4LiteMaster on each port; its own agents have nothing to do.

    made  accesses so far
    """

    required: tuple[str, ...] = ("values",)

    def build_phase(self) -> None:
        super().build_phase()
        dut = cocotb.top
        cpus = range(self.parameters.num_cpu)
        self.masters = [AXI4LiteMaster(dut, f"s{n}_axi", dut.aclk) for n in cpus]
        self.made = 0

    async def write(self, cpu: int, register: str, value: int, bank: int | None = None, **how: int) -> None:
        """Write a register, in the window of `bank` if given; `how` goes to the master."""
        self.made += 1
        await self.masters[cpu].write(address(register, bank), value, **how)

    async def read(self, cpu: int, register: str, bank: int | None = None) -> int:
        """Read a register, in the window of `bank` if given."""
        self.made += 1
        return int(await self.masters[cpu].read(address(register, bank)))

    async def expect(self, cpu: int, register: str, expected: int) -> None:
        """Read a register and compare."""
        value = await self.read(cpu, register)
        assert value == expected, f"{register}: {value:#x}, expected {expected:#x}"
        self.counted["values"] += 1

    def check_phase(self) -> None:
        super().check_phase()
        seen = self.env.traffic.counts["accesses"]
        assert seen == self.made, f"the bench saw {seen} accesses, {self.made} were made"


@pyuvm.test()
class OtherMasterServesAnInterrupt(MasterTest):
    """From the hypervisor's list register to the guest's end of interrupt."""

    async def stimulate(self) -> None:
        await self.write(0, "GICH_HCR", EN)
        await self.write(0, "GICH_VMCR", 0xF84C_0000 | ENABLE_GROUPS | ACK_CTL)
        await self.expect(0, "GICV_PMR", 0xF8)
        await self.expect(0, "GICV_CTLR", ENABLE_GROUPS | ACK_CTL)
        await self.write(0, "GICH_LR0", PEND | 0x10 << 23 | 40)
        await self.expect(0, "GICV_HPPIR", 40)
        await self.expect(0, "GICV_IAR", 40)
        await self.expect(0, "GICH_LR0", ACT | 0x10 << 23 | 40)
        await self.expect(0, "GICV_RPR", 0x80)
        await self.expect(0, "GICV_IAR", NO_INTERRUPT)
        await self.write(0, "GICV_EOIR", 40)
        await self.expect(0, "GICH_LR0", 0x10 << 23 | 40)
        await self.expect(0, "GICV_RPR", 0xFF)
        await self.write(0, "GICV_EOIR", 40)
        await self.expect(0, "GICH_HCR", EN)  # nothing was dropped, so nothing is counted (V2-EOI-4)


@pyuvm.test()
class OtherMasterSendsAddressAndDatumApart(MasterTest):
    """V2-CYC-1: either may come first."""

    async def stimulate(self) -> None:
        for early, late in ((0, 0), (0, 3), (3, 0), (1, 2)):
            word = PEND | 100 + 10 * early + late
            await self.write(0, "GICH_LR0", word, address_latency=early, data_latency=late)
            await self.expect(0, "GICH_LR0", word)


@pyuvm.test()
class OtherMasterGetsErrorsAsExceptions(MasterTest):
    """V2-MAP-7: an access with an odd address or partial strobes has no effect and is answered SLVERR."""

    required = ("values", "exceptions")

    async def stimulate(self) -> None:
        await self.write(0, "GICH_LR0", PEND | 40)
        for strobes in (0x0, 0x1, 0x3, 0xE):
            await self.fails(self.masters[0].write(address("GICH_LR0"), 0, byte_enable=strobes))
        for odd in (1, 2, 3):
            await self.fails(self.masters[0].write(address("GICH_LR0") + odd, 0))
            await self.fails(self.masters[0].read(address("GICV_IAR") + odd))
        await self.expect(0, "GICH_LR0", PEND | 40)

    async def fails(self, access) -> None:
        self.made += 1
        with pytest.raises(AXIProtocolError) as caught:
            await access
        assert caught.value.xresp is AXIxRESP.SLVERR
        self.counted["exceptions"] += 1


@pyuvm.test()
class OtherMastersShareABank(MasterTest):
    """One CPU's hypervisor feeds the list registers of another, whose guest takes the interrupts."""

    required = ("values", "deactivations")
    INTERRUPTS = 40

    async def stimulate(self) -> None:
        await self.write(0, "GICH_HCR", EN)
        await self.write(0, "GICH_VMCR", 0xF84C_0000 | ENABLE_GROUPS | ACK_CTL)
        self.taken: list[int] = []
        await self.together(self.hypervisor(self.parameters.num_cpu - 1), self.guest(0))
        assert sorted(self.taken) == [32 + n for n in range(self.INTERRUPTS)]
        await self.expect(0, "GICH_HCR", EN)
        await self.expect(0, "GICV_RPR", 0xFF)

    async def hypervisor(self, cpu: int) -> None:
        for n in range(self.INTERRUPTS):
            register = f"GICH_LR{n % self.parameters.num_lr}"
            while await self.read(cpu, register, bank=0) & STATE:
                pass
            kind = (HW | 500 + n << 10, GRP1, 0)[n % 3]
            await self.write(cpu, register, PEND | kind | 32 + n, bank=0)

    async def guest(self, cpu: int) -> None:
        while len(self.taken) < self.INTERRUPTS:
            intid = await self.read(cpu, "GICV_IAR")
            if intid != NO_INTERRUPT:
                self.taken.append(intid)
                await self.write(cpu, "GICV_EOIR", intid)
