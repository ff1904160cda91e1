# SPDX-License-Identifier: Apache-2.0
"""Tying a virtual interrupt to a physical one."""

from abc import ABC, abstractmethod
from typing import Final

from tb.model.hypervisor.new_vgic.record import Irq
from tb.model.hypervisor.new_vgic.state import State
from tb.model.hypervisor.platform import Lock, Rank

EBUSY: Final = 16


class Mapping(ABC):
    """Both return 0 or a negative errno."""

    async def map(self, state: State, irq: Irq, pintid: int) -> int:
        """Make the mapping."""
        async with state.held(irq.lock):
            if self.is_busy(irq):
                return -EBUSY
            irq.hw, irq.pintid, irq.desc_lock = 1, pintid, self.desc_lock(pintid)
            return 0

    @abstractmethod
    def is_busy(self, irq: Irq) -> bool:
        """Whether it must stay as it is."""

    @abstractmethod
    def desc_lock(self, pintid: int) -> Lock | None:
        """What guards the physical interrupt, if the model knows it."""

    @abstractmethod
    async def unmap(self, state: State, irq: Irq) -> int:
        """Undo it."""


class KvmMapping(Mapping):
    """`kvm*` map and unmap at any time."""

    def is_busy(self, irq: Irq) -> bool:
        return False

    def desc_lock(self, pintid: int) -> Lock | None:
        return None

    async def unmap(self, state: State, irq: Irq) -> int:
        async with state.held(irq.lock):
            irq.hw, irq.pintid, irq.callback = 0, 0, False
        return 0


class XenMapping(Mapping):
    """`xen` maps what is at rest, and unmaps nothing while the VM is alive."""

    def is_busy(self, irq: Irq) -> bool:
        return bool(irq.hw or irq.enabled or irq.active or irq.pending_latch)

    def desc_lock(self, pintid: int) -> Lock | None:
        return Lock(f"physical IRQ {pintid}", Rank.DESC, pintid)

    async def unmap(self, state: State, irq: Irq) -> int:
        return -EBUSY
