# SPDX-License-Identifier: Apache-2.0
"""What mends the new VGIC: each function gives a dialect with one defect less. No real version has these."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from operator import itemgetter
from typing import Any, TypeVar

from tb.model.hypervisor.new_vgic import Dialect
from tb.model.hypervisor.new_vgic.distributor import CTLR, Bank, Distributor
from tb.model.hypervisor.new_vgic.fold import Fold
from tb.model.hypervisor.new_vgic.gich import LRENPIE, NPIE, UIE, Kvm19Gich
from tb.model.hypervisor.new_vgic.image import ACTIVE, intid_of, priority_of
from tb.model.hypervisor.new_vgic.kvm_distributor import KvmDistributor, halted
from tb.model.hypervisor.new_vgic.order import Order
from tb.model.hypervisor.new_vgic.queue import Queue
from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State
from tb.model.hypervisor.new_vgic.wakeup import Wakeup
from tb.model.hypervisor.new_vgic.world_switch import WorldSwitch
from tb.model.hypervisor.platform import Physical

Part = TypeVar("Part")


def _with(mixin: type, part: Part, **fields: Any) -> Part:
    """A dialect's part, made anew with the mixin's methods before its own."""
    mixed: Part = type(mixin.__name__, (mixin, type(part)), {})(**fields)
    return mixed


def _holds_back(dialect: Dialect, reason: Callable[[Irq], bool]) -> Dialect:
    """One reason more why the pending part of an active interrupt stays behind."""
    old = dialect.image.holds_back_pending
    image = replace(
        dialect.image, holds_back_pending=lambda irq: bool(irq.active and reason(irq)) or old(irq)
    )
    return replace(dialect, image=image)


# ---- SGIs


def remembers_sender(dialect: Dialect) -> Dialect:
    """The record keeps who sent the active SGI, and its list register names nobody else meanwhile."""
    fold = replace(dialect.fold, keeps_active_source=True)
    return _holds_back(replace(dialect, fold=fold), lambda irq: irq.is_sgi)


def exits_for_next_sender(dialect: Dialect) -> Dialect:
    """The completion of an SGI that others have sent, too, makes an exit."""
    return replace(dialect, image=replace(dialect.image, exits_for_sources=True))


# ---- loading


def holds_back_disabled(dialect: Dialect) -> Dialect:
    """What is disabled is not loaded as pending, active or not."""
    return _holds_back(dialect, lambda irq: not irq.enabled)


def holds_back_mapped(dialect: Dialect) -> Dialect:
    """A mapped interrupt is never active and pending in a list register."""
    return _holds_back(dialect, lambda irq: bool(irq.hw))


class _SortsAtOnce(Order):
    async def sort(self, state: State, vcpu: Vcpu, entries: list[Irq]) -> list[Irq]:
        ranks = []
        for irq in entries:
            async with state.held(irq.lock):
                ranks.append(self.rank(state, vcpu, irq))
        return [irq for _, irq in sorted(zip(ranks, entries, strict=True), key=itemgetter(0))]


def sorts_at_once(dialect: Dialect) -> Dialect:
    """Each record's rank is read once, before anything is compared."""
    return replace(dialect, order=_with(_SortsAtOnce, dialect.order, **vars(dialect.order)))


# ---- migration


def kicks_new_target(dialect: Dialect) -> Dialect:
    """Who is given an interrupt is kicked."""
    return replace(dialect, prune=replace(dialect.prune, kicks_target=True))


def _leads_away(state: State, irq: Irq) -> bool:
    """Whether a listed interrupt has to go to another list."""
    return bool(irq.vcpu and state.oracle(irq) not in (None, irq.vcpu))


async def _kick_holder(state: State, irq: Irq) -> None:
    async with state.held(irq.lock):
        holder = irq.vcpu if _leads_away(state, irq) else None
    if holder:
        await state.kick(holder)


class _KicksHolder(Queue):
    async def queue(self, state: State, irq: Irq) -> None:
        await super().queue(state, irq)
        await _kick_holder(state, irq)


