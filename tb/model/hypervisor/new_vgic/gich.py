# SPDX-License-Identifier: Apache-2.0
"""How the hypervisor handles GICH: what is written when, and what is read back (NV-FLUSH-11, NV-SYNC-1)."""

from abc import ABC, abstractmethod
from typing import Final

import gicv2_registers as regs
from tb.model.hypervisor.new_vgic import overflow
from tb.model.hypervisor.new_vgic.order import Demand
from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State

EN: Final = regs.GICH_HCR_EN_MASK
UIE: Final = regs.GICH_HCR_UIE_MASK
LRENPIE: Final = regs.GICH_HCR_LRENPIE_MASK
NPIE: Final = regs.GICH_HCR_NPIE_MASK


class Gich(ABC):
    """Steps of an entry and an exit at which dialects touch the hardware differently, in order of use.

    flushes_empty  a flush goes its way with an empty ap_list too (NV-FLUSH-1)
    """

    flushes_empty: bool = False

    @abstractmethod
    async def load(self, state: State, vcpu: Vcpu) -> None:
        """The vCPU has come to a physical CPU."""

    @abstractmethod
    async def begin(self, vcpu: Vcpu, demand: Demand, nr_lr: int) -> None:
        """The ap_list is in order, nothing is loaded yet."""

    @abstractmethod
    async def store(self, state: State, vcpu: Vcpu, index: int, word: int) -> None:
        """Load one list register."""

    async def full(self, state: State, vcpu: Vcpu, last: Irq) -> None:
        """All are in use, `last` has the last one: ask for an exit if more are listed (NV-FLUSH-10)."""
        if last is not vcpu.ap_list[-1]:
            await self.set_underflow(state, vcpu)

    @abstractmethod
    async def set_underflow(self, state: State, vcpu: Vcpu) -> None:
        """Set UIE."""

    @abstractmethod
    async def restore(self, state: State, vcpu: Vcpu) -> None:
        """The flush is complete; the guest is entered next."""

    @abstractmethod
    async def save(self, state: State, vcpu: Vcpu) -> None:
        """The guest has exited."""

    @abstractmethod
    async def take(self, state: State, vcpu: Vcpu, index: int) -> int:
        """The word of a list register, which is then empty."""

    @abstractmethod
    async def finish(self, state: State, vcpu: Vcpu) -> None:
        """All list registers are folded."""

    @abstractmethod
    async def block(self, state: State, vcpu: Vcpu) -> None:
        """The vCPU is about to wait for an interrupt."""

    @abstractmethod
    async def unblock(self, state: State, vcpu: Vcpu) -> None:
        """It has ended its wait."""

    @abstractmethod
    async def put(self, state: State, vcpu: Vcpu) -> None:
        """The vCPU leaves its physical CPU."""


class XenGich(Gich):
    """`xen` works in the hardware's registers; only a switch of vCPUs uses the shadows."""

    async def load(self, state: State, vcpu: Vcpu) -> None:
        """A switch sets HCR to En alone."""
        platform = state.platform
        await platform.write(vcpu.cpu, "GICH_APR", vcpu.apr)
        await platform.write(vcpu.cpu, "GICH_VMCR", vcpu.vmcr)
        for index, word in enumerate(vcpu.shadow):
            await platform.write(vcpu.cpu, f"GICH_LR{index}", word)
        await platform.write(vcpu.cpu, "GICH_HCR", EN)

    async def put(self, state: State, vcpu: Vcpu) -> None:
        platform = state.platform
        vcpu.apr = await platform.read(vcpu.cpu, "GICH_APR")
        vcpu.vmcr = await platform.read(vcpu.cpu, "GICH_VMCR")
        for index in range(state.nr_lr):
            vcpu.shadow[index] = await platform.read(vcpu.cpu, f"GICH_LR{index}")

    async def begin(self, vcpu: Vcpu, demand: Demand, nr_lr: int) -> None:
        """Nothing to prepare."""

    async def store(self, state: State, vcpu: Vcpu, index: int, word: int) -> None:
        await state.platform.write(vcpu.cpu, f"GICH_LR{index}", word)

    async def set_underflow(self, state: State, vcpu: Vcpu) -> None:
        await self._change_hcr(state, vcpu, UIE, UIE)

    async def restore(self, state: State, vcpu: Vcpu) -> None:
        await self._change_hcr(state, vcpu, EN, EN)

    async def save(self, state: State, vcpu: Vcpu) -> None:
        """UIE goes first, or emptied list registers would raise it (NV-SYNC-2)."""
        if vcpu.used:
            await self._change_hcr(state, vcpu, UIE, 0)

    async def take(self, state: State, vcpu: Vcpu, index: int) -> int:
        word = await state.platform.read(vcpu.cpu, f"GICH_LR{index}")
        await state.platform.write(vcpu.cpu, f"GICH_LR{index}", 0)
        return word

    async def finish(self, state: State, vcpu: Vcpu) -> None:
        await self._change_hcr(state, vcpu, EN, 0)

    async def block(self, state: State, vcpu: Vcpu) -> None:
        """Nothing: the wake-up test does not look at VMCR."""

    async def unblock(self, state: State, vcpu: Vcpu) -> None:
        """Nothing."""

    async def _change_hcr(self, state: State, vcpu: Vcpu, mask: int, value: int) -> None:
        """Other bits stay as the hardware has them, EOICount too (NV-SYNC-1)."""
        hcr = await state.platform.read(vcpu.cpu, "GICH_HCR")
        await state.platform.write(vcpu.cpu, "GICH_HCR", hcr & ~mask | value)


