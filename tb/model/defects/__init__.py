# SPDX-License-Identifier: Apache-2.0
"""Known defects of the VGICs that the models are faithful to: what breaks an invariant, and what mends it.

docs/known-defects.md shows them. A dialect named `...-fixed` has none of them, so nothing is expected of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, Final

from tb.model.defects import new_vgic
from tb.model.hypervisor.classic import V310, V319, Variant
from tb.model.hypervisor.new_vgic import KVM17, KVM19, XEN, Dialect

if TYPE_CHECKING:
    from tb.model.ledger import Violation

Version = Dialect | Variant
FAITHFUL: Final[dict[str, Version]] = {
    "xen": XEN,
    "kvm17": KVM17,
    "kvm19": KVM19,
    "classic": V319,
    "classic-v310": V310,
}
FIXED: Final = "-fixed"  # behind the name of a dialect


@dataclass(frozen=True)
class Defect:
    """One of them.

    id          it never changes
    dialects    that have it
    rules       that describe it
    invariants  that it breaks
    behaviour   what goes wrong, in a sentence
    evidence    that the real code does so: a mark in the rules, or a golden trace that the mended one fails
    fix         mends a version of the dialects, with the smallest change
    restless    a run that has met it may not come to rest
    """

    id: str
    dialects: tuple[str, ...]
    rules: tuple[str, ...]
    invariants: tuple[str, ...]
    behaviour: str
    evidence: str
    fix: Callable[[Any], Any]
    restless: bool = False


_XEN: Final = ("xen",)
_KVM: Final = ("kvm17", "kvm19")
_NEW: Final = ("xen", *_KVM)
_CLASSIC: Final = ("classic", "classic-v310")
_V310: Final = ("classic-v310",)

_ALL: Final = (
    Defect(
        "KD-01",
        _XEN,
        ("NV-FLUSH-4", "NV-FLUSH-9"),
        ("INV-SGI-2", "INV-LIVE-1", "INV-LVL-1", "INV-LIVE-2", "INV-LIVE-3"),
        "An SGI that is still active at an exit is loaded again without its sender, or with the next one's: "
        "the guest's completion finds no list register.",
        "NV-FLUSH-4 (defect)",
        new_vgic.remembers_sender,
        restless=True,
    ),
    Defect(
        "KD-02",
        _XEN,
        ("NV-FLUSH-7",),
        ("INV-LIVE-2",),
        "",
        "",
        new_vgic.exits_for_next_sender,
    ),
    Defect("KD-03", _XEN, ("NV-PRUNE-3",), ("INV-MIG-1", "INV-LIVE-2"), "", "", new_vgic.kicks_new_target),
    Defect("KD-04", _NEW, ("NV-FLUSH-7",), ("INV-SPUR-1",), "", "", new_vgic.holds_back_disabled),
    Defect("KD-05", _NEW, ("NV-LOCK-3",), ("INV-PRI-2",), "", "", new_vgic.sorts_at_once),
    Defect(
        "KD-06",
        _NEW,
        ("NV-SYNC-5",),
        ("INV-SPUR-1", "INV-HW-1", "INV-HW-2"),
        "",
        "",
        new_vgic.stops_for_clear,
    ),
    Defect("KD-07", _KVM, ("NV-MMIO-3",), ("INV-HW-2", "INV-HW-1"), "", "", new_vgic.spares_pending),
    Defect("KD-08", _XEN, ("NV-MMIO-3",), ("INV-HW-2", "INV-HW-1"), "", "", new_vgic.activates_first),
    Defect("KD-09", _NEW, ("NV-SYNC-7",), ("INV-HW-2", "INV-HW-1"), "", "", new_vgic.spares_latched),
    Defect(
        "KD-10",
        _CLASSIC,
        ("CL-Q-1",),
        ("INV-SPUR-1", "INV-LVL-2", "INV-LIVE-2", "INV-LIVE-1"),
        "",
        "",
        partial(replace, looks_again=True),
    ),
    Defect(
        "KD-11",
        _CLASSIC,
        ("CL-MAINT-1",),
        ("INV-LIVE-2", "INV-LIVE-1", "INV-SPUR-1", "INV-LVL-2"),
        "",
        "",
        partial(replace, tells_target=True),
    ),
    Defect("KD-12", _CLASSIC, ("CL-SYNC-1",), ("INV-LR-1",), "", "", partial(replace, enables_last=True)),
    Defect(
        "KD-13",
        _V310,
        ("CL-SGI-1",),
        ("INV-SGI-1", "INV-SPUR-1", "INV-LIVE-2", "INV-LIVE-1"),
        "",
        "",
        partial(replace, filter_0_is_list=True),
    ),
    Defect(
        "KD-14",
        _V310,
        ("CL-SYNC-2",),
        ("INV-STATE-2", "INV-ACT-1", "INV-ACT-3", "INV-EDGE-1", "INV-SPUR-1", "INV-LIVE-2"),
        "",
        "",
        partial(replace, tracks_status=True),
    ),
    Defect(
        "KD-15",
        _V310,
        ("CL-MMIO-4",),
        ("INV-EDGE-1", "INV-LIVE-1", "INV-LIVE-2"),
        "",
        "",
        partial(replace, finds_config_half=True),
    ),
    Defect(
        "KD-16",
        _V310,
        ("CL-INJ-1",),
        ("INV-LVL-1", "INV-LVL-2", "INV-SPUR-1", "INV-LIVE-2", "INV-LIVE-1"),
        "",
        "",
        partial(replace, keeps_lines=True),
    ),
)
DEFECTS: Final = {defect.id: defect for defect in _ALL}


def known_in(dialect: str) -> tuple[Defect, ...]:
    """The known defects of a dialect; none of a fixed one."""
    return tuple(defect for defect in _ALL if dialect in defect.dialects)


def fixed(dialect: str, defects: Iterable[Defect] | None = None) -> Version:
    """A dialect without some of its known defects; without any, if none are named."""
    mended = known_in(dialect) if defects is None else defects
    return reduce(lambda version, defect: defect.fix(version), mended, FAITHFUL[dialect])


def explanation(dialect: str, violation: "Violation") -> Defect | None:
    """The first known defect that breaks this invariant; None: the violation is not expected."""
    return next((defect for defect in known_in(dialect) if violation.id in defect.invariants), None)
