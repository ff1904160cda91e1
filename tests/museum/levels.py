# SPDX-License-Identifier: Apache-2.0
"""Level interrupts."""

from dataclasses import replace

from tb.model.hypervisor.new_vgic import Dialect
from tb.model.hypervisor.new_vgic.record import Config, Irq
from tests.museum.exhibit import Exhibit, mutant


def active_and_pending(dialect: Dialect) -> Dialect:
    """A level interrupt that is active is loaded as pending, too."""
    right = dialect.image.holds_back_pending

    def wrong(irq: Irq) -> bool:
        return right(irq) and bool(irq.hw or not irq.enabled or irq.config is Config.EDGE)

    return replace(dialect, image=replace(dialect.image, holds_back_pending=wrong))


def samples_pending_only(dialect: Dialect) -> Dialect:
    """The wire of a mapped interrupt is read again only if the list register is still pending."""
    return replace(dialect, fold=replace(dialect.fold, resamples_completion=False))


EXHIBITS = (
    Exhibit(
        "BM-03",
        "active and pending at once",
        "Linux 67b5b673ad4d",
        ("NV-FLUSH-5", "NV-SYNC-3"),
        frozenset({"INV-LVL-3"}),
        "kvm17",
        mutant("kvm17", active_and_pending),
    ),
    Exhibit(
        "BM-04",
        "wire not read at the deactivation",
        "Linux 3134cc8beb69",
        ("NV-SYNC-7",),
        frozenset({"INV-LVL-2"}),
        "kvm17",
        mutant("kvm17", samples_pending_only),
    ),
)
