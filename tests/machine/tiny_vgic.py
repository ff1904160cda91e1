# SPDX-License-Identifier: Apache-2.0
"""A VGIC of one's own, as small as can be: edges, levels and SGIs under one lock."""

from collections import defaultdict
from dataclasses import dataclass, field

from gicv2_registers import GICH_HCR_EN_MASK, GICH_HCR_UIE_MASK
from tb.model.hypervisor.platform import Lock, Platform, Rank, held

# Bits of an interrupt's field in the registers of GICD from an offset on.
BITS = {
    0x000: 32,
    0x080: 1,
    0x100: 1,
    0x180: 1,
    0x200: 1,
    0x280: 1,
    0x300: 1,
    0x380: 1,
    0x400: 8,
    0x800: 8,
    0xC00: 2,
    0xF00: 32,
}
PENDING, ACTIVE, EOI, GROUP1 = 1 << 28, 1 << 29, 1 << 19, 1 << 30


@dataclass
class Irq:
    """One interrupt; `on` is the vCPU where it is active, `sources` are an SGI's waiting senders."""

    target: int = 0
    enabled: int = 0
    priority: int = 0
    group: int = 0
    edge: bool = False
    line: int = 0
    latch: int = 0
    on: int | None = None
    source: int = 0
    sources: list[int] = field(default_factory=list)

    @property
    def pending(self) -> bool:
        return bool(self.enabled and (self.latch or (self.line and not self.edge) or self.sources))


class TinyVgic:
    """Each vCPU loads the most urgent of all interrupts that are for it; active ones come first."""

    def __init__(self, platform: Platform, vcpus: int, num_lr: int) -> None:
        self.platform, self.vcpus, self.num_lr = platform, vcpus, num_lr
        self.lock = Lock("VGIC", Rank.DISTRIBUTOR, 0)
        self.irqs: dict[tuple[int | None, int], Irq] = defaultdict(Irq)
        self.loaded: list[list[tuple[int | None, int]]] = [[] for _ in range(vcpus)]
        self.context = [(0, 0)] * vcpus
        self.cpus = [0] * vcpus

    def irq(self, vcpu: int | None, intid: int) -> Irq:
        irq = self.irqs[None if intid >= 32 else vcpu, intid]
        if intid < 32:
            irq.target = vcpu or 0
        return irq

    async def inject(self, vcpu: int | None, intid: int, level: int) -> int:
        async with held(self.platform, self.lock):
            irq = self.irq(vcpu, intid)
            irq.line = level
            irq.latch |= irq.edge and level
            target = irq.target
        await self.platform.kick(target)
        return 0

    async def load(self, vcpu: int, cpu: int) -> None:
        self.cpus[vcpu] = cpu
        vmcr, apr = self.context[vcpu]
        await self.platform.write(cpu, "GICH_VMCR", vmcr)
        await self.platform.write(cpu, "GICH_APR", apr)

    async def put(self, vcpu: int) -> None:
        cpu, read = self.cpus[vcpu], self.platform.read
        self.context[vcpu] = await read(cpu, "GICH_VMCR"), await read(cpu, "GICH_APR")

    def due(self, vcpu: int) -> list[tuple[int | None, int]]:
        def is_due(irq: Irq) -> bool:
            return irq.on == vcpu or (irq.on is None and irq.target == vcpu and irq.pending)

        found = [key for key, irq in self.irqs.items() if is_due(irq) and key[0] in (None, vcpu)]
        return sorted(found, key=lambda key: (self.irqs[key].on is None, self.irqs[key].priority))

    async def flush(self, vcpu: int) -> None:
        async with held(self.platform, self.lock):
            due = self.due(vcpu)
            self.loaded[vcpu] = due[: self.num_lr]
            words = [self.word(key[1], self.irqs[key]) for key in self.loaded[vcpu]]
        for index, word in enumerate(words):
            await self.platform.write(self.cpus[vcpu], f"GICH_LR{index}", word)
        hcr = GICH_HCR_EN_MASK | GICH_HCR_UIE_MASK * (len(due) > self.num_lr)
        await self.platform.write(self.cpus[vcpu], "GICH_HCR", hcr)

    def word(self, intid: int, irq: Irq) -> int:
        word = intid | irq.priority >> 3 << 23 | GROUP1 * irq.group
        if irq.on is not None:
            word |= ACTIVE
        else:
            word |= PENDING
            irq.latch = 0
            if irq.sources:
                irq.source = irq.sources.pop(0)
        again = irq.sources or irq.latch or (intid >= 16 and not irq.edge)
        return word | irq.source << 10 | EOI * bool(again)

    async def sync(self, vcpu: int) -> None:
        cpu = self.cpus[vcpu]
        words = [await self.platform.read(cpu, f"GICH_LR{n}") for n in range(len(self.loaded[vcpu]))]
        for index in range(len(words)):
            await self.platform.write(cpu, f"GICH_LR{index}", 0)
        await self.platform.write(cpu, "GICH_HCR", 0)
        async with held(self.platform, self.lock):
            for key, word in zip(self.loaded[vcpu], words, strict=True):
                self.fold(vcpu, key, word)
            targets = {irq.target for key in self.loaded[vcpu] if (irq := self.irqs[key]).pending} - {vcpu}
            self.loaded[vcpu] = []
        for target in sorted(targets):
            await self.platform.kick(target)

    def fold(self, vcpu: int, key: tuple[int | None, int], word: int) -> None:
        irq = self.irqs[key]
        irq.on = vcpu if word & ACTIVE else None
        if word & PENDING and key[1] < 16:
            irq.sources.insert(0, irq.source)
        elif word & PENDING:
            irq.latch |= irq.edge

    async def pending(self, vcpu: int) -> bool:
        async with held(self.platform, self.lock):
            return any(self.irqs[key].on is None for key in self.due(vcpu))

    async def mmio_read(self, vcpu: int, offset: int, length: int) -> int:
        return 0

    async def mmio_write(self, vcpu: int, offset: int, length: int, value: int) -> None:
        async with held(self.platform, self.lock):
            if offset == 0xF00:
                self.send(vcpu, value)
            base = max(base for base in BITS if base <= offset)
            bits = BITS[base]
            for n in range(length * 8 // bits):
                intid = (offset - base) * 8 // bits + n
                self.change(base, intid, self.irq(vcpu, intid), value >> n * bits & (1 << bits) - 1)
        for target in range(self.vcpus):
            await self.platform.kick(target)

    def send(self, vcpu: int, value: int) -> None:
        for target in range(self.vcpus):
            if (value >> 16 + target & 1, target != vcpu, target == vcpu, False)[value >> 24 & 3]:
                sources = self.irq(target, value & 15).sources
                if vcpu not in sources:
                    sources.append(vcpu)

    def change(self, base: int, intid: int, irq: Irq, value: int) -> None:
        if base == 0x080:
            irq.group = value
        elif base == 0x100:
            irq.enabled |= value
        elif base == 0x180:
            irq.enabled &= ~value
        elif base == 0x200 and intid >= 16:
            irq.latch |= value
        elif base == 0x280:
            irq.latch &= ~value
        elif base == 0x400:
            irq.priority = value
        elif base == 0x800 and intid >= 32:
            irq.target = (value & -value).bit_length() - 1
        elif base == 0xC00 and intid >= 32:
            irq.edge = bool(value & 2)
