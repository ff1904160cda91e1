# SPDX-License-Identifier: Apache-2.0
"""A VGIC as small as can be: edges, levels and SGIs, the most urgent first, one lock around everything.

docs/your-vgic.md walks through it.
"""

from dataclasses import dataclass

from tb.model.hypervisor.platform import Lock, Platform, Rank, held
from tb.model.ledger import Traits
from tb.model.machine.hypervisors import Hypervisor, Kind, Sizes

GROUP1, ACTIVE, PENDING, EOI = 1 << 30, 1 << 29, 1 << 28, 1 << 19  # of GICH_LRn
UIE, EN = 1 << 1, 1 << 0  # of GICH_HCR
ISENABLER, ICENABLER, SGIR = 0x100, 0x180, 0xF00
FIELDS = {  # of GICD: offset of the first interrupt's, bits and name
    0x080: (1, "group"),
    ISENABLER: (1, "enabled"),
    ICENABLER: (1, "enabled"),
    0x400: (8, "priority"),
    0x800: (8, "targets"),
    0xC00: (2, "edge"),
}


@dataclass
class Irq:
    """latch  of an edge: one waits; of an SGI: a bit for each sender that waits
    place  the vCPU that has it in a list register, or active
    """

    intid: int
    owner: int | None  # of a private interrupt
    edge: int
    group: int = 0
    enabled: int = 0
    priority: int = 0
    targets: int = 1
    line: int = 0
    latch: int = 0
    sender: int = 0
    place: int | None = None

    @property
    def pending(self) -> bool:
        """It has to go into a list register, as soon as it is in none."""
        return bool(self.enabled and (self.latch if self.edge else self.line))

    @property
    def vcpu(self) -> int:
        """Whose it is: where it is, or else its owner, or the first of its targets."""
        first = max(0, (self.targets & -self.targets).bit_length() - 1)
        return next(vcpu for vcpu in (self.place, self.owner, first) if vcpu is not None)


class TinyVgic:
    """All interrupts in one dictionary."""

    def __init__(self, platform: Platform, sizes: Sizes) -> None:
        self.platform, self.vcpus, self.num_lr = platform, range(sizes.vcpus), sizes.num_lr
        self.lock = Lock("VGIC", Rank.DISTRIBUTOR, 0)
        self.irqs: dict[tuple[int | None, int], Irq] = {}
        self.loaded: dict[int, list[Irq]] = {}  # what is in a vCPU's list registers
        self.context = dict.fromkeys(self.vcpus, (0, 0))
        self.cpus: dict[int, int] = {}

    def irq(self, vcpu: int | None, intid: int) -> Irq:
        owner, sgi = vcpu if intid < 32 else None, intid < 16
        return self.irqs.setdefault((owner, intid), Irq(intid, owner, edge=sgi, enabled=sgi))

    def due(self, vcpu: int) -> list[Irq]:
        """What belongs in a vCPU's list registers: the active ones, then the pending ones."""
        mine = [irq for irq in self.irqs.values() if irq.vcpu == vcpu and (irq.place == vcpu or irq.pending)]
        return sorted(mine, key=lambda irq: (irq.place is None, irq.priority))

    async def load(self, vcpu: int, cpu: int) -> None:
        self.cpus[vcpu] = cpu
        for register, value in zip(("GICH_VMCR", "GICH_APR"), self.context[vcpu], strict=True):
            await self.platform.write(cpu, register, value)

    async def put(self, vcpu: int) -> None:
        cpu, read = self.cpus[vcpu], self.platform.read
        self.context[vcpu] = await read(cpu, "GICH_VMCR"), await read(cpu, "GICH_APR")

    async def inject(self, vcpu: int | None, intid: int, level: int) -> int:
        async with held(self.platform, self.lock):
            irq = self.irq(vcpu, intid)
            irq.line = level
            irq.latch |= irq.edge and level
        if irq.pending:
            await self.platform.kick(irq.vcpu)
        return 0

    async def flush(self, vcpu: int) -> None:
        async with held(self.platform, self.lock):
            due = self.due(vcpu)
            self.loaded[vcpu] = due[: self.num_lr]
            words = [self.fill(vcpu, irq) for irq in self.loaded[vcpu]]
        words += [0] * (self.num_lr - len(words))
        for index, word in enumerate(words):
            await self.platform.write(self.cpus[vcpu], f"GICH_LR{index}", word)
        await self.platform.write(self.cpus[vcpu], "GICH_HCR", EN | UIE * (len(due) > self.num_lr))

    def fill(self, vcpu: int, irq: Irq) -> int:
        """The list register. If it can be due once more, its completion raises a maintenance interrupt."""
        state = ACTIVE
        if irq.place is None:
            state, irq.place = PENDING, vcpu
            irq.sender = max(0, (irq.latch & -irq.latch).bit_length() - 1)
            irq.latch &= irq.latch - 1
        again = EOI * bool(irq.latch or not irq.edge)
        return irq.intid | irq.sender << 10 | again | irq.priority >> 3 << 23 | state | GROUP1 * irq.group

    async def sync(self, vcpu: int) -> None:
        cpu, loaded = self.cpus[vcpu], self.loaded[vcpu]
        await self.platform.write(cpu, "GICH_HCR", 0)
        words = [await self.platform.read(cpu, f"GICH_LR{index}") for index in range(len(loaded))]
        async with held(self.platform, self.lock):
            for irq, word in zip(loaded, words, strict=True):
                self.fold(vcpu, irq, word)
            others = sorted({irq.vcpu for irq in loaded if irq.pending} - {vcpu})
        for other in others:
            await self.platform.kick(other)

    def fold(self, vcpu: int, irq: Irq, word: int) -> None:
        """What the guest has left: it may be active now, or still not taken."""
        irq.place = vcpu if word & ACTIVE else None
        if word & PENDING and irq.edge:
            irq.latch |= 1 << irq.sender

    async def pending(self, vcpu: int) -> bool:
        async with held(self.platform, self.lock):
            return any(irq.place is None for irq in self.due(vcpu))

    async def mmio_read(self, vcpu: int, offset: int, length: int) -> int:
        return 0

    async def mmio_write(self, vcpu: int, offset: int, length: int, value: int) -> None:
        async with held(self.platform, self.lock):
            for base, (bits, name) in FIELDS.items():
                if base <= offset < base + 128 * bits:
                    for index in range(length * 8 // bits):
                        field = value >> index * bits & (1 << bits) - 1
                        irq = self.irq(vcpu, (offset - base) * 8 // bits + index)
                        if name == "targets":
                            field &= (1 << len(self.vcpus)) - 1
                        if name != "enabled" or field:
                            setattr(irq, name, 0 if base == ICENABLER else field)
            if offset == SGIR:
                targets = (value >> 16 & 0xFF, ~(1 << vcpu), 1 << vcpu, 0)[value >> 24 & 3]
                for target in self.vcpus:
                    self.irq(target, value & 0xF).latch |= (targets >> target & 1) << vcpu
        for other in self.vcpus:
            await self.platform.kick(other)


HYPERVISOR = Kind(Hypervisor, TinyVgic)
TRAITS = Traits(notifies=False)  # nobody is told that a level interrupt was completed