class KvmGich(Gich):
    """`kvm*` work on the shadows: the hardware is written last at an entry and read first at an exit."""

    async def load(self, state: State, vcpu: Vcpu) -> None:
        await state.platform.write(vcpu.cpu, "GICH_VMCR", vcpu.vmcr)
        await state.platform.write(vcpu.cpu, "GICH_APR", vcpu.apr)

    async def put(self, state: State, vcpu: Vcpu) -> None:
        vcpu.apr = await state.platform.read(vcpu.cpu, "GICH_APR")

    async def save_vmcr(self, state: State, vcpu: Vcpu) -> None:
        """Bring the shadow VMCR up to date."""
        vcpu.vmcr = await state.platform.read(vcpu.cpu, "GICH_VMCR")

    async def store(self, state: State, vcpu: Vcpu, index: int, word: int) -> None:
        vcpu.shadow[index] = word

    async def set_underflow(self, state: State, vcpu: Vcpu) -> None:
        vcpu.hcr |= UIE

    async def restore(self, state: State, vcpu: Vcpu) -> None:
        vcpu.shadow[vcpu.used :] = [0] * (state.nr_lr - vcpu.used)
        await state.platform.write(vcpu.cpu, "GICH_HCR", vcpu.hcr)
        for index in range(vcpu.used):
            await state.platform.write(vcpu.cpu, f"GICH_LR{index}", vcpu.shadow[index])

    async def save_lrs(self, state: State, vcpu: Vcpu) -> None:
        """One that ELRSR calls empty keeps INTID and EOI of the shadow, without the state."""
        platform = state.platform
        elrsr = 0
        for index in range(vcpu.used):
            if index % 32 == 0:
                elrsr = await platform.read(vcpu.cpu, f"GICH_ELRSR{index // 32}")
            if elrsr >> index % 32 & 1:
                vcpu.shadow[index] &= ~regs.GICH_LR_STATE_MASK
            else:
                vcpu.shadow[index] = await platform.read(vcpu.cpu, f"GICH_LR{index}")
            await platform.write(vcpu.cpu, f"GICH_LR{index}", 0)

    async def take(self, state: State, vcpu: Vcpu, index: int) -> int:
        return vcpu.shadow[index]


class Kvm17Gich(KvmGich):
    """`kvm17` touches GICH only where list registers are in use; HCR is En, with UIE on overflow."""

    async def put(self, state: State, vcpu: Vcpu) -> None:
        await self.save_vmcr(state, vcpu)
        await super().put(state, vcpu)

    async def block(self, state: State, vcpu: Vcpu) -> None:
        await self.save_vmcr(state, vcpu)

    async def unblock(self, state: State, vcpu: Vcpu) -> None:
        """Nothing: the registers have stayed in the hardware."""

    async def begin(self, vcpu: Vcpu, demand: Demand, nr_lr: int) -> None:
        vcpu.hcr = EN

    async def restore(self, state: State, vcpu: Vcpu) -> None:
        if vcpu.used:
            await super().restore(state, vcpu)

    async def save(self, state: State, vcpu: Vcpu) -> None:
        """EOICount of a run without list registers stays in the hardware."""
        if vcpu.used:
            await self.save_lrs(state, vcpu)
            await state.platform.write(vcpu.cpu, "GICH_HCR", 0)
            vcpu.hcr &= ~UIE  # NV-SYNC-2

    async def finish(self, state: State, vcpu: Vcpu) -> None:
        """Nothing."""


class Kvm19Gich(KvmGich):
    """`kvm19` writes HCR at every entry and reads VMCR at every exit (K19-2, K19-7, K19-8)."""

    flushes_empty = True

    async def begin(self, vcpu: Vcpu, demand: Demand, nr_lr: int) -> None:
        vcpu.hcr = overflow.exits(demand, nr_lr, vcpu.vmcr)
        vcpu.last_lr_irq = None

    async def full(self, state: State, vcpu: Vcpu, last: Irq) -> None:
        """K19-3. HCR has been decided before."""
        vcpu.last_lr_irq = last

    async def save(self, state: State, vcpu: Vcpu) -> None:
        await self.save_vmcr(state, vcpu)
        await self.save_lrs(state, vcpu)
        if vcpu.hcr & LRENPIE:  # K19-3
            vcpu.hcr |= await state.platform.read(vcpu.cpu, "GICH_HCR") & regs.GICH_HCR_EOICOUNT_MASK
        await state.platform.write(vcpu.cpu, "GICH_HCR", 0)
        vcpu.hcr &= ~(UIE | NPIE)  # NV-SYNC-2

    async def finish(self, state: State, vcpu: Vcpu) -> None:
        await overflow.complete_outside(state, vcpu, self.is_meant)

    def is_meant(self, irq: Irq) -> bool:
        """Whether an EOI that found no list register may be for this one."""
        return bool(irq.active)

    async def block(self, state: State, vcpu: Vcpu) -> None:
        await self.put(state, vcpu)

    async def unblock(self, state: State, vcpu: Vcpu) -> None:
        await self.load(state, vcpu)
