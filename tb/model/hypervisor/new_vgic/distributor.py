# SPDX-License-Identifier: Apache-2.0
"""A guest's accesses to the distributor (A.8): decoding, and the registers that all dialects have alike."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final, NamedTuple

from tb.model.hypervisor.new_vgic.record import FIRST_PPI, FIRST_SPI, Config, Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State

CTLR: Final = 0x000
TYPER: Final = 0x004
IIDR: Final = 0x008
SGIR: Final = 0xF00
WORDS: Final = (CTLR, TYPER, IIDR, SGIR)


class Bank(NamedTuple):
    """Registers with one field per interrupt.

    offset  of the first, from GICD's base
    bits    of a field
    read    a field's value
    write   called for each field of the access, from the lowest INTID on
    end     behind the last INTID that has a field
    bytes   whether single bytes can be accessed
    """

    offset: int
    bits: int
    read: Callable[[State, Vcpu, Irq], Awaitable[int]]
    write: Callable[[State, Vcpu, Irq, int], Awaitable[None]]
    end: int = 1024
    bytes: bool = False

    def fields(self, offset: int, length: int) -> range | None:
        """INTIDs whose fields an access covers; None if it is none of this bank's."""
        if offset % length or not (length == 4 or (length == 1 and self.bytes)):
            return None
        first = (offset - self.offset) * 8 // self.bits
        return range(first, first + length * 8 // self.bits) if 0 <= first < self.end else None


class Distributor(ABC):
    """GICD as a guest sees it.

    iidr  what GICD_IIDR reads
    """

    iidr: int

    def __init__(self) -> None:
        self.banks: Final = (
            Bank(0x080, 1, self.read_group, self.write_group),
            Bank(0x100, 1, self.read_enabled, self.set_enabled),
            Bank(0x180, 1, self.read_enabled, self.clear_enabled),
            Bank(0x200, 1, self.read_pending, self.set_pending),
            Bank(0x280, 1, self.read_pending, self.clear_pending),
            Bank(0x300, 1, self.read_active, self.set_active),
            Bank(0x380, 1, self.read_active, self.clear_active),
            Bank(0x400, 8, self.read_priority, self.write_priority, bytes=True),
            Bank(0x800, 8, self.read_targets, self.write_targets, bytes=True),
            Bank(0xC00, 2, self.read_config, self.write_config),
            Bank(0xF10, 8, self.read_sources, self.clear_sources, FIRST_PPI, bytes=True),
            Bank(0xF20, 8, self.read_sources, self.set_sources, FIRST_PPI, bytes=True),
        )

    # ---- decoding

    async def read(self, state: State, vcpu: Vcpu, offset: int, length: int) -> int:
        """A trapped read of `length` bytes."""
        if length == 4 and offset in WORDS:
            return self.read_word(state, offset)
        bank, irqs = self._find(state, vcpu, offset, length)
        value = 0
        if bank:
            async with self.quiet(state, vcpu, bank, irqs):
                for index, irq in enumerate(irqs):
                    value |= await bank.read(state, vcpu, irq) << index * bank.bits
        return value

    async def write(self, state: State, vcpu: Vcpu, offset: int, length: int, value: int) -> None:
        """A trapped write of `length` bytes."""
        if length == 4 and offset in WORDS:
            await self.write_word(state, vcpu, offset, value)
            return
        bank, irqs = self._find(state, vcpu, offset, length)
        if bank:
            mask = (1 << bank.bits) - 1
            async with self.quiet(state, vcpu, bank, irqs):
                for index, irq in enumerate(irqs):
                    await bank.write(state, vcpu, irq, value >> index * bank.bits & mask)

    def _find(self, state: State, vcpu: Vcpu, offset: int, length: int) -> tuple[Bank | None, Sequence[Irq]]:
        for bank in self.banks:
            intids = bank.fields(offset, length)
            if intids:
                irqs = [irq for intid in intids if (irq := state.irq(vcpu, intid))]
                if irqs:
                    return bank, irqs
        self.unclaimed(offset)
        return None, ()

    @abstractmethod
    def unclaimed(self, offset: int) -> None:
        """No register takes the access; returns where that means RAZ/WI."""

    def quiet(
        self, state: State, vcpu: Vcpu, bank: Bank, irqs: Sequence[Irq]
    ) -> AbstractAsyncContextManager[None]:
        """What must stand still around an access."""
        return nullcontext()

    # ---- registers without fields per interrupt

    def read_word(self, state: State, offset: int) -> int:
        """CTLR, TYPER, IIDR or SGIR."""
        if offset == CTLR:
            return int(state.enabled)
        if offset == TYPER:
            return state.nr_irqs // 32 - 1 | len(state.vcpus) - 1 << 5
        return self.iidr if offset == IIDR else 0

    async def write_word(self, state: State, vcpu: Vcpu, offset: int, value: int) -> None:
        """CTLR, TYPER, IIDR or SGIR."""
        if offset == CTLR:
            was_enabled, state.enabled = state.enabled, bool(value & 1)
            if state.enabled and not was_enabled:  # NV-MMIO-1
                for each in state.vcpus:
                    if await state.dialect.wakeup.pending(state, each):
                        await state.kick(each)
        elif offset == SGIR:
            await self.send_sgi(state, vcpu, value)

    async def send_sgi(self, state: State, sender: Vcpu, value: int) -> None:
        """SGIR (NV-MMIO-8)."""
        target_list, target_filter = value >> 16 & 0xFF, value >> 24 & 3
        for target in state.vcpus:
            wanted = (target_list >> target.number & 1, target is not sender, target is sender, False)
            if wanted[target_filter]:
                irq = state.private[target.number][value & 0xF]
                await state.platform.lock(irq.lock)
                irq.pending_latch = 1
                irq.source |= 1 << sender.number
                await state.dialect.queue.queue(state, irq)

    # ---- fields: group, enable, pending, active

    @abstractmethod
    async def read_group(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        """IGROUPR."""

    @abstractmethod
    async def write_group(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """IGROUPR."""

    async def read_enabled(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        """ISENABLER, ICENABLER."""
        return irq.enabled

    @abstractmethod
    async def set_enabled(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """ISENABLER (NV-MMIO-2)."""

    @abstractmethod
    async def clear_enabled(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """ICENABLER (NV-MMIO-2)."""

    async def read_pending(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        """ISPENDR, ICPENDR (NV-MMIO-4)."""
        async with state.held(irq.lock):
            return int(irq.pending)

    @abstractmethod
    async def set_pending(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """ISPENDR (NV-MMIO-3)."""

    @abstractmethod
    async def clear_pending(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """ICPENDR (NV-MMIO-3)."""

    @abstractmethod
    def clears_physical(self, irq: Irq, was_latched: int) -> bool:
        """Whether ICPENDR of a mapped interrupt, whose latch is clear now, reaches the physical one, too."""

    async def read_active(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        """ISACTIVER, ICACTIVER (NV-MMIO-5)."""
        return irq.active

    @abstractmethod
    async def set_active(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """ISACTIVER (NV-MMIO-5)."""

    @abstractmethod
    async def clear_active(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """ICACTIVER (NV-MMIO-5)."""

    # ---- fields: priority, targets, configuration, SGI sources

    async def read_priority(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        """IPRIORITYR."""
        return irq.priority

    async def write_priority(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """IPRIORITYR (NV-MMIO-6)."""
        async with state.held(irq.lock):
            irq.priority = value & 0xF8

    async def read_targets(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        """ITARGETSR; a private interrupt shows its own vCPU."""
        return irq.targets

    async def write_targets(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """ITARGETSR (NV-MMIO-7)."""
        if irq.intid < FIRST_SPI:
            return
        async with state.held(*irq.locks):
            irq.targets = value & (1 << len(state.vcpus)) - 1
            lowest = (irq.targets & -irq.targets).bit_length() - 1
            irq.target_vcpu = state.vcpus[lowest] if irq.targets else self.default_target(state)
            await self.follow_target(state, irq)

    @abstractmethod
    def default_target(self, state: State) -> Vcpu | None:
        """Of an SPI whose ITARGETSR byte is 0."""

    @abstractmethod
    async def follow_target(self, state: State, irq: Irq) -> None:
        """The physical side of a new target."""

    async def read_config(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        """ICFGR."""
        return 2 if irq.config is Config.EDGE else 0

    async def write_config(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """ICFGR (NV-MMIO-6)."""
        if irq.intid >= FIRST_SPI:
            async with state.held(irq.lock):
                irq.config = Config.EDGE if value & 2 else Config.LEVEL

    @abstractmethod
    async def read_sources(self, state: State, vcpu: Vcpu, irq: Irq) -> int:
        """SPENDSGIR, CPENDSGIR (NV-MMIO-9)."""

    @abstractmethod
    async def set_sources(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """SPENDSGIR (NV-MMIO-9)."""

    @abstractmethod
    async def clear_sources(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        """CPENDSGIR (NV-MMIO-9)."""
