# SPDX-License-Identifier: Apache-2.0
"""Which rule a divergence between the RTL and the reference breaks.

The kinds of difference are looked at in the order in which one causes the next; the first that there is
gives the subject. The rule is the one that decides what the differing bits should have been. It is found by
asking: would they have been right an edge earlier or later; with what other state or access would the
reference agree with the RTL; which register and field are they; is the situation special in a way that the
RTL has not met before. One to three rules are named, the likeliest first.
"""

from typing import Final

from tb.uvm.diagnosis import accepts, bus, deactivation, reset, state, status
from tb.uvm.diagnosis.case import Case, Divergence

__all__ = ["Divergence", "diagnose"]

_KINDS: Final = (
    reset.findings,
    accepts.findings,
    state.findings,
    deactivation.findings,
    bus.findings,
    status.findings,
)


def diagnose(divergence: Divergence) -> str:
    """What differs, when, after which access, and the rule."""
    case = Case(divergence)
    finding = next(finding for findings in _KINDS for finding in findings(case))
    cause = f"after {finding.access}" if finding.access else "without an access"
    rules = ", ".join(list(dict.fromkeys(finding.rules))[:3])
    return (
        f"{finding.subject}: rtl={finding.rtl} model={finding.model} "
        f"at cycle {divergence.sample.cycle} {cause} ({rules})"
    )
