# SPDX-License-Identifier: Apache-2.0
"""Entries and exits: kicks, entries that are given up, and what asks for an exit."""

from dataclasses import replace
from typing import Any

from tb.model.hypervisor.classic import Variant
from tb.model.hypervisor.new_vgic import Dialect, NewVgic
from tb.model.hypervisor.new_vgic.gich import EN, UIE, Gich, XenGich
from tb.model.hypervisor.new_vgic.order import Demand
from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.new_vgic.state import State
from tb.model.machine.hypervisors import Kvm
from tests.museum.exhibit import Exhibit, mixed, mutant, unchanged


def old_status(variant: Variant) -> Variant:
    """ELRSR and EISR are read at exits only; a sync without an exit uses those of the last one."""
    return replace(variant, tracks_status=False)


def kicks_without_request(dialect: Dialect) -> Dialect:
    """A kick is an IPI if the vCPU is in the guest, and nothing else."""
    return replace(dialect, kick_requests=False)


class TestsEarly(Kvm):
    """The request of a kick is tested before the flush, not after it."""

    def __init__(self, vgic: NewVgic) -> None:
        super().__init__(vgic)
        self._requested: dict[int, bool] = {}

    async def flush(self, vcpu: int) -> None:
        self._requested[vcpu] = super().must_cancel(vcpu)
        await super().flush(vcpu)

    def must_cancel(self, vcpu: int) -> bool:
        return self._requested[vcpu]


class ArmsForDepth(Gich):
    """UIE follows the depth of the list, not what is left outside."""

    async def begin(self, vcpu: Vcpu, demand: Demand, nr_lr: int) -> None:
        await super().begin(vcpu, demand, nr_lr)
        if demand.pending > nr_lr:
            vcpu.hcr |= UIE

    async def full(self, state: State, vcpu: Vcpu, last: Irq) -> None:
        """Nothing."""


def arms_for_depth(dialect: Dialect) -> Dialect:
    return replace(dialect, gich=mixed(ArmsForDepth, dialect.gich))


class StaysArmed(XenGich):
    """UIE is cleared when the list registers have been emptied, not before."""

    async def save(self, state: State, vcpu: Vcpu) -> None:
        """Nothing."""

    async def finish(self, state: State, vcpu: Vcpu) -> None:
        await self._change_hcr(state, vcpu, EN | UIE, 0)


def stays_armed(dialect: Dialect) -> Dialect:
    return replace(dialect, gich=mixed(StaysArmed, dialect.gich))


def int_mask(bits: int) -> int:
    """(1 << bits) - 1 in 32 bits, on a CPU whose shifts count modulo 32."""
    return (1 << bits % 32) - 1


class NarrowMask(Gich):
    """All list registers are in use if that mask says so."""

    async def full(self, state: State, vcpu: Vcpu, last: Irq) -> None:
        if (1 << vcpu.used) - 1 == int_mask(state.nr_lr):
            await super().full(state, vcpu, last)


def narrow_mask(dialect: Dialect) -> Dialect:
    return replace(dialect, gich=mixed(NarrowMask, dialect.gich))


def full_test(num_lr: int) -> Exhibit:
    return Exhibit(
        "BM-12",
        f"mask of 32 bits for {num_lr} list registers",
        "Xen bad717f84578",
        ("NV-FLUSH-10",),
        frozenset({"INV-LIVE-1"}),
        "xen",
        mutant("xen", narrow_mask),
        num_lr=num_lr,
        vcpus=1,
        entries=100,
    )


EXHIBITS: tuple[Any, ...] = (
    Exhibit(
        "BM-05",
        "status of the last exit",
        "Linux ae705930fca6",
        ("CL-SYNC-2", "NV-SYNC-1"),
        frozenset({"INV-STATE-2"}),
        "classic",
        mutant("classic", old_status),
    ),
    Exhibit(
        "BM-06",
        "kick without request",
        "Linux 325f9c649c8a",
        ("NV-KICK-1",),
        frozenset({"INV-LIVE-2"}),
        "kvm17",
        mutant("kvm17", kicks_without_request),
    ),
    Exhibit(
        "BM-06",
        "request tested before the flush",
        "Linux 325f9c649c8a",
        ("NV-KICK-1",),
        frozenset({"INV-LIVE-2"}),
        "kvm17",
        unchanged("kvm17")._replace(hypervisor=TestsEarly),
    ),
    Exhibit(
        "BM-09",
        "underflow armed for a deep list",
        "Linux 90cac1f51fd4",
        ("NV-FLUSH-10",),
        frozenset({"INV-LIVE-3"}),
        "kvm17",
        mutant("kvm17", arms_for_depth),
        num_lr=2,
        vcpus=8,
        entries=1050,
    ),
    Exhibit(
        "BM-11",
        "underflow armed while list registers are emptied",
        "Xen 31180f87e4f7",
        ("NV-SYNC-2",),
        frozenset({"INV-LIVE-3", "INV-MI-1"}),
        "xen",
        mutant("xen", stays_armed),
        entries=1050,
    ),
    *map(full_test, (32, 33, 64)),
)
