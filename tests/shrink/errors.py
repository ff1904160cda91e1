# SPDX-License-Identifier: Apache-2.0
"""Hypervisors with one error."""

from collections.abc import Callable
from itertools import count

from gicv2_registers import GICH_LR_VIRTUALID_MASK
from tb.model.hypervisor.new_vgic import KVM17, NewVgic
from tb.model.hypervisor.platform import HypervisorStopped, Platform, Vgic
from tb.model.machine.hypervisors import HYPERVISORS, Kind, Kvm, Sizes

VICTIM = 34


class Forgetful(NewVgic):
    """Loses each edge of VICTIM but the first."""

    seen = 0

    async def inject(self, vcpu: int | None, intid: int, level: int) -> int:
        self.seen += intid == VICTIM and level
        if intid == VICTIM and self.seen > 1:
            return 0
        return await super().inject(vcpu, intid, level)


class Impatient(NewVgic):
    """Stops at the third edge of VICTIM."""

    seen = 0

    async def inject(self, vcpu: int | None, intid: int, level: int) -> int:
        self.seen += intid == VICTIM and level
        if self.seen == 3:
            raise HypervisorStopped("three are too many")
        return await super().inject(vcpu, intid, level)


class Doubling(NewVgic):
    """Has VICTIM in two list registers."""

    async def flush(self, vcpu: int) -> None:
        await super().flush(vcpu)
        platform, cpu = self.state.platform, self.state.vcpus[vcpu].cpu
        word = await platform.read(cpu, "GICH_LR0")
        if word & GICH_LR_VIRTUALID_MASK == VICTIM and not await platform.read(cpu, "GICH_LR1"):
            await platform.write(cpu, "GICH_LR1", word)


def kind(vgic: Callable[..., NewVgic]) -> Kind:
    """KVM with that VGIC."""

    def make(platform: Platform, sizes: Sizes) -> NewVgic:
        return vgic(platform, KVM17, *sizes)

    return Kind(Kvm, make)


def stopping(dialect: str, number: int) -> Kind:
    """The hypervisor of a dialect, which stops at a sync."""
    hypervisor, make_vgic = HYPERVISORS[dialect]

    def make(platform: Platform, sizes: Sizes) -> Vgic:
        vgic = make_vgic(platform, sizes)
        sync = vgic.sync
        numbers = count(1)

        async def stop(vcpu: int) -> None:
            if next(numbers) == number:
                raise HypervisorStopped("it was told to")
            await sync(vcpu)

        vgic.sync = stop  # type: ignore[method-assign]
        return vgic

    return Kind(hypervisor, make)
