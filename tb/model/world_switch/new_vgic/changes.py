# SPDX-License-Identifier: Apache-2.0
"""Messages about records and lists that are not as they should be."""

from collections.abc import Iterable, Mapping

from tb.model.hypervisor.new_vgic.record import Vcpu
from tb.model.world_switch.findings import Findings
from tb.model.world_switch.new_vgic.records import Record, name


def report_changes(
    findings: Findings, rules: Mapping[str, str], vcpu: Vcpu, expected: Record, found: Record
) -> None:
    """Each field that is wrong, under the rule that `rules` has for it, or for all others as ""."""
    for field, wanted, shown in zip(Record._fields, expected, found, strict=True):
        if wanted != shown:
            rule = rules.get(field, rules[""])
            findings.report(rule, vcpu.number, f"{field} of {name(expected)}", name(wanted), name(shown))


def names(things: Iterable[object]) -> str:
    """Of interrupts or vCPUs."""
    return " ".join(map(name, things)) or "nothing"
