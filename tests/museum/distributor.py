# SPDX-License-Identifier: Apache-2.0
"""Accesses of guests to the distributor."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

from tb.model.hypervisor.classic import ClassicVgic
from tb.model.hypervisor.new_vgic import Dialect
from tb.model.hypervisor.new_vgic.distributor import Bank
from tb.model.hypervisor.new_vgic.kvm_distributor import KvmDistributor
from tb.model.hypervisor.new_vgic.record import FIRST_SPI, Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State
from tb.model.hypervisor.new_vgic.xen_distributor import XenDistributor
from tb.model.hypervisor.platform import Platform, Vgic
from tb.model.machine.hypervisors import Kind, Sizes
from tests.museum.exhibit import Exhibit, mixed, mutant, unchanged


@asynccontextmanager
async def halted_at_the_start(state: State, vcpu: Vcpu, irqs: Sequence[Irq]) -> AsyncIterator[None]:
    """Another vCPU that has one of the interrupts is stopped, but may go on before they are changed."""
    if any(irq.vcpu not in (None, vcpu) for irq in irqs if irq.intid >= FIRST_SPI):
        await state.platform.halt(vcpu.number)
        await state.platform.resume(vcpu.number)
    yield


class HaltsAtTheStart(KvmDistributor):
    def quiet(
        self, state: State, vcpu: Vcpu, bank: Bank, irqs: Sequence[Irq]
    ) -> AbstractAsyncContextManager[None]:
        if bank.read == self.read_active:
            return halted_at_the_start(state, vcpu, irqs)
        return super().quiet(state, vcpu, bank, irqs)


def halts_at_the_start(dialect: Dialect) -> Dialect:
    return replace(dialect, distributor=mixed(HaltsAtTheStart, dialect.distributor))


class ListsWhatIsEnabled(XenDistributor):
    """An interrupt that is enabled again is put on its list, whether or not it is there."""

    async def set_enabled(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        if value and not irq.enabled and (listed := irq.vcpu):
            async with state.held(listed.lock, irq.lock):
                if irq.vcpu is listed:
                    listed.ap_list.append(irq)
        await super().set_enabled(state, vcpu, irq, value)


def lists_what_is_enabled(dialect: Dialect) -> Dialect:
    return replace(dialect, distributor=mixed(ListsWhatIsEnabled, dialect.distributor))


class Forgets(dict[int, int]):
    """Which list register an interrupt has is never found."""

    def get(self, *_: object) -> None:
        """Nothing."""


def forgets_list_registers(dialect: str) -> Kind:
    """The dialect's hypervisor, which gives a pending interrupt another list register each time."""
    kind = unchanged(dialect)

    def make(platform: Platform, sizes: Sizes) -> Vgic:
        vgic = kind.make_vgic(platform, sizes)
        assert isinstance(vgic, ClassicVgic)
        for vcpu in vgic.state.vcpus:
            vcpu.lr_map = Forgets()
        return vgic

    return kind._replace(make_vgic=make)


EXHIBITS = (
    Exhibit(
        "BM-07",
        "changed while others run",
        "Linux abd7229626b9",
        ("NV-MMIO-5",),
        frozenset({"INV-ACT-1"}),
        "kvm17",
        mutant("kvm17", halts_at_the_start),
    ),
    Exhibit(
        "BM-10",
        "listed again when enabled again",
        "Xen 1dc955639ec4",
        ("NV-QUEUE-2",),
        frozenset({"INV-LR-1"}),
        "xen",
        mutant("xen", lists_what_is_enabled),
    ),
    Exhibit(
        "BM-10",
        "list registers not looked up",
        "Xen 1dc955639ec4",
        ("CL-Q-2",),
        frozenset({"INV-LR-1"}),
        "classic",
        forgets_list_registers("classic"),
    ),
)
