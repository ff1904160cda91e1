# SPDX-License-Identifier: Apache-2.0
"""From a list register back to the record (A.6)."""

from dataclasses import dataclass

from tb.model.hypervisor.new_vgic.image import ACTIVE, EOI, HW, PENDING, intid_of, source_of
from tb.model.hypervisor.new_vgic.record import FIRST_SPI, Config, Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State
from tb.model.hypervisor.platform import Physical


@dataclass(frozen=True)
class Fold:
    """Folds a word.

    notifies              completion of a level SPI is told to who listens (NV-SYNC-3)
    keeps_active_source   the source of an active SGI is remembered (NV-SYNC-4)
    active_holds_latch    an active level interrupt keeps its latch; else only a pending one does (NV-SYNC-6)
    resamples_completion  the wire is read too when a mapped level interrupt has ended (NV-SYNC-7)
    """

    notifies: bool
    keeps_active_source: bool
    active_holds_latch: bool
    resamples_completion: bool

    async def fold(self, state: State, vcpu: Vcpu, word: int) -> None:
        """One word; nothing is locked before."""
        intid = intid_of(word)
        irq = state.irq(vcpu, intid)
        assert irq, f"a list register with INTID {intid}"
        if self.notifies and intid >= FIRST_SPI and word & (PENDING | ACTIVE | EOI | HW) == EOI:  # NV-SYNC-3
            await state.platform.notify_acked(vcpu.number, intid)
        async with state.held(*irq.locks):
            was_active, irq.active = irq.active, int(bool(word & ACTIVE))  # NV-SYNC-4
            if irq.active and irq.is_sgi and self.keeps_active_source:
                irq.active_source = source_of(word)
            if irq.config is Config.EDGE:
                self.fold_edge(irq, word)
            else:
                deactivated = bool(was_active and not irq.active)
                await self.fold_level(state, irq, word, deactivated)
            irq.on_lr = 0

    def fold_edge(self, irq: Irq, word: int) -> None:
        """What is still pending joins what has come since (NV-SYNC-5)."""
        if word & PENDING:
            irq.pending_latch = 1
            if irq.is_sgi:
                irq.source |= 1 << source_of(word)

    async def fold_level(self, state: State, irq: Irq, word: int, deactivated: bool) -> None:
        """The wire rules; the latch is spent once the instance has been taken (NV-SYNC-6, NV-SYNC-7)."""
        if not word & PENDING and not (word & ACTIVE and self.active_holds_latch):
            irq.pending_latch = 0
        ended = deactivated and irq.line_level and self.resamples_completion
        if irq.hw and (word & PENDING or ended):
            irq.line_level = await state.sample(irq)
            if not irq.line_level:
                await state.physical(Physical.DEACTIVATE, irq)
