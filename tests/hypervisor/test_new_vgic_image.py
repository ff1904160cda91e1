# SPDX-License-Identifier: Apache-2.0
"""The words of list registers (A.5); every word is put together by hand."""

from typing import Any

import pytest
from new_vgic_world import EDGE, EOI, HW, KVM, KVM17, LEVEL, XEN, A, P, World

from tb.model.hypervisor.new_vgic import Dialect
from tb.model.hypervisor.new_vgic.image import priority_of
from tb.model.hypervisor.platform import HypervisorStopped

BOTH = {"xen": XEN, "kvm": KVM17}  # kvm19 makes the same words as kvm17


def populate(dialect: Dialect, intid: int, **fields: Any) -> tuple[int, dict[str, int]]:
    """The word, and the fields that have changed."""
    irq = World(dialect).irq(intid, **fields)
    names = ("pending_latch", "line_level", "source", "active", "active_source")
    before = {name: getattr(irq, name) for name in names}
    word = dialect.image.populate(irq)
    return word, {name: getattr(irq, name) for name in names if getattr(irq, name) != before[name]}


MAPPED = {"hw": 1, "pintid": 0x55}
HW_55 = HW | 0x55 << 10
LATCH = {"pending_latch": 1}
LINE = {"config": LEVEL, "line_level": 1}
TAKEN = {"pending_latch": 0}


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(
    ("intid", "fields", "word", "changed"),
    [
        (40, {}, 40, {}),
        (40, {"priority": 0xA8, **LATCH}, 0x1A80_0028, TAKEN),  # NV-FLUSH-3: 0xA8 >> 3 = 21 in [27:23]
        (63, {"priority": 0xF8}, 0x0F80_003F, {}),
        (40, {"group": 1, **LATCH}, 0x5000_0028, TAKEN),
        (40, {"active": 1}, A | 40, {}),
        (40, LINE, P | EOI | 40, {}),  # NV-FLUSH-6, NV-FLUSH-8
        (40, {"config": LEVEL, **LATCH}, P | EOI | 40, {}),
        (40, {"config": LEVEL, "active": 1}, A | EOI | 40, {}),
        (40, {**MAPPED, **LATCH}, P | HW_55 | 40, TAKEN),
        (40, {**MAPPED, **LINE}, P | HW_55 | 40, {"line_level": 0}),  # NV-FLUSH-8
        (40, {**MAPPED, **LINE, "active": 1}, A | HW_55 | 40, {}),  # NV-FLUSH-5
        (40, {**MAPPED, **LINE, **LATCH, "active": 1}, A | HW_55 | 40, {}),
        (5, {**LATCH, "source": 0b100}, P | 2 << 10 | 5, {"pending_latch": 0, "source": 0}),
    ],
)
def test_all_write_alike(
    name: str, intid: int, fields: dict[str, Any], word: int, changed: dict[str, int]
) -> None:
    assert populate(BOTH[name], intid, **fields) == (word, changed)


@pytest.mark.parametrize(
    ("intid", "fields", "xen", "xen_changed", "kvm", "kvm_changed"),
    [
        (40, {**LATCH, "active": 1}, A | P | 40, TAKEN, A | P | 40, TAKEN),  # NV-FLUSH-5: edge, not mapped
        (40, {**LINE, "active": 1}, A | P | EOI | 40, {}, A | EOI | 40, {}),
        (40, {**MAPPED, **LATCH, "active": 1}, A | P | HW_55 | 40, TAKEN, A | HW_55 | 40, {}),  # NV-FLUSH-9
        (  # the lowest source is loaded, the rest wait (NV-MSGI-1); kvm asks for an exit (NV-FLUSH-7)
            5,
            {**LATCH, "source": 0b1001_0010},
            P | 1 << 10 | 5,
            {"source": 0b1001_0000},
            P | EOI | 1 << 10 | 5,
            {"source": 0b1001_0000},
        ),
        (5, {"active": 1, "active_source": 6}, A | 6 << 10 | 5, {}, A | 6 << 10 | 5, {}),
        (  # NV-MSGI-4: an active SGI never is pending too; xen: NV-FLUSH-9
            5,
            {**LATCH, "source": 0b10, "active": 1, "active_source": 6},
            A | P | 1 << 10 | 5,
            {"pending_latch": 0, "source": 0},
            A | EOI | 6 << 10 | 5,
            {},
        ),
    ],
)
def test_they_differ_for_active_and_for_sources(
    intid: int,
    fields: dict[str, Any],
    xen: int,
    xen_changed: dict[str, int],
    kvm: int,
    kvm_changed: dict[str, int],
) -> None:
    assert populate(XEN, intid, **fields) == (xen, xen_changed)
    assert populate(KVM17, intid, **fields) == (kvm, kvm_changed)


def test_the_priority_of_a_word() -> None:
    """NV-FLUSH-3, the way back."""
    assert [priority_of(word) for word in (0x1A80_0028, ~(0x1F << 23), 0x0F80_003F)] == [0xA8, 0, 0xF8]


def test_an_active_sgi_of_xen_has_lost_its_source() -> None:
    """NV-FLUSH-4 (defect): nothing has remembered it."""
    world = World(XEN)
    irq = world.irq(5)
    world.run(XEN.fold.fold(world.state, world.state.vcpus[0], A | 3 << 10 | 5))
    assert XEN.image.populate(irq) == A | 5


def test_a_pending_sgi_without_source_stops_xen() -> None:
    """NV-REC-3."""
    with pytest.raises(HypervisorStopped, match="SGI 5"):
        populate(XEN, 5, pending_latch=1)


@KVM
def test_a_pending_sgi_without_source_is_an_empty_word_in_kvm(dialect: Dialect) -> None:
    """NV-REC-3."""
    assert populate(dialect, 5, pending_latch=1, config=EDGE)[0] == 0
