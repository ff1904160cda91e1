# SPDX-License-Identifier: Apache-2.0
"""The hypervisors around the VGICs: what each does between the VGIC's verbs, and which has more verbs."""

from collections.abc import Callable
from typing import Final, NamedTuple

from tb.model.defects import FAITHFUL, FIXED, Version, fixed
from tb.model.hypervisor.classic import ClassicVgic, Variant
from tb.model.hypervisor.new_vgic import NewVgic
from tb.model.hypervisor.platform import Platform, Vgic


class Hypervisor:
    """A hypervisor that needs no more than a `platform.Vgic`; the others override what they do differently.

    vgic             the model
    late_ipis        an IPI to a vCPU that is about to enter stays pending and ends that entry at once; else
                     the VGIC itself knows that it has to be given up (NV-KICK-1)
    syncs_unmasked   it takes interrupts while it syncs, where the guest was not left for an interrupt
    cancels          a signal of user space can have an entry given up after the flush
    rechecks_wakeup  a sleeping vCPU that is kicked runs only if NV-PEND-1 holds then
    traps_dir        the guest's GICV_DIR is trapped (K19-4)
    notifies         who drives a level SPI is told of its completion (NV-SYNC-3)
    follows_enable   the physical interrupt of an SPI is enabled when the guest enables the virtual one (A.8)
    restores_timers  with a vCPU come the wires of its mapped interrupts, which the VGIC is told anew
    stands_sources   it survives a guest's SPENDSGIR and CPENDSGIR (NV-MMIO-9)
    """

    late_ipis = True
    syncs_unmasked = False
    cancels = True
    rechecks_wakeup = False
    traps_dir = False
    notifies = False
    follows_enable = False
    restores_timers = False
    stands_sources = True

    def __init__(self, vgic: Vgic) -> None:
        self.vgic = vgic

    async def serve_requests(self, vcpu: int) -> None:
        """First of all at an entry."""

    async def flush(self, vcpu: int) -> None:
        """Before an entry. It may still be given up."""
        await self.vgic.flush(vcpu)

    def must_cancel(self, vcpu: int) -> bool:
        """Whether the VGIC wants the entry given up after its flush."""
        return False

    async def cancel(self, vcpu: int) -> None:
        """The entry is given up."""
        await self.vgic.sync(vcpu)

    async def restore(self, vcpu: int) -> None:
        """What is left to do when the entry cannot be given up any more."""

    async def block(self, vcpu: int) -> bool:
        """Before a sleep, which is announced. True if there is no need to sleep."""
        return await self.vgic.pending(vcpu)

    async def unblock(self, vcpu: int) -> None:
        """After it, or instead of it."""

    async def trapped_dir(self, vcpu: int, value: int) -> None:
        """A trapped write of GICV_DIR."""
        raise NotImplementedError

    async def map(self, vcpu: int | None, intid: int, pintid: int) -> bool:
        """Tie an interrupt to a physical one; whether the hypervisor can."""
        return False

    async def is_active(self, vcpu: int, intid: int) -> bool:
        """The record of a private interrupt, where restores_timers is set."""
        raise NotImplementedError


class _NewVgicHypervisor(Hypervisor):
    """Around the new VGIC."""

    vgic: NewVgic

    async def map(self, vcpu: int | None, intid: int, pintid: int) -> bool:
        """Private ones are timers, whose wire the hypervisor can ask for."""
        return await self.vgic.map(vcpu, intid, pintid, callback=vcpu is not None) == 0


class Xen(_NewVgicHypervisor):
    """Xen."""

    syncs_unmasked = True
    cancels = False
    follows_enable = True
    stands_sources = False


class Kvm(_NewVgicHypervisor):
    """KVM with the new VGIC."""

    late_ipis = False
    rechecks_wakeup = True
    notifies = True
    restores_timers = True

    async def serve_requests(self, vcpu: int) -> None:
        await self.vgic.serve_requests(vcpu)

    def must_cancel(self, vcpu: int) -> bool:
        return self.vgic.must_cancel(vcpu)

    async def block(self, vcpu: int) -> bool:
        return await self.vgic.block(vcpu)

    async def unblock(self, vcpu: int) -> None:
        await self.vgic.unblock(vcpu)

    async def is_active(self, vcpu: int, intid: int) -> bool:
        state = self.vgic.state
        irq = state.irq(state.vcpus[vcpu], intid)
        assert irq
        async with state.held(irq.lock):
            return bool(irq.active)


class Kvm19(Kvm):
    """KVM that traps GICV_DIR."""

    traps_dir = True

    async def trapped_dir(self, vcpu: int, value: int) -> None:
        await self.vgic.trapped_dir(vcpu, value)


class KvmClassic(Hypervisor):
    """KVM with the classic VGIC, which switches the registers at the last moment."""

    vgic: ClassicVgic
    rechecks_wakeup = True

    async def flush(self, vcpu: int) -> None:
        await self.vgic.fill(vcpu)

    async def restore(self, vcpu: int) -> None:
        await self.vgic.restore(vcpu)

    async def cancel(self, vcpu: int) -> None:
        await self.vgic.fold(vcpu)


class Sizes(NamedTuple):
    """What a VGIC is made for."""

    vcpus: int
    num_lr: int
    spis: int


class Kind(NamedTuple):
    """A hypervisor as it can be chosen.

    hypervisor  how it treats the VGIC
    make_vgic   makes the VGIC
    """

    hypervisor: type[Hypervisor]
    make_vgic: Callable[[Platform, Sizes], Vgic]


_AROUND: Final[dict[str, type[_NewVgicHypervisor]]] = {"xen": Xen, "kvm17": Kvm, "kvm19": Kvm19}


def kind(dialect: str, version: Version) -> Kind:
    """The hypervisor of a dialect with this version of its VGIC, which may be mended or broken."""
    if isinstance(version, Variant):
        variant = version
        return Kind(
            KvmClassic,
            lambda platform, sizes: ClassicVgic(platform, sizes.vcpus, sizes.spis, sizes.num_lr, variant),
        )
    return Kind(_AROUND[dialect], lambda platform, sizes: NewVgic(platform, version, *sizes))


HYPERVISORS: Final = {
    **{dialect: kind(dialect, version) for dialect, version in FAITHFUL.items()},
    **{dialect + FIXED: kind(dialect, fixed(dialect)) for dialect in FAITHFUL},
}
