# SPDX-License-Identifier: Apache-2.0
"""A classic VGIC with one rule changed: the statement names the rule."""

from dataclasses import replace
from typing import NamedTuple

import pytest
from switched import first_mismatches

import gicv2_registers as regs
from tb.model.hypervisor.classic import V310, V319, ClassicVgic, Variant
from tb.model.hypervisor.classic.distributor import Distributor
from tb.model.hypervisor.classic.list_registers import ListRegisters
from tb.model.machine.hypervisors import Kind, KvmClassic

UIE, EOI = regs.GICH_HCR_UIE_MASK, regs.GICH_LR_EOI_MASK
DIALECTS = {"classic": V319, "classic-v310": V310}


class NoPiggyback(ListRegisters):
    def _queue(self, intid: int, source: int) -> bool:
        self._vcpu.lr_map.pop(intid, None)
        return super()._queue(intid, source)


class NoEoi(ListRegisters):
    def _queue(self, intid: int, source: int) -> bool:
        placed = super()._queue(intid, source)
        if placed:
            self._vcpu.lrs[self._vcpu.lr_map[intid]] &= ~EOI
        return placed


class Highest(ListRegisters):
    """Leaves the lowest free list register alone where there are two."""

    def _queue(self, intid: int, source: int) -> bool:
        vcpu = self._vcpu
        free = ~vcpu.lr_used & (1 << len(vcpu.lrs)) - 1
        hidden = free & -free if free.bit_count() > 1 else 0
        vcpu.lr_used |= hidden
        placed = super()._queue(intid, source)
        vcpu.lr_used &= ~hidden
        return placed


class StaleElrsr(ListRegisters):
    def _queue(self, intid: int, source: int) -> bool:
        elrsr = self._vcpu.elrsr
        placed = super()._queue(intid, source)
        self._vcpu.elrsr = elrsr
        return placed


class KeepsSources(ListRegisters):
    def _load_sgi(self, sgi: int) -> bool:
        sources = self._vcpu.sgi_sources[sgi]
        loaded = super()._load_sgi(sgi)
        self._vcpu.sgi_sources[sgi] = sources
        return loaded


class NeverQueued(ListRegisters):
    def _load_irq(self, intid: int) -> bool:
        loaded = super()._load_irq(intid)
        self._state.queued.put(self._number, intid, 0)
        return loaded


class StaysPending(ListRegisters):
    def _load_irq(self, intid: int) -> bool:
        loaded = super()._load_irq(intid)
        self._vcpu.put_pending(intid, 1)
        return loaded


class NeverUnderflows(ListRegisters):
    def fill(self) -> None:
        super().fill()
        self._vcpu.hcr &= ~UIE


class ForgetsTheRest(ListRegisters):
    def fill(self) -> None:
        super().fill()
        self._state.on_cpu &= ~(1 << self._number)


class LooksAway(ListRegisters):
    """Does nothing for the maintenance interrupt."""

    def _maintain(self) -> bool:
        return False


class KeepsQueued(ListRegisters):
    def _end(self, lr: int) -> bool:
        queued = self._state.queued.shared
        high = super()._end(lr)
        self._state.queued.shared = queued
        return high


class KeepsUnderflow(ListRegisters):
    def _maintain(self) -> bool:
        hcr = self._vcpu.hcr
        waiting = super()._maintain()
        self._vcpu.hcr = hcr
        return waiting


class KeepsPlaces(ListRegisters):
    def _release(self, lr: int) -> None:
        self._vcpu.lr_used &= ~(1 << lr)


class NoMoreWork(ListRegisters):
    def fold(self) -> list[int]:
        on_cpu = self._state.on_cpu
        told = super().fold()
        self._state.on_cpu = on_cpu
        return told


class KeepsEisr(ListRegisters):
    def fold(self) -> list[int]:
        eisr = self._vcpu.eisr
        told = super().fold()
        self._vcpu.eisr = eisr
        return told


class KeepsDisabled(ListRegisters):
    def retire_disabled(self) -> None:
        pass


class KeepsQueuedDisabled(ListRegisters):
    def retire_disabled(self) -> None:
        queued = self._state.queued.shared
        super().retire_disabled()
        self._state.queued.shared = queued


class KeepsHcr(ClassicVgic):
    async def save(self, vcpu: int) -> None:
        hcr = self.state.vcpus[vcpu].hcr
        await super().save(vcpu)
        self.state.vcpus[vcpu].hcr = hcr


class StaysOn(ClassicVgic):
    async def save(self, vcpu: int) -> None:
        await super().save(vcpu)
        await self._platform.write(self.state.vcpus[vcpu].cpu, "GICH_HCR", 1)