class _KicksOldTarget(Distributor):
    async def write_targets(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        await super().write_targets(state, vcpu, irq, value)
        await _kick_holder(state, irq)
        if state.oracle(irq) and not irq.vcpu:  # it had no target, so it is on no list
            await state.platform.lock(irq.lock)
            await state.dialect.queue.queue(state, irq)


class _WakesToPrune(Wakeup):
    async def pending(self, state: State, vcpu: Vcpu) -> bool:
        if await super().pending(state, vcpu):
            return True
        async with state.held(vcpu.lock):
            for irq in vcpu.ap_list:
                async with state.held(irq.lock):
                    if _leads_away(state, irq):
                        return True
        return False


def kicks_holder(dialect: Dialect) -> Dialect:
    """Who has an interrupt on its list that is another's is kicked, and wakes up to prune the list.

    What is on no list, because it had no target, is queued.
    """
    return replace(
        dialect,
        queue=_with(_KicksHolder, dialect.queue, **vars(dialect.queue)),
        distributor=_with(_KicksOldTarget, dialect.distributor),
        wakeup=_with(_WakesToPrune, dialect.wakeup, **vars(dialect.wakeup)),
    )


# ---- ISPENDR and ICPENDR


class _StopsForClear(Distributor):
    def quiet(
        self, state: State, vcpu: Vcpu, bank: Bank, irqs: Sequence[Irq]
    ) -> AbstractAsyncContextManager[None]:
        if bank.write == self.clear_pending:
            return halted(state, vcpu, irqs[0])
        return super().quiet(state, vcpu, bank, irqs)


def stops_for_clear(dialect: Dialect) -> Dialect:
    """ICPENDR stops the vCPUs, so that list registers are folded before the latch is cleared."""
    return replace(dialect, distributor=_with(_StopsForClear, dialect.distributor))


class _SparesOthers(Distributor):
    def clears_physical(self, irq: Irq, was_latched: int) -> bool:
        return bool(was_latched) and not irq.pending


def spares_others(dialect: Dialect) -> Dialect:
    """ICPENDR deactivates the physical interrupt only if it ends what the virtual one was pending for."""
    return replace(dialect, distributor=_with(_SparesOthers, dialect.distributor))


class _ActivatesPending(Fold):
    async def fold(self, state: State, vcpu: Vcpu, word: int) -> None:
        await super().fold(state, vcpu, word)
        irq = state.irq(vcpu, intid_of(word))
        assert irq
        async with state.held(*irq.locks):
            if irq.hw and irq.pending and not irq.active:
                await state.physical(Physical.ACTIVATE, irq)


class _ActivatesHigh(KvmDistributor):
    async def resample(self, state: State, irq: Irq) -> None:
        await super().resample(state, irq)
        if irq.line_level and not irq.active:
            await state.physical(Physical.ACTIVATE, irq)


def activates_pending(dialect: Dialect) -> Dialect:
    """A fold, or ISENABLER, makes the physical interrupt active while the virtual one is pending."""
    distributor = dialect.distributor
    if isinstance(distributor, KvmDistributor):  # the other does not read the wire
        distributor = _with(_ActivatesHigh, distributor)
    return replace(
        dialect,
        distributor=distributor,
        fold=_with(_ActivatesPending, dialect.fold, **vars(dialect.fold)),
    )


class _ReadsWire(Fold):
    async def fold_level(self, state: State, irq: Irq, word: int, deactivated: bool) -> None:
        await super().fold_level(state, irq, word, not word & ACTIVE)


def reads_wire(dialect: Dialect) -> Dialect:
    """A fold reads the wire of what is not active, even if it became so and ended in the same run."""
    fold = replace(dialect.fold, resamples_completion=True)
    return replace(dialect, fold=_with(_ReadsWire, fold, **vars(fold)))


# ---- ISACTIVER


class _MarksActive(Distributor):
    async def set_active(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        irq.made_active |= bool(value) and not irq.active
        await super().set_active(state, vcpu, irq, value)  # type: ignore[safe-super]

    async def clear_active(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        irq.made_active &= not value
        await super().clear_active(state, vcpu, irq, value)  # type: ignore[safe-super]


class _UnmarksActive(Fold):
    async def fold(self, state: State, vcpu: Vcpu, word: int) -> None:
        await super().fold(state, vcpu, word)
        irq = state.irq(vcpu, intid_of(word))
        assert irq
        irq.made_active &= bool(irq.active)


class _SparesMarked(Kvm19Gich):
    def is_meant(self, irq: Irq) -> bool:
        return super().is_meant(irq) and not irq.made_active


def spares_made_active(dialect: Dialect) -> Dialect:
    """An EOI without list register never ends what the guest has not acknowledged."""
    return replace(
        dialect,
        distributor=_with(_MarksActive, dialect.distributor),
        fold=_with(_UnmarksActive, dialect.fold, **vars(dialect.fold)),
        gich=_with(_SparesMarked, dialect.gich),
    )


# ---- overflow


class _NotesPriority(Distributor):
    async def set_active(self, state: State, vcpu: Vcpu, irq: Irq, value: int) -> None:
        if value and not irq.active:
            irq.active_priority = irq.priority
        await super().set_active(state, vcpu, irq, value)  # type: ignore[safe-super]


class _KeepsPriority(Fold):
    async def fold(self, state: State, vcpu: Vcpu, word: int) -> None:
        irq = state.irq(vcpu, intid_of(word))
        assert irq
        if word & ACTIVE and not irq.active:
            irq.active_priority = priority_of(word)
        await super().fold(state, vcpu, word)


def sorts_as_acknowledged(dialect: Dialect) -> Dialect:
    """What is active is sorted by the priority that it had when it became active, whatever its group."""
    old = dialect.order.rank

    def rank(state: State, vcpu: Vcpu, irq: Irq) -> tuple[int, ...]:
        elsewhere, group_off, behind, priority, last = old(state, vcpu, irq)
        if irq.active:
            group_off, priority = False, irq.active_priority
        return elsewhere, group_off, behind, priority, last

    return replace(
        dialect,
        distributor=_with(_NotesPriority, dialect.distributor),
        fold=_with(_KeepsPriority, dialect.fold, **vars(dialect.fold)),
        order=replace(dialect.order, rank=rank),
    )


class _CountsLeft(Kvm19Gich):
    async def full(self, state: State, vcpu: Vcpu, last: Irq) -> None:
        await super().full(state, vcpu, last)
        for irq in vcpu.ap_list[vcpu.ap_list.index(last) + 1 :]:
            async with state.held(irq.lock):
                if state.oracle(irq) is vcpu:
                    vcpu.hcr |= UIE | (LRENPIE if irq.active else NPIE)


def counts_left(dialect: Dialect) -> Dialect:
    """HCR asks for the exits that what was really left out needs."""
    return replace(dialect, gich=_with(_CountsLeft, dialect.gich))


# ---- the rest


class _LoadsActives(WorldSwitch):
    def is_cut_off(self, irq: Irq, limit: int) -> bool:
        return super().is_cut_off(irq, limit) and not irq.active


def loads_actives(dialect: Dialect) -> Dialect:
    """Actives are loaded though the source of an SGI waits."""
    return replace(dialect, world_switch=_with(_LoadsActives, dialect.world_switch))


class _QueuesAll(Distributor):
    async def write_word(self, state: State, vcpu: Vcpu, offset: int, value: int) -> None:
        await super().write_word(state, vcpu, offset, value)
        if offset == CTLR and state.enabled:
            for irq in [irq for private in state.private for irq in private] + state.spis:
                await state.platform.lock(irq.lock)
                await state.dialect.queue.queue(state, irq)


def queues_all(dialect: Dialect) -> Dialect:
    """A write that leaves the distributor on lists all that is pending."""
    return replace(dialect, distributor=_with(_QueuesAll, dialect.distributor))
