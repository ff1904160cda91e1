# SPDX-License-Identifier: Apache-2.0
"""Rules of docs/spec/gicv2-virtual-interface.md: which decide what differs, and which are not checked."""

from collections.abc import Iterator
from typing import Final

from tb.dut.description import OPEN, Description

CYCLES: Final = tuple(f"V2-CYC-{n}" for n in range(1, 17))
_LINES: Final = {
    "maint": ("V2-MI-2",),
    "virq": ("V2-SIG-1", "V2-SIG-2"),
    "vfiq": ("V2-SIG-1", "V2-SIG-2"),
}
# The rules that decide what a difference is about, by the beginning of its subject; the longest counts.
_DECIDING: Final = {
    "GICV_IAR": ("V2-IAR-1", "V2-SEL-1", "V2-PRI-1"),
    "GICV_AIAR": ("V2-IAR-5", "V2-SEL-1", "V2-PRI-1"),
    "GICV_HPPIR": ("V2-HPP-1", "V2-HPP-2"),
    "GICV_AHPPIR": ("V2-HPP-1", "V2-HPP-2"),
    "GICV_RPR": ("V2-RPR-1",),
    "GICV_EOIR deactivation": ("V2-EOI-9", "V2-EOI-10"),
    "GICV_AEOIR deactivation": ("V2-AEOI-1", "V2-EOI-9"),
    "GICV_DIR deactivation": ("V2-DIR-1", "V2-EOI-9"),
    "GICV_CTLR": ("V2-ALIAS-1",),
    "GICV_PMR": ("V2-ALIAS-1",),
    "GICV_BPR": ("V2-ALIAS-1", "V2-BPR-1"),
    "GICV_ABPR": ("V2-BPR-1", "V2-BPR-2"),
    "GICH_LR": ("V2-LR-2", "V2-LR-3", "V2-EOI-3"),
    "GICH_HCR": ("V2-HCR-1", "V2-EOI-4", "V2-DIR-1"),
    "GICH_APR": ("V2-IAR-1", "V2-EOI-1"),
    "GICH_VMCR": ("V2-ALIAS-1", "V2-BPR-1"),
    "GICH_MISR": ("V2-MI-1", "V2-MI-2"),
    "GICH_EISR": ("V2-MI-1", "V2-EOI-8"),
    "GICH_ELRSR": ("V2-MI-1", "V2-MI-4"),
    "maint": ("V2-MI-2", "V2-MI-1"),
    "virq": ("V2-SIG-2", "V2-SIG-1", "V2-PRI-1"),
    "vfiq": ("V2-SIG-2", "V2-SIG-1", "V2-PRI-1"),
    "0x": ("V2-MAP-6",),
}


def rules_of(subject: str) -> tuple[str, ...]:
    """The rules that decide what a difference is about, the likeliest first."""
    if subject.endswith("response"):
        return ("V2-MAP-7",)
    begins = [begin for begin in _DECIDING if subject.startswith(begin)]
    return _DECIDING[max(begins, key=len)] if begins else ()


def unchecked(description: Description) -> Iterator[tuple[tuple[str, ...], str]]:
    """Rules that are not checked, or not wholly, and the reason."""
    yield (
        CYCLES,
        "edges are its own: accesses go one by one, each is judged after the latency",
    )
    yield ("V2-RST-3",), "so is the edge of the reset"
    if description.num_cpu == 1:
        yield ("V2-BANK-1",), "there is one bank"
    if description.bus.gich_of_cpu is None:
        yield ("V2-MAP-2",), "no [bus] gich_of_cpu"
    if not description.deactivation:
        yield ("V2-EOI-9", "V2-EOI-10", "V2-IAR-6"), "no [deactivation]"
    for name, rules in _LINES.items():
        if name not in description.lines:
            yield rules, f"no [lines] {name}"
    if description.iidr is None:
        yield ("GICV_IIDR",), "no [device] iidr"
    choices = description.choices
    if choices.refusals == OPEN:
        yield ("V2-MAP-7",), "refusals are open"
    elif description.bus.signals.strobes is None:
        yield ("V2-MAP-7",), f"no partial strobes on {description.bus.kind}"
    if choices.tie == OPEN:
        yield ("V2-SEL-2",), "any of equally urgent ones is right"
    if choices.eoi_no_match == OPEN:
        yield (
            ("V2-EOI-4", "V2-EOI-5", "V2-DIR-2", "INV-CNT-1"),
            "whether a completion without its list register counts is open",
        )
    if choices.reset == OPEN:
        yield ("V2-RST-1",), "reset values are open"


def sentence(description: Description) -> str:
    """The same in words."""
    return "not checked: " + "; ".join(
        f"{_list(rules)} ({reason})" for rules, reason in unchecked(description)
    )


def _list(rules: tuple[str, ...]) -> str:
    return f"{rules[0]} to {rules[-1]}" if rules == CYCLES else ", ".join(rules)