class RestoresLess(ClassicVgic):
    async def restore(self, vcpu: int) -> None:
        shadow = self.state.vcpus[vcpu]
        word, shadow.lrs[0] = shadow.lrs[0], 0
        await super().restore(vcpu)
        shadow.lrs[0] = word


class TurnsOnLast(ClassicVgic):
    async def restore(self, vcpu: int) -> None:
        await super().restore(vcpu)
        await self._platform.write(self.state.vcpus[vcpu].cpu, "GICH_HCR", self.state.vcpus[vcpu].hcr)


class LosesPriorities(ClassicVgic):
    async def restore(self, vcpu: int) -> None:
        self.state.vcpus[vcpu].apr = 0
        await super().restore(vcpu)


class Mutant(NamedTuple):
    """What is changed, where that shows, and the rule that is named; in which dialects."""

    changed: type[ListRegisters] | type[ClassicVgic] | dict[str, bool]
    rule: str
    scenario: str = "mixed"
    num_lr: int = 4
    dialects: tuple[str, ...] = tuple(DIALECTS)

    def kind(self, variant: Variant) -> Kind:
        """The hypervisor."""
        changed = self.changed
        if isinstance(changed, dict):
            variant, changed = replace(variant, **changed), ClassicVgic
        vgic = changed if issubclass(changed, ClassicVgic) else with_list_registers(changed)
        return Kind(
            KvmClassic,
            lambda platform, sizes: vgic(platform, sizes.vcpus, sizes.spis, sizes.num_lr, variant),
        )


def with_list_registers(kind: type[ListRegisters]) -> type[ClassicVgic]:
    """A VGIC that has others."""

    class Changed(ClassicVgic):
        def _make(self, variant: Variant) -> None:
            numbers = range(len(self.state.vcpus))
            self._list_registers = [kind(self.state, variant, number) for number in numbers]
            self._distributor = Distributor(self.state, variant, self._list_registers)

        def __init__(self, *args: object) -> None:
            super().__init__(*args)  # type: ignore[arg-type]
            self._make(self._variant)

    return Changed


V319_ALONE = ("classic",)
MUTANTS = [
    Mutant(NoPiggyback, "CL-Q-2", "sgi-storm"),
    Mutant(NoEoi, "CL-Q-2", "levels"),
    Mutant(Highest, "CL-Q-2"),
    Mutant(StaleElrsr, "CL-Q-2", dialects=V319_ALONE),
    Mutant(KeepsSources, "CL-Q-3", "sgi-storm"),
    Mutant(NeverQueued, "CL-Q-4", "levels"),
    Mutant(StaysPending, "CL-Q-4", "nesting"),
    Mutant(NeverUnderflows, "CL-Q-5", "bursts", 2),
    Mutant(ForgetsTheRest, "CL-Q-5", "bursts", 2),
    Mutant(LooksAway, "CL-MAINT-1", "levels"),
    Mutant(KeepsQueued, "CL-MAINT-1", "levels"),
    Mutant({"keeps_lines": False}, "CL-MAINT-1", "levels", dialects=V319_ALONE),
    Mutant(KeepsUnderflow, "CL-MAINT-3", "bursts", 2),
    Mutant(KeepsPlaces, "CL-SYNC-1"),
    Mutant(KeepsHcr, "CL-SYNC-1", "mistakes"),
    Mutant(StaysOn, "CL-SYNC-1"),
    Mutant(RestoresLess, "CL-SYNC-1"),
    Mutant(TurnsOnLast, "CL-SYNC-1"),
    Mutant(LosesPriorities, "CL-SYNC-1", "slow"),
    Mutant(NoMoreWork, "CL-SYNC-2"),
    Mutant(KeepsEisr, "CL-SYNC-2", "levels", dialects=V319_ALONE),
    Mutant({"tracks_status": True}, "CL-Q-2", dialects=("classic-v310",)),
    Mutant(KeepsDisabled, "CL-DIS-1", "management"),
    Mutant(KeepsQueuedDisabled, "CL-DIS-1", "management"),
]
CASES = [(dialect, mutant) for mutant in MUTANTS for dialect in mutant.dialects]


@pytest.mark.parametrize(
    ("dialect", "mutant"),
    CASES,
    ids=[f"{dialect}: {getattr(mutant.changed, '__name__', mutant.changed)}" for dialect, mutant in CASES],
)
def test_a_changed_rule_is_named(dialect: str, mutant: Mutant) -> None:
    kind = mutant.kind(DIALECTS[dialect])
    assert mutant.rule in first_mismatches(mutant.rule, dialect, mutant.scenario, mutant.num_lr, kind)
