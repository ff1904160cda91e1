# SPDX-License-Identifier: Apache-2.0
"""Looks inside the VGICs that are known, for what no event tells."""

from collections.abc import Iterator
from typing import Protocol

from tb.model.hypervisor.classic import ClassicVgic
from tb.model.hypervisor.classic.state import SGIS
from tb.model.hypervisor.new_vgic import NewVgic
from tb.model.ledger.words import ACTIVE, Word


class Inside(Protocol):
    """What is asked, at any time."""

    def waiting(self, vcpu: int) -> int:
        """Interrupts for this vCPU that are in no list register."""

    def senders(self, vcpu: int) -> Iterator[tuple[int, bool]]:
        """Of each SGI that waits, how many sources, and whether it is active."""


class InsideNewVgic:
    """The new VGIC."""

    def __init__(self, vgic: NewVgic) -> None:
        self._state = vgic.state

    def waiting(self, vcpu: int) -> int:
        """See Inside."""
        return len(self._state.vcpus[vcpu].ap_list) - self._state.vcpus[vcpu].used

    def senders(self, vcpu: int) -> Iterator[tuple[int, bool]]:
        """See Inside."""
        for irq in self._state.private[vcpu][:SGIS]:
            if irq.source:
                yield irq.source.bit_count(), bool(irq.active)


class InsideClassicVgic:
    """The classic VGIC."""

    def __init__(self, vgic: ClassicVgic) -> None:
        self._state = vgic.state

    def waiting(self, vcpu: int) -> int:
        """See Inside; what a list register has, is queued."""
        one, queued = self._state.vcpus[vcpu], self._state.queued
        private, shared = one.pend_private & ~queued.private[vcpu], one.pend_shared & ~queued.shared
        return private.bit_count() + shared.bit_count()

    def senders(self, vcpu: int) -> Iterator[tuple[int, bool]]:
        """See Inside."""
        one = self._state.vcpus[vcpu]
        words = [Word.of(index, word) for index, word in enumerate(one.lrs) if one.lr_used >> index & 1]
        active = {word.intid for word in words if word.state & ACTIVE}
        for sgi, sources in enumerate(one.sgi_sources):
            if sources:
                yield sources.bit_count(), sgi in active


def look_inside(vgic: object) -> Inside | None:
    """Into a VGIC whose insides are known."""
    if isinstance(vgic, NewVgic):
        return InsideNewVgic(vgic)
    return InsideClassicVgic(vgic) if isinstance(vgic, ClassicVgic) else None
