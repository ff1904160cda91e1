# SPDX-License-Identifier: Apache-2.0
"""Deactivation: of what, and for whom."""

from dataclasses import replace

from tb.model.hardware.distributor import PhysicalDistributor
from tb.model.hypervisor.new_vgic import Dialect, overflow
from tb.model.hypervisor.new_vgic.gich import Kvm19Gich
from tb.model.hypervisor.new_vgic.record import FIRST_SPI, Vcpu
from tb.model.hypervisor.new_vgic.state import State
from tb.model.hypervisor.platform import Platform, Vgic
from tb.model.machine.hypervisors import Kind, Sizes
from tb.model.machine.platform import MachinePlatform
from tests.museum.exhibit import Exhibit, mixed, mutant, patched, unchanged

FROM_THE_HEAD = patched(overflow, "[vcpu.ap_list.index(vcpu.last_lr_irq) + 1 :]", "[:]")


class WalksFromTheHead(Kvm19Gich):
    """EOIs without list register end the first active interrupts of the whole list."""

    async def finish(self, state: State, vcpu: Vcpu) -> None:
        await FROM_THE_HEAD.complete_outside(state, vcpu, self.is_meant)


def walks_from_the_head(dialect: Dialect) -> Dialect:
    return replace(dialect, gich=mixed(WalksFromTheHead, dialect.gich))


class BankedSpis(PhysicalDistributor):
    """Shared interrupts are active for the CPU that took them; a deactivation counts for its own CPU."""

    def __init__(self) -> None:
        super().__init__()
        self._takers: dict[int, int] = {}

    def acknowledge(self, intid: int, cpu: int = 0) -> None:
        super().acknowledge(intid, cpu)
        self._takers[intid] = cpu

    def deactivate(self, intid: int, cpu: int) -> None:
        if intid < FIRST_SPI or self._takers.get(intid) == cpu:
            super().deactivate(intid, cpu)


def banked_spis(dialect: str) -> Kind:
    """The dialect's hypervisor on such a machine."""
    kind = unchanged(dialect)

    def make(platform: Platform, sizes: Sizes) -> Vgic:
        assert isinstance(platform, MachinePlatform)
        platform.physical_interrupts.distributor = BankedSpis()
        return kind.make_vgic(platform, sizes)

    return kind._replace(make_vgic=make)


EXHIBITS = (
    Exhibit(
        "BM-08",
        "EOIcount walks from the head",
        "Linux 6da5e537f5",
        ("K19-3",),
        frozenset({"INV-ACT-3"}),
        "kvm19",
        mutant("kvm19", walks_from_the_head),
    ),
    Exhibit(
        "BM-14",
        "SPI deactivation banked by CPU",
        "QEMU 7175a562f157",
        ("V2-EOI-9",),
        frozenset({"INV-HW-1"}),
        "kvm17",
        banked_spis("kvm17"),
    ),
)
