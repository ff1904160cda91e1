# SPDX-License-Identifier: Apache-2.0
"""A new VGIC with one rule changed: the statement names the rule."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pytest
from switched import first_mismatches

import gicv2_registers as regs
from tb.model.hypervisor.new_vgic import KVM17, KVM19, XEN, Dialect, NewVgic
from tb.model.hypervisor.new_vgic.fold import Fold
from tb.model.hypervisor.new_vgic.gich import Kvm17Gich, Kvm19Gich, XenGich
from tb.model.hypervisor.new_vgic.image import EOI, Image, never_for_two_meanings
from tb.model.hypervisor.new_vgic.order import Demand, Order, count_entries
from tb.model.hypervisor.new_vgic.prune import Prune
from tb.model.hypervisor.new_vgic.record import Config, Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State
from tb.model.hypervisor.new_vgic.world_switch import WorldSwitch
from tb.model.hypervisor.platform import Physical
from tb.model.machine.hypervisors import HYPERVISORS, Kind

UIE, NPIE = regs.GICH_HCR_UIE_MASK, regs.GICH_HCR_NPIE_MASK
ALL = (XEN, KVM17, KVM19)
KVM = (KVM17, KVM19)

# ---- flush


class WaitsForCompany(WorldSwitch):
    async def flush(self, state: State, vcpu: Vcpu) -> None:
        if len(vcpu.ap_list) != 1:
            await super().flush(state, vcpu)


class SortsAlways(Order):
    async def arrange(self, state: State, vcpu: Vcpu) -> Demand:
        demand = await super().arrange(state, vcpu)
        vcpu.ap_list[:] = await self.sort(state, vcpu, vcpu.ap_list)
        return demand


def nothing(state: State, vcpu: Vcpu, irq: Irq) -> Demand:
    return Demand()


def by_number(state: State, vcpu: Vcpu, irq: Irq) -> tuple[int, ...]:
    return (irq.intid,)


class Unstable(Order):
    async def is_behind(self, state: State, vcpu: Vcpu, one: Irq, other: Irq) -> bool:
        async with state.held(one.lock, other.lock):
            return self.rank(state, vcpu, one) >= self.rank(state, vcpu, other)


class Overtaking(Order):
    async def arrange(self, state: State, vcpu: Vcpu) -> Demand:
        return (await super().arrange(state, vcpu))._replace(multi_sgi=False)


class LoadsAll(WorldSwitch):
    async def fill(self, state: State, vcpu: Vcpu) -> None:
        vcpu.used = 0
        await state.dialect.gich.begin(vcpu, await state.dialect.order.arrange(state, vcpu), state.nr_lr)
        for irq in vcpu.ap_list[: state.nr_lr]:
            async with state.held(irq.lock):
                await state.dialect.gich.store(state, vcpu, vcpu.used, state.dialect.image.populate(irq))
                irq.on_lr = 1
                vcpu.used += 1
        if vcpu.used == state.nr_lr:
            await state.dialect.gich.full(state, vcpu, irq)


class LoadsLess(WorldSwitch):
    async def fill(self, state: State, vcpu: Vcpu) -> None:
        await super().fill(state, vcpu)
        vcpu.used -= vcpu.used > 1


@dataclass(frozen=True)
class Painted(Image):
    """Changes each word, or record, after it was made."""

    paint: Callable[[Irq, int], int] = lambda irq, word: word

    def populate(self, irq: Irq) -> int:
        return self.paint(irq, super().populate(irq))


def painted(dialect: Dialect, paint: Callable[[Irq, int], int]) -> Dialect:
    return replace(dialect, image=Painted(**vars(dialect.image), paint=paint))


def keeps_latch(irq: Irq, word: int) -> int:
    irq.pending_latch = 1
    return word


def keeps_line(irq: Irq, word: int) -> int:
    irq.line_level |= irq.is_mapped_level
    return word


def another_source(irq: Irq, word: int) -> int:
    return word ^ 1 << 10 if irq.is_sgi and irq.active else word


def highest_source(irq: Irq, word: int) -> int:
    if irq.is_sgi and irq.source:
        source = irq.source.bit_length() - 1
        irq.source ^= 1 << source | 1 << (word >> 10 & 7)
        word = word & ~regs.GICH_LR_CPUID_MASK | source << 10
    return word


class Deep(Kvm17Gich):
    async def begin(self, vcpu: Vcpu, demand: Demand, nr_lr: int) -> None:
        await super().begin(vcpu, demand, nr_lr)
        vcpu.hcr |= UIE if demand.pending > nr_lr else 0


class DeepXen(XenGich):
    async def full(self, state: State, vcpu: Vcpu, last: Irq) -> None:
        await self.set_underflow(state, vcpu)


class WithoutNpie(Kvm19Gich):
    async def begin(self, vcpu: Vcpu, demand: Demand, nr_lr: int) -> None:
        await super().begin(vcpu, demand, nr_lr)
        vcpu.hcr &= ~NPIE


class WritesAlways(WorldSwitch):
    async def flush(self, state: State, vcpu: Vcpu) -> None:
        await super().flush(state, vcpu)
        if not vcpu.ap_list:
            await state.platform.write(vcpu.cpu, "GICH_HCR", 1)


class Leaves(Kvm17Gich):
    """Loads one more than it says."""

    async def restore(self, state: State, vcpu: Vcpu) -> None:
        await super().restore(state, vcpu)
        if 0 < vcpu.used < state.nr_lr:
            await state.platform.write(vcpu.cpu, f"GICH_LR{vcpu.used}", vcpu.shadow[0] + 1)


class NeverOn(XenGich):
    async def restore(self, state: State, vcpu: Vcpu) -> None:
        pass


class SkipsEmpty(Kvm19Gich):
    flushes_empty = False


class Unmarked(Kvm19Gich):
    async def store(self, state: State, vcpu: Vcpu, index: int, word: int) -> None:
        irq = state.irq(vcpu, word & regs.GICH_LR_VIRTUALID_MASK)
        assert irq
        irq.on_lr = 0
        await super().store(state, vcpu, index, word)


class Unlocked(WorldSwitch):
    async def sync(self, state: State, vcpu: Vcpu) -> None:
        for irq in vcpu.ap_list:
            irq.priority ^= 0x80
        await super().sync(state, vcpu)


class UnlockedList(WorldSwitch):
    async def sync(self, state: State, vcpu: Vcpu) -> None:
        vcpu.ap_list.reverse()
        await super().sync(state, vcpu)


# ---- sync


class LeftOn(XenGich):
    async def finish(self, state: State, vcpu: Vcpu) -> None:
        pass


class LateUie(XenGich):
    async def save(self, state: State, vcpu: Vcpu) -> None:
        pass

    async def finish(self, state: State, vcpu: Vcpu) -> None:
        await self._change_hcr(state, vcpu, UIE, 0)
        await super().finish(state, vcpu)


class LateHcr(Kvm17Gich):
    async def restore(self, state: State, vcpu: Vcpu) -> None:
        await super().restore(state, vcpu)
        if vcpu.used:
            await state.platform.write(vcpu.cpu, "GICH_HCR", vcpu.hcr)


class LeftOnKvm(Kvm17Gich):
    async def save(self, state: State, vcpu: Vcpu) -> None:
        await super().save(state, vcpu)
        await state.platform.write(vcpu.cpu, "GICH_HCR", 1)


class SavesLess(Kvm19Gich):
    """The last list register keeps its word."""

    async def save_lrs(self, state: State, vcpu: Vcpu) -> None:
        await super().save_lrs(state, vcpu)
        if vcpu.used:
            word = vcpu.shadow[vcpu.used - 1]
            await state.platform.write(vcpu.cpu, f"GICH_LR{vcpu.used - 1}", word)


class Trusting(Kvm17Gich):
    """Takes all list registers for empty."""

    async def save_lrs(self, state: State, vcpu: Vcpu) -> None:
        await super().save_lrs(state, vcpu)
        vcpu.shadow[:] = [word & ~regs.GICH_LR_STATE_MASK for word in vcpu.shadow]


class Assigning(Fold):
    def fold_edge(self, irq: Irq, word: int) -> None:
        super().fold_edge(irq, word)
        if not word & regs.GICH_LR_STATE_PEND << regs.GICH_LR_STATE_LSB:
            irq.pending_latch = 0


class Sourceless(Fold):
    def fold_edge(self, irq: Irq, word: int) -> None:
        source = irq.source
        super().fold_edge(irq, word)
        irq.source = source


class Inactive(Fold):
    async def fold(self, state: State, vcpu: Vcpu, word: int) -> None:
        await super().fold(state, vcpu, word & ~(regs.GICH_LR_STATE_ACT << regs.GICH_LR_STATE_LSB))


class Unresampled(Fold):
    async def fold_level(self, state: State, irq: Irq, word: int, deactivated: bool) -> None:
        hw, irq.hw = irq.hw, 0
        await super().fold_level(state, irq, word, deactivated)
        irq.hw = hw


class DeactivatesAlways(Fold):
    async def fold_level(self, state: State, irq: Irq, word: int, deactivated: bool) -> None:
        await super().fold_level(state, irq, word, deactivated)
        if irq.hw and deactivated:
            await state.physical(Physical.DEACTIVATE, irq)


class ForgetsLast(WorldSwitch):
    async def sync(self, state: State, vcpu: Vcpu) -> None:
        vcpu.used -= vcpu.used > 1
        await super().sync(state, vcpu)


class PrunesSeldom(Prune):
    async def prune(self, state: State, vcpu: Vcpu) -> None:
        if len(vcpu.ap_list) > 1:
            await super().prune(state, vcpu)


class LooksAtOne(Prune):
    async def drop(self, state: State, vcpu: Vcpu) -> tuple[Irq, Vcpu] | None:
        async with state.held(vcpu.lock):
            irq = vcpu.ap_list[0]
            async with state.held(irq.lock):
                if not state.oracle(irq):
                    vcpu.ap_list.remove(irq)
                    irq.vcpu = None
        return None


class KeepsOdd(Prune):
    async def drop(self, state: State, vcpu: Vcpu) -> tuple[Irq, Vcpu] | None:
        async with state.held(vcpu.lock):
            for irq in list(vcpu.ap_list):
                async with state.held(irq.lock):
                    target = state.oracle(irq)
                    if not target and not irq.intid % 2:
                        vcpu.ap_list.remove(irq)
                        irq.vcpu = None
                    elif target and target is not vcpu:
                        return irq, target
        return None


class MovesOne(Prune):
    """Does not look at the list again after a move."""

    async def prune(self, state: State, vcpu: Vcpu) -> None:
        if found := await self.drop(state, vcpu):
            await self.move(state, found[0], vcpu, found[1])


class MovesToHead(Prune):
    async def move(self, state: State, irq: Irq, vcpu: Vcpu, target: Vcpu) -> None:
        first, second = sorted((vcpu, target), key=lambda each: each.number)
        async with state.held(first.lock, second.lock, irq.lock):
            if state.oracle(irq) is target and irq.vcpu is vcpu:
                vcpu.ap_list.remove(irq)
                target.ap_list.insert(0, irq)
                irq.vcpu = target
        if irq.vcpu is target and self.kicks_target:
            await state.kick(target)


# ---- completions outside the list registers


class FromTheHead(Kvm19Gich):
    async def finish(self, state: State, vcpu: Vcpu) -> None:
        vcpu.last_lr_irq = vcpu.last_lr_irq and vcpu.ap_list[0]
        await super().finish(state, vcpu)


class CountsNothing(Kvm19Gich):
    async def finish(self, state: State, vcpu: Vcpu) -> None:
        pass


class QuietVgic(NewVgic):
    """A trapped DIR asks for no prune."""

    async def trapped_dir(self, vcpu: int, value: int) -> None:
        before = [each.prune_requested for each in self.state.vcpus]
        await super().trapped_dir(vcpu, value)
        for each, requested in zip(self.state.vcpus, before, strict=True):
            each.prune_requested = requested


class LazyVgic(NewVgic):
    """A request to prune is forgotten."""

    async def serve_requests(self, vcpu: int) -> bool:
        self.state.vcpus[vcpu].prune_requested = False
        return await super().serve_requests(vcpu)


class EagerVgic(NewVgic):
    """A trapped DIR asks for a prune in any case."""

    async def trapped_dir(self, vcpu: int, value: int) -> None:
        await super().trapped_dir(vcpu, value)
        self.state.vcpus[vcpu].prune_requested = True


class FollowingVgic(NewVgic):
    """An active interrupt is for its target, too (NV-ORACLE-1)."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        state = self.state
        oracle = state.oracle
        state.oracle = lambda irq: irq.target_vcpu if irq.active else oracle(irq)  # type: ignore[method-assign]


