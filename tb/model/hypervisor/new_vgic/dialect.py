# SPDX-License-Identifier: Apache-2.0
"""What tells the dialects of the new VGIC apart; all else is the same code for all."""

from dataclasses import dataclass, field
from typing import Final

from tb.model.hypervisor.new_vgic.distributor import Distributor
from tb.model.hypervisor.new_vgic.fold import Fold
from tb.model.hypervisor.new_vgic.gich import Gich, Kvm17Gich, Kvm19Gich, XenGich
from tb.model.hypervisor.new_vgic.image import Image, never_for_active_mapped_level, never_for_two_meanings
from tb.model.hypervisor.new_vgic.kvm_distributor import KvmDistributor
from tb.model.hypervisor.new_vgic.mapping import KvmMapping, Mapping, XenMapping
from tb.model.hypervisor.new_vgic.order import (
    Order,
    active_first,
    count_deliverable,
    count_entries,
    pending_first,
    weigh_sources,
)
from tb.model.hypervisor.new_vgic.prune import Prune
from tb.model.hypervisor.new_vgic.queue import Queue
from tb.model.hypervisor.new_vgic.wakeup import Wakeup
from tb.model.hypervisor.new_vgic.world_switch import WorldSwitch
from tb.model.hypervisor.new_vgic.xen_distributor import XenDistributor


@dataclass(frozen=True)
class Dialect:
    """One VGIC of the family. `dataclasses.replace` makes variants: of a part, or of a part's flag.

    name              xen, kvm17 or kvm19
    kick_requests     a kick leaves a request that cancels an entry under way (NV-KICK-1)
    spi_reset_target  SPIs start with vCPU 0 as their target, else with none
    """

    name: str
    kick_requests: bool
    spi_reset_target: bool
    order: Order
    image: Image
    gich: Gich
    fold: Fold
    prune: Prune
    wakeup: Wakeup
    distributor: Distributor
    mapping: Mapping
    queue: Queue = field(default_factory=Queue)
    world_switch: WorldSwitch = field(default_factory=WorldSwitch)


XEN: Final = Dialect(
    name="xen",
    kick_requests=False,
    spi_reset_target=False,
    order=Order(count_entries, active_first, spares_itself=False),
    image=Image(never_for_active_mapped_level, exits_for_sources=False, survives_no_source=False),
    gich=XenGich(),
    fold=Fold(
        notifies=False, keeps_active_source=False, active_holds_latch=False, resamples_completion=False
    ),
    prune=Prune(rechecks_list=False, kicks_target=False),
    wakeup=Wakeup(wants_deliverable=False),
    distributor=XenDistributor(),
    mapping=XenMapping(),
)

KVM17: Final = Dialect(
    name="kvm17",
    kick_requests=True,
    spi_reset_target=True,
    order=Order(weigh_sources, active_first),
    image=Image(never_for_two_meanings, exits_for_sources=True, survives_no_source=True),
    gich=Kvm17Gich(),
    fold=Fold(notifies=True, keeps_active_source=True, active_holds_latch=True, resamples_completion=True),
    prune=Prune(rechecks_list=False, kicks_target=True),
    wakeup=Wakeup(wants_deliverable=True),
    distributor=KvmDistributor(),
    mapping=KvmMapping(),
)

KVM19: Final = Dialect(
    name="kvm19",
    kick_requests=True,
    spi_reset_target=True,
    order=Order(count_deliverable, pending_first),
    image=KVM17.image,
    gich=Kvm19Gich(),
    fold=KVM17.fold,
    prune=Prune(rechecks_list=True, kicks_target=True),
    wakeup=KVM17.wakeup,
    distributor=KvmDistributor(),
    mapping=KvmMapping(),
)

DIALECTS: Final = {dialect.name: dialect for dialect in (XEN, KVM17, KVM19)}
