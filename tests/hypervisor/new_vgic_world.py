# SPDX-License-Identifier: Apache-2.0
"""A world for the new VGIC in which nothing happens by itself: registers are memory, everything is logged."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest

from tb.model.hypervisor.lock_order import HeldLocks
from tb.model.hypervisor.new_vgic import DIALECTS, Dialect, NewVgic
from tb.model.hypervisor.new_vgic.record import Config, Irq
from tb.model.hypervisor.platform import Lock, Physical, Platform, Rank, run

T = TypeVar("T")

EDGE, LEVEL = Config.EDGE, Config.LEVEL
P, A, EOI, HW, GROUP_1 = 1 << 28, 2 << 28, 1 << 19, 1 << 31, 1 << 30
EN, UIE, LRENPIE, NPIE = 1, 2, 4, 8

XEN, KVM17, KVM19 = (DIALECTS[name] for name in ("xen", "kvm17", "kvm19"))
ALL = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
KVM = pytest.mark.parametrize("dialect", [KVM17, KVM19], ids=["kvm17", "kvm19"])


class World(Platform):
    """A VM whose distributor is on, vCPU n loaded on CPU n. XEN locks what it touches of physical interrupts.

    gich       registers by (CPU, name); ELRSR follows the list registers
    events     what the model did, in order, but for locks and reads
    locks      names of the locks taken, in order
    wires      levels of physical interrupts
    in_window  what somebody else does in the next window
    on_acked   what the listener to completions does
    """

    def __init__(self, dialect: Dialect, vcpus: int = 2, nr_lr: int = 4) -> None:
        self.gich: dict[tuple[int, str], int] = defaultdict(int)
        self.events: list[tuple[Any, ...]] = []
        self.locks: list[str] = []
        self.wires: dict[int, int] = {}
        self.in_window: Callable[[], Awaitable[object]] | None = None
        self.on_acked: Callable[[], Awaitable[object]] | None = None
        self.held = HeldLocks()
        self.ranks: list[Rank] = []
        self.vgic = NewVgic(self, dialect, vcpus, nr_lr, nr_spis=32)
        self.state = self.vgic.state
        self.state.enabled = True
        for vcpu in self.state.vcpus:
            vcpu.cpu = vcpu.number

    # ---- Platform

    async def lock(self, lock: Lock) -> None:
        self.held.take(lock)
        self.ranks.append(lock.rank)
        self.locks.append(lock.name)

    async def unlock(self, lock: Lock) -> None:
        self.held.give(lock)
        self.ranks.remove(lock.rank)

    async def window(self, name: str) -> None:
        action, self.in_window = self.in_window, None
        if action:
            await action()

    async def read(self, cpu: int, register: str) -> int:
        if register == "GICH_ELRSR0":
            return sum(1 << n for n, word in enumerate(self.lrs(cpu)) if not word & (P | A | EOI))
        return self.gich[cpu, register]

    async def write(self, cpu: int, register: str, value: int) -> None:
        self.gich[cpu, register] = value
        self.events.append(("write", register.removeprefix("GICH_"), value))

    async def physical(self, operation: Physical, pintid: int, vcpu: int | None, cpus: int = 0) -> None:
        assert Rank.DESC in self.ranks or self.state.dialect is not XEN
        self.events.append((operation.value, pintid, *([cpus] if cpus else [])))

    async def sample(self, pintid: int, vcpu: int | None, callback: bool) -> int:
        self.events.append(("sample", pintid))
        return self.wires.get(pintid, 0)

    async def kick(self, vcpu: int) -> None:
        self.events.append(("kick", vcpu))

    async def notify_acked(self, vcpu: int, intid: int) -> None:
        self.held.check_none()
        self.events.append(("acked", intid))
        if self.on_acked:
            await self.on_acked()

    async def halt(self, vcpu: int) -> None:
        self.events.append(("halt",))

    async def resume(self, vcpu: int) -> None:
        self.events.append(("resume",))

    async def log(self, intid: int, message: str) -> None:
        self.events.append(("log", intid))

    # ---- for tests

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Let the model do it; no lock may be left."""
        result = run(work)
        self.held.check_none()
        return result

    def happened(self, *kinds: str) -> list[tuple[Any, ...]]:
        """The events of these kinds (all, if none is named) since the last call."""
        events, self.events = self.events, []
        return [event for event in events if not kinds or event[0] in kinds]

    def irq(self, intid: int, vcpu: int = 0, **fields: Any) -> Irq:
        """A record, enabled and for that vCPU, with these fields set."""
        irq = self.state.irq(self.state.vcpus[vcpu], intid)
        assert irq
        irq.enabled, irq.target_vcpu = 1, self.state.vcpus[vcpu]
        for name, value in fields.items():
            setattr(irq, name, value)
        return irq

    def listed(self, intid: int, vcpu: int = 0, **fields: Any) -> Irq:
        """The same, on the vCPU's ap_list."""
        irq = self.irq(intid, vcpu, **fields)
        irq.vcpu = self.state.vcpus[vcpu]
        irq.vcpu.ap_list.append(irq)
        return irq

    def ap_list(self, vcpu: int = 0) -> list[int]:
        """INTIDs in order."""
        return [irq.intid for irq in self.state.vcpus[vcpu].ap_list]

    def lrs(self, cpu: int = 0) -> list[int]:
        """Words of the list registers."""
        return [self.gich[cpu, f"GICH_LR{n}"] for n in range(self.state.nr_lr)]

    def set_lrs(self, *words: int, cpu: int = 0) -> None:
        """What the guest has left in them; they count as used, and the shadow has what was loaded."""
        for n, word in enumerate(words):
            self.gich[cpu, f"GICH_LR{n}"] = word
        vcpu = self.state.vcpus[cpu]
        vcpu.used = len(words)
        vcpu.shadow[: len(words)] = words
