# SPDX-License-Identifier: Apache-2.0
"""SGIs and their senders."""

from dataclasses import replace

from gicv2_registers import GICH_HCR_NPIE_MASK
from tb.model.hypervisor.classic import Variant
from tb.model.hypervisor.new_vgic import Dialect, world_switch
from tb.model.hypervisor.new_vgic.distributor import Distributor
from tb.model.hypervisor.new_vgic.record import Vcpu
from tb.model.hypervisor.new_vgic.state import State
from tb.model.hypervisor.new_vgic.world_switch import WorldSwitch
from tests.museum.exhibit import Exhibit, mixed, mutant, patched


class TakesAllSenders(WorldSwitch):
    """While an SGI has senders left, they get list registers, too."""

    fill = patched(
        world_switch,
        "                    vcpu.used += 1\n",
        "                    vcpu.used += 1\n"
        "                    while irq.is_sgi and irq.source and vcpu.used < state.nr_lr:\n"
        "                        word = dialect.image.populate(irq)\n"
        "                        await dialect.gich.store(state, vcpu, vcpu.used, word)\n"
        "                        vcpu.used += 1\n",
    ).WorldSwitch.fill


def takes_all_senders(dialect: Dialect) -> Dialect:
    return replace(dialect, world_switch=mixed(TakesAllSenders, dialect.world_switch))


def forgets_sender(dialect: Dialect) -> Dialect:
    """An active SGI is loaded with CPUID 0."""
    return replace(dialect, fold=replace(dialect.fold, keeps_active_source=False))


class AsksForNpie(WorldSwitch):
    """An SGI with senders left asks for an exit when nothing is pending, not at its EOI."""

    fill = patched(
        world_switch,
        "limit = irq.priority",
        f"limit, vcpu.hcr = irq.priority, vcpu.hcr | {GICH_HCR_NPIE_MASK}",
    ).WorldSwitch.fill


def asks_for_npie(dialect: Dialect) -> Dialect:
    image = replace(dialect.image, exits_for_sources=False)
    return replace(dialect, image=image, world_switch=mixed(AsksForNpie, dialect.world_switch))


def filter_0_falls_through(variant: Variant) -> Variant:
    """After its test for an empty list, SGIR's filter 0 goes on into filter 1."""
    return replace(variant, filter_0_is_list=False)


class ObeysReservedFilter(Distributor):
    """SGIR's filter 3 is not recognised, so its list counts."""

    async def send_sgi(self, state: State, sender: Vcpu, value: int) -> None:
        reserved = value >> 24 & 3 == 3
        await super().send_sgi(state, sender, value & 0x00FF_FFFF if reserved else value)


def obeys_reserved_filter(dialect: Dialect) -> Dialect:
    return replace(dialect, distributor=mixed(ObeysReservedFilter, dialect.distributor))


EXHIBITS = (
    Exhibit(
        "BM-01",
        "one list register for each sender",
        "Linux 16ca6a607d84",
        ("NV-MSGI-1",),
        frozenset({"INV-LR-1"}),
        "kvm17",
        mutant("kvm17", takes_all_senders),
    ),
    Exhibit(
        "BM-02",
        "sender of an active SGI forgotten",
        "Linux 53692908b0f5",
        ("NV-FLUSH-4", "NV-MSGI-4"),
        frozenset({"INV-SGI-2"}),
        "kvm17",
        mutant("kvm17", forgets_sender),
    ),
    Exhibit(
        "BM-02",
        "NPIE for senders that wait",
        "Linux 53692908b0f5",
        ("NV-MSGI-4",),
        frozenset({"INV-LIVE-3"}),
        "kvm17",
        mutant("kvm17", asks_for_npie),
        vcpus=6,
        entries=1050,
    ),
    Exhibit(
        "BM-15",
        "filter 0 falls into filter 1",
        "Linux v3.9",
        ("NV-MMIO-8", "CL-SGI-1"),
        frozenset({"INV-SPUR-1"}),
        "classic",
        mutant("classic", filter_0_falls_through),
    ),
    Exhibit(
        "BM-15",
        "filter 3 obeyed",
        "Xen be7f0cc651d8",
        ("NV-MMIO-8",),
        frozenset({"INV-SPUR-1"}),
        "xen",
        mutant("xen", obeys_reserved_filter),
    ),
)
