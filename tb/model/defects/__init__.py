# SPDX-License-Identifier: Apache-2.0
"""Known defects of the VGICs that the models are faithful to: what breaks an invariant, and what mends it.

docs/known-defects.md shows them. A dialect named `...-fixed` has none of them, so nothing is expected of it:
what an explanation could hide in the faithful dialect is seen there.
"""

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING, Final

from tb.model.defects.defect import Defect
from tb.model.defects.listed import LISTED
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


DEFECTS: Final = {defect.id: defect for defect in LISTED}


def known_in(dialect: str) -> tuple[Defect, ...]:
    """The known defects of a dialect; none of a fixed one."""
    return tuple(defect for defect in DEFECTS.values() if dialect in defect.dialects)


def fixed(dialect: str, defects: Iterable[Defect] | None = None) -> Version:
    """A dialect without some of its known defects; without any, if none are named."""
    mended = known_in(dialect) if defects is None else defects
    return reduce(lambda version, defect: defect.fix(version), mended, FAITHFUL[dialect])


def explanation(dialect: str, violation: "Violation") -> Defect | None:
    """The first known defect that a violation looks like; None: it is not expected."""
    return next((defect for defect in known_in(dialect) if defect.explains(violation)), None)
