# SPDX-License-Identifier: Apache-2.0
"""A dialect with one rule changed does not answer as the real VGIC did: the golden traces notice."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from new_vgic_world import KVM17, KVM19, UIE, XEN, P

from tb.model.conformance import conform
from tb.model.conformance.new_vgic import NewVgicSubject
from tb.model.hypervisor.new_vgic import Dialect
from tb.model.hypervisor.new_vgic.fold import Fold
from tb.model.hypervisor.new_vgic.gich import Kvm17Gich, Kvm19Gich, XenGich
from tb.model.hypervisor.new_vgic.image import never_for_two_meanings
from tb.model.hypervisor.new_vgic.kvm_distributor import KvmDistributor
from tb.model.hypervisor.new_vgic.order import Demand, Order, active_first, count_deliverable, count_entries
from tb.model.hypervisor.new_vgic.queue import Queue
from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State
from tb.model.hypervisor.new_vgic.xen_distributor import XenDistributor
from tb.paths import ROOT


class SilentQueue(Queue):
    """Kicks only for what it lists (NV-QUEUE-2)."""

    async def queue(self, state: State, irq: Irq) -> None:
        if irq.vcpu:
            await state.platform.unlock(irq.lock)
        else:
            await super().queue(state, irq)


class AssigningFold(Fold):
    """Forgets an edge that came while the interrupt was in its list register (NV-SYNC-5)."""

    def fold_edge(self, irq: Irq, word: int) -> None:
        super().fold_edge(irq, word)
        if not word & P:
            irq.pending_latch = 0


class EagerUnderflow(Kvm17Gich):
    """Asks for an exit whenever the list is deep (NV-FLUSH-10)."""

    async def begin(self, vcpu: Vcpu, demand: Demand, nr_lr: int) -> None:
        await super().begin(vcpu, demand, nr_lr)
        if demand.pending > nr_lr:
            vcpu.hcr |= UIE


class FromTheHead(Kvm19Gich):
    """Looks for the victims of missed completions behind the first on the list (K19-3)."""

    async def finish(self, state: State, vcpu: Vcpu) -> None:
        vcpu.last_lr_irq = vcpu.last_lr_irq and vcpu.ap_list[0]
        await super().finish(state, vcpu)


class LeftOn(XenGich):
    """Leaves En set after a fold (NV-SYNC-1)."""

    async def finish(self, state: State, vcpu: Vcpu) -> None:
        pass


class OvertakingOrder(Order):
    """Does not see that an SGI waits from several sources (NV-MSGI-2)."""

    async def arrange(self, state: State, vcpu: Vcpu) -> Demand:
        return (await super().arrange(state, vcpu))._replace(multi_sgi=False)


class QuietGroups(KvmDistributor):
    """Queues only what changes its group (A.8)."""

    async def write_group(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        if irq.group != value:
            await super().write_group(state, vcpu, irq, value)


class ClippedTargets(XenDistributor):
    """Falls back to vCPU 0 (NV-MMIO-7)."""

    def default_target(self, state: State) -> Vcpu | None:
        return state.vcpus[0]


def silent(dialect: Dialect) -> Dialect:
    return replace(dialect, queue=SilentQueue())


MUTANTS: dict[str, tuple[Dialect, str, str]] = {  # the dialect, a trace, the answer that differs first
    "NV-QUEUE-2 in xen": (silent(XEN), "edge-0001", "kicks"),
    "NV-QUEUE-2 in kvm17": (silent(KVM17), "edge-0008", "kicks"),
    "NV-QUEUE-2 in kvm19": (silent(KVM19), "edge-0008", "kicks"),
    "NV-DEPTH-1 in kvm17": (replace(KVM17, order=Order(count_entries, active_first)), "level-0001", "hcr"),
    "NV-DEPTH-2 in xen": (replace(XEN, order=Order(count_deliverable, active_first)), "level-0002", "hcr"),
    "NV-SORT-2": (replace(KVM19, order=Order(count_deliverable, active_first)), "level-0001", "lrs"),
    "NV-MSGI-2": (replace(KVM17, order=OvertakingOrder(**vars(KVM17.order))), "edge-0048", "lrs"),
    "NV-MSGI-4": (replace(KVM17, image=replace(KVM17.image, exits_for_sources=False)), "sgi-0002", "lrs"),
    "NV-FLUSH-5 in xen": (
        replace(XEN, image=replace(XEN.image, holds_back_pending=never_for_two_meanings)),
        "level-0002",
        "lrs",
    ),
    "NV-FLUSH-10": (replace(KVM17, gich=EagerUnderflow()), "sgi-0002", "hcr"),
    "NV-SYNC-1 in xen": (replace(XEN, gich=LeftOn()), "edge-0001", "hcr"),
    "NV-SYNC-3": (replace(KVM19, fold=replace(KVM19.fold, notifies=False)), "level-0001", "acked"),
    "NV-SYNC-5": (replace(KVM17, fold=AssigningFold(**vars(KVM17.fold))), "edge-0016", "pending_latch"),
    "NV-SYNC-6 in xen": (
        replace(XEN, fold=replace(XEN.fold, active_holds_latch=True)),
        "level-0002",
        "pending_latch",
    ),
    "NV-SYNC-7": (
        replace(KVM17, fold=replace(KVM17.fold, resamples_completion=False)),
        "mixed-0023",
        "physops",
    ),
    "NV-PRUNE-3 in xen": (replace(XEN, prune=replace(XEN.prune, kicks_target=True)), "edge-0001", "kicks"),
    "NV-PEND-1": (replace(KVM19, wakeup=XEN.wakeup), "level-0001", "pending_irq"),
    "IGROUPR in kvm17": (replace(KVM17, distributor=QuietGroups()), "mixed-0007", "kicks"),
    "NV-MMIO-7 in xen": (replace(XEN, distributor=ClippedTargets()), "edge-0001", "target"),
    "K19-3": (replace(KVM19, gich=FromTheHead()), "mmio-0006", "active"),
}


def make(dialect: Dialect) -> Callable[..., NewVgicSubject]:
    return partial(NewVgicSubject, dialects={dialect.name: dialect})


@pytest.mark.parametrize("name", MUTANTS)
def test_a_changed_rule_is_noticed(name: str) -> None:
    dialect, trace, answer = MUTANTS[name]
    path = ROOT / "tests" / "data" / "software" / dialect.name / f"{trace}.jsonl.gz"
    summary = conform([path], {dialect.name: make(dialect)})
    assert summary.mismatches > 0
    first = summary.sentences[0]
    assert first.startswith(f"{path}:")
    assert answer in first


@pytest.mark.parametrize("dialect", [XEN, KVM17, KVM19], ids=["xen", "kvm17", "kvm19"])
def test_an_unchanged_dialect_passes_the_same_way(dialect: Dialect) -> None:
    path = next((ROOT / "tests" / "data" / "software" / dialect.name).glob("mixed-*.jsonl.gz"))
    assert conform([path], {dialect.name: make(replace(dialect))}).ok
