# SPDX-License-Identifier: Apache-2.0
"""The look inside the classic VGIC: one vCPU's part of it at one moment, read and never changed."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from tb.model.hypervisor.classic.state import Bitmap, State

_SHARED: Final = 32


class Moment(NamedTuple):
    """Section B's state, as one vCPU has it: bit n of a bitmap is INTID n, its own or an SPI.

    on_cpu   `pending_on_cpu`, a bit for each vCPU
    waiting  the per-CPU bits
    sources  `sgi_sources`, a byte for each SGI
    used     `lr_used`
    places   `irq_lr_map`
    """

    on_cpu: int
    pending: int
    enabled: int
    edge: int
    level: int
    soft: int
    queued: int
    waiting: int
    sources: tuple[int, ...]
    used: int
    places: Mapping[int, int]
    lrs: tuple[int, ...]
    hcr: int
    vmcr: int
    apr: int
    misr: int
    eisr: int
    elrsr: int

    @property
    def own(self) -> tuple[object, ...]:
        """What nobody else touches: list registers and the shadows of GICH."""
        return self[9:]

    @classmethod
    def of(cls, state: State, number: int) -> "Moment":
        """What it is now."""
        vcpu = state.vcpus[number]
        return cls(
            state.on_cpu,
            _bits(state.pending, number),
            _bits(state.enabled, number),
            _bits(state.cfg, number),
            _bits(state.level, number),
            _bits(state.soft_pend, number),
            _bits(state.queued, number),
            vcpu.pend_private | vcpu.pend_shared << _SHARED,
            tuple(vcpu.sgi_sources),
            vcpu.lr_used,
            dict(vcpu.lr_map),
            tuple(vcpu.lrs),
            vcpu.hcr,
            vcpu.vmcr,
            vcpu.apr,
            vcpu.misr,
            vcpu.eisr,
            vcpu.elrsr,
        )


def _bits(bitmap: Bitmap, vcpu: int) -> int:
    return bitmap.private[vcpu] | bitmap.shared << _SHARED


def members(bitmap: int) -> Iterator[int]:
    """The numbers of its bits."""
    while bitmap:
        lowest = bitmap & -bitmap
        yield lowest.bit_length() - 1
        bitmap ^= lowest