class AlwaysOnVgic(NewVgic):
    """The distributor is always on (NV-ORACLE-2)."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        state = self.state

        def oracle(irq: Irq) -> Vcpu | None:
            pends = irq.active or (irq.enabled and irq.pending)
            return (irq.active and irq.vcpu) or (irq.target_vcpu if pends else None)

        state.oracle = oracle  # type: ignore[method-assign,assignment]


class DeafVgic(NewVgic):
    """A trapped DIR ends the other source's instance, too."""

    async def trapped_dir(self, vcpu: int, value: int) -> None:
        irq = self.state.irq(self.state.vcpus[vcpu], value & 0x3FF)
        if irq and irq.is_sgi:
            value = value & 0x3FF | irq.active_source << 10
        await super().trapped_dir(vcpu, value)


def level_without_eoi(irq: Irq, word: int) -> int:
    return word if irq.config is Config.EDGE or irq.hw else word & ~EOI


def kept(dialect: Dialect, part: str, **changes: Any) -> Dialect:
    """A dialect with one of its policies changed."""
    return replace(dialect, **{part: replace(getattr(dialect, part), **changes)})


def of(dialect: Dialect, part: str, kind: type) -> Dialect:
    """With a policy of another class."""
    return replace(dialect, **{part: kind(**vars(getattr(dialect, part)))})


