# SPDX-License-Identifier: Apache-2.0
"""The classic VGIC: its verbs, each under the distributor's lock."""

from typing import Final

from tb.model.hypervisor.classic.distributor import Distributor
from tb.model.hypervisor.classic.list_registers import ListRegisters
from tb.model.hypervisor.classic.state import PRIVATE, State
from tb.model.hypervisor.classic.variant import V319, Variant
from tb.model.hypervisor.platform import HypervisorStopped, Lock, Platform, Rank, held

_EINVAL: Final = 22
_EISR: Final = ("GICH_EISR0", "GICH_EISR1")
_ELRSR: Final = ("GICH_ELRSR0", "GICH_ELRSR1")


class ClassicVgic:
    """Section B. Implements `platform.Vgic`.

    state  all that it remembers
    """

    def __init__(
        self, platform: Platform, vcpus: int, nr_spis: int, num_lr: int, variant: Variant = V319
    ) -> None:
        self.state = State(vcpus, nr_spis, num_lr)
        self._platform = platform
        self._variant = variant
        self._lock = Lock("distributor", Rank.DISTRIBUTOR, 0)
        self._list_registers = [ListRegisters(self.state, variant, n) for n in range(vcpus)]
        self._distributor = Distributor(self.state, variant, self._list_registers)
        self._lrs = [f"GICH_LR{n}" for n in range(num_lr)]

    # ---- injection

    async def inject(self, vcpu: int | None, intid: int, level: int) -> int:
        """A device's wire changes (CL-INJ-1). 0, also where that means nothing; -22: no such INTID."""
        if intid >= self.state.nr_irqs:
            return -_EINVAL
        async with held(self._platform, self._lock):
            kicked = self._inject(vcpu, intid, level)
        if kicked is not None and self._variant.kicks_target:
            await self._platform.kick(kicked)
        elif kicked is not None:
            await self._kick_all()
        return 0

    def _inject(self, vcpu: int | None, intid: int, level: int) -> int | None:
        """Change the bits; the vCPU to kick, if one is."""
        state, keeps_lines = self.state, self._variant.keeps_lines
        target = state.spi_cpu[intid - PRIVATE] if vcpu is None else vcpu
        if target >= len(state.vcpus):
            raise HypervisorStopped(f"SPI {intid} is injected into vCPU {target}, which does not exist")
        is_edge = state.is_edge(target, intid)
        wire = state.level if keeps_lines and not is_edge else state.pending
        if level <= wire.get(target, intid) if is_edge else level == wire.get(target, intid):
            return None
        wire.put(target, intid, level)
        waits = not is_edge and state.queued.get(target, intid)  # picked up at the EOI
        is_heard = state.enabled.get(target, intid) and not waits
        if level:
            state.pending.put(target, intid, 1)
            if is_heard:
                state.vcpus[target].put_pending(intid, 1)
                state.on_cpu |= 1 << target
        elif keeps_lines:
            if not state.soft_pend.get(target, intid):
                state.pending.put(target, intid, 0)
            return None
        return target if is_heard else None

    # ---- the distributor's registers

    async def mmio_read(self, vcpu: int, offset: int, length: int) -> int:
        """A guest's read. UnclaimedAccess where it is left to user space."""
        async with held(self._platform, self._lock):
            return self._distributor.read(vcpu, offset, length)

    async def mmio_write(self, vcpu: int, offset: int, length: int, value: int) -> None:
        """A guest's write. UnclaimedAccess where it is left to user space."""
        async with held(self._platform, self._lock):
            has_effect = self._distributor.write(vcpu, offset, length, value)
            if has_effect:
                self.state.update()
        if has_effect:
            await self._kick_all()

    async def _kick_all(self) -> None:
        for vcpu in range(len(self.state.vcpus)):
            if await self.pending(vcpu):
                await self._platform.kick(vcpu)

    # ---- entry and exit

    async def load(self, vcpu: int, cpu: int) -> None:
        """Note the physical CPU: the context moves at each entry and exit."""
        self.state.vcpus[vcpu].cpu = cpu

    async def put(self, vcpu: int) -> None:
        """Nothing is left on the physical CPU after an exit."""

    async def flush(self, vcpu: int) -> None:
        """Fill the list registers and switch to the guest's context."""
        await self.fill(vcpu)
        await self.restore(vcpu)

    async def sync(self, vcpu: int) -> None:
        """Switch to the host's context and fold the list registers back."""
        await self.save(vcpu)
        await self.fold(vcpu)

    async def fill(self, vcpu: int) -> None:
        """Fill the shadow list registers (CL-Q-1). An entry given up after this needs fold() alone."""
        async with held(self._platform, self._lock):
            self._list_registers[vcpu].fill()

    async def restore(self, vcpu: int) -> None:
        """Write the shadows to the hardware."""
        shadow = self.state.vcpus[vcpu]
        words = [
            ("GICH_VMCR", shadow.vmcr),
            ("GICH_APR", shadow.apr),
            *zip(self._lrs, shadow.lrs, strict=True),
        ]
        words.insert(len(words) if self._variant.enables_last else 0, ("GICH_HCR", shadow.hcr))
        for name, word in words:
            await self._platform.write(shadow.cpu, name, word)

    async def save(self, vcpu: int) -> None:
        """Read the hardware into the shadows and switch it off."""
        shadow, read = self.state.vcpus[vcpu], self._platform.read
        shadow.vmcr = await read(shadow.cpu, "GICH_VMCR")
        shadow.misr = await read(shadow.cpu, "GICH_MISR")
        shadow.eisr = await self._status(shadow.cpu, _EISR)
        shadow.elrsr = await self._status(shadow.cpu, _ELRSR)
        shadow.hcr = await read(shadow.cpu, "GICH_HCR")
        shadow.apr = await read(shadow.cpu, "GICH_APR")
        await self._platform.write(shadow.cpu, "GICH_HCR", 0)
        shadow.lrs = [await read(shadow.cpu, name) for name in self._lrs]

    async def _status(self, cpu: int, names: tuple[str, str]) -> int:
        """A register pair with one bit for each list register."""
        low, high = names
        value = await self._platform.read(cpu, low)
        return value | await self._platform.read(cpu, high) << 32 if len(self._lrs) > 32 else value

    async def fold(self, vcpu: int) -> None:
        """Act on what this vCPU's shadows say (CL-SYNC-1): a late call acts on no other vCPU (CL-MAINT-2)."""
        async with held(self._platform, self._lock):
            kicked = self._list_registers[vcpu].fold()
        for other in kicked:
            await self._platform.kick(other)

    async def pending(self, vcpu: int) -> bool:
        """Whether this vCPU may have work."""
        return bool(self.state.on_cpu >> vcpu & 1)