class Mutant(NamedTuple):
    """What is changed, where that shows, and the rule that is named."""

    what: str
    dialect: Dialect
    rule: str
    scenario: str = "mixed"
    num_lr: int = 4


def of_all(each: Dialect) -> Iterator[Mutant]:
    skipping, sorting = ("K19-7", "NV-SORT-2") if each is KVM19 else ("NV-FLUSH-1", "NV-SORT-1")
    fold, prune = each.fold, each.prune
    source = {"keeps_active_source": not fold.keeps_active_source}
    latch = {"active_holds_latch": not fold.active_holds_latch}
    arm = {"resamples_completion": not fold.resamples_completion}
    yield Mutant("one entry", replace(each, world_switch=WaitsForCompany()), skipping)
    yield Mutant("no record lock", replace(each, world_switch=Unlocked()), "NV-SYNC-8")
    yield Mutant("no list lock", replace(each, world_switch=UnlockedList()), "NV-PRUNE-1")
    yield Mutant("sorts always", of(each, "order", SortsAlways), "NV-DEPTH-2")
    yield Mutant("weighs nothing", kept(each, "order", weigh=nothing), "NV-DEPTH-2", "bursts", 2)
    yield Mutant("sorts by number", kept(each, "order", rank=by_number), sorting, num_lr=2)
    yield Mutant("swaps equals", of(each, "order", Unstable), sorting, num_lr=2)
    yield Mutant("priority", painted(each, lambda irq, word: word ^ 1 << 23), "NV-FLUSH-3")
    yield Mutant("ACTIVE", painted(each, lambda irq, word: word & ~(2 << 28)), "NV-FLUSH-4", "slow")
    yield Mutant("CPUID", painted(each, another_source), "NV-FLUSH-4", "sgi-storm")
    yield Mutant("EOI of a level", painted(each, level_without_eoi), "NV-FLUSH-6", "levels")
    yield Mutant("latch stays", painted(each, keeps_latch), "NV-FLUSH-7")
    yield Mutant("line stays", painted(each, keeps_line), "NV-FLUSH-8", "mapped")
    yield Mutant("last LR not folded", replace(each, world_switch=ForgetsLast()), "NV-SYNC-8")
    yield Mutant("notices", kept(each, "fold", notifies=not fold.notifies), "NV-SYNC-3", "levels")
    yield Mutant("ACTIVE not folded", of(each, "fold", Inactive), "NV-SYNC-4", "slow")
    yield Mutant("active source", kept(each, "fold", **source), "NV-SYNC-4", "sgi-storm")
    yield Mutant("latch assigned", of(each, "fold", Assigning), "NV-SYNC-5", "nesting")
    yield Mutant("source lost", of(each, "fold", Sourceless), "NV-SYNC-5", "sgi-storm", 1)
    yield Mutant("latch of a level", kept(each, "fold", **latch), "NV-SYNC-6", "management")
    yield Mutant("second arm", kept(each, "fold", **arm), "NV-SYNC-7", "mapped")
    yield Mutant("no resampling", of(each, "fold", Unresampled), "NV-SYNC-7", "mapped")
    yield Mutant("deactivates always", of(each, "fold", DeactivatesAlways), "NV-SYNC-7", "mapped")
    yield Mutant("prunes seldom", of(each, "prune", PrunesSeldom), "NV-SYNC-8")
    yield Mutant("looks at one", of(each, "prune", LooksAtOne), "NV-PRUNE-1", "bursts")
    yield Mutant("keeps what is done", of(each, "prune", KeepsOdd), "NV-PRUNE-2", "bursts")
    yield Mutant("no second look", of(each, "prune", MovesOne), "NV-PRUNE-3", "migration")
    yield Mutant("to the head", of(each, "prune", MovesToHead), "NV-PRUNE-3", "migration")
    kicks = kept(each, "prune", kicks_target=not prune.kicks_target)
    yield Mutant("kicks", kicks, "NV-PRUNE-3", "migration")


def of_kvm(each: Dialect) -> Iterator[Mutant]:
    both = kept(each, "image", holds_back_pending=lambda irq: False)
    yield Mutant("active and pending", both, "NV-FLUSH-5", "slow", 16)
    yield Mutant("EOI of sources", kept(each, "image", exits_for_sources=False), "NV-MSGI-4", "sgi-storm")
    yield Mutant("highest source", painted(each, highest_source), "NV-FLUSH-7", "sgi-storm")
    yield Mutant("loads less", replace(each, world_switch=LoadsLess()), "NV-FLUSH-2")


def of_one() -> Iterator[Mutant]:
    both = kept(XEN, "image", holds_back_pending=never_for_two_meanings)
    yield Mutant("active and pending", both, "NV-FLUSH-5")
    yield Mutant("UIE", replace(XEN, gich=DeepXen()), "NV-FLUSH-10", "bursts", 2)
    yield Mutant("En", replace(XEN, gich=NeverOn()), "NV-FLUSH-11")
    yield Mutant("En after the sync", replace(XEN, gich=LeftOn()), "NV-SYNC-1")
    yield Mutant("UIE goes last", replace(XEN, gich=LateUie()), "NV-SYNC-2")
    yield Mutant("HCR last", replace(KVM17, gich=LateHcr()), "NV-FLUSH-11")
    others = replace(KVM17, world_switch=LoadsAll())
    yield Mutant("loads for others", others, "NV-FLUSH-2", "management")
    yield Mutant("weights", kept(KVM17, "order", weigh=count_entries), "NV-MSGI-2", "sgi-storm")
    yield Mutant("overtaken", of(KVM17, "order", Overtaking), "NV-MSGI-2", "sgi-storm")
    yield Mutant("UIE", replace(KVM17, gich=Deep()), "NV-FLUSH-10", "sgi-storm")
    yield Mutant("HCR without LRs", replace(KVM17, world_switch=WritesAlways()), "NV-FLUSH-11")
    yield Mutant("an LR too many", replace(KVM17, gich=Leaves()), "NV-FLUSH-2")
    yield Mutant("En after the sync", replace(KVM17, gich=LeftOnKvm()), "NV-SYNC-1")
    yield Mutant("ELRSR", replace(KVM17, gich=Trusting()), "NV-SYNC-5", "nesting")
    yield Mutant("empty list", replace(KVM19, gich=SkipsEmpty()), "K19-7")
    yield Mutant("NPIE", replace(KVM19, gich=WithoutNpie()), "K19-2", "bursts", 2)
    yield Mutant("on_lr", replace(KVM19, gich=Unmarked()), "K19-6")
    yield Mutant("LR after the sync", replace(KVM19, gich=SavesLess()), "NV-SYNC-1")
    yield Mutant("from the head", replace(KVM19, gich=FromTheHead()), "K19-3", "nesting", 2)
    yield Mutant("no victims", replace(KVM19, gich=CountsNothing()), "K19-3", "nesting", 1)


MUTANTS = [
    *(mutant for each in ALL for mutant in of_all(each)),
    *(mutant for each in KVM for mutant in of_kvm(each)),
    *of_one(),
]


def kind_of(dialect: Dialect, vgic: type[NewVgic] = NewVgic) -> Kind:
    return Kind(HYPERVISORS[dialect.name].hypervisor, lambda platform, sizes: vgic(platform, dialect, *sizes))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.dialect.name}: {mutant.what}")
def test_a_changed_rule_is_named(mutant: Mutant) -> None:
    _, dialect, rule, scenario, num_lr = mutant
    assert rule in first_mismatches(rule, dialect.name, scenario, num_lr, kind_of(dialect))


@pytest.mark.parametrize(
    ("vgic", "scenario"),
    [(QuietVgic, "split"), (LazyVgic, "split"), (EagerVgic, "split"), (DeafVgic, "split")],
)
def test_a_trapped_dir_is_watched(vgic: type[NewVgic], scenario: str) -> None:
    assert "K19-5" in first_mismatches("K19-5", "kvm19", scenario, 4, kind_of(KVM19, vgic))


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize(
    ("vgic", "scenario", "rule"),
    [(FollowingVgic, "migration", "NV-FLUSH-2"), (AlwaysOnVgic, "switching", "NV-PRUNE-2")],
)
def test_the_oracle_is_watched(vgic: type[NewVgic], scenario: str, rule: str, dialect: Dialect) -> None:
    assert rule in first_mismatches(rule, dialect.name, scenario, 4, kind_of(dialect, vgic))
