# SPDX-License-Identifier: Apache-2.0
"""The testplan: for each rule of the specifications what stands for it."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from jinja2 import Template

from tb.coverage.point import Point
from tb.paths import ROOT

RULE: Final = re.compile(
    r"\b(?:V2-(?!QEMU)[A-Z]+-\d+|(?:NV|CL|K19|V5)-(?:STATE|[A-Z]+-\d+|\d+)|INV-[A-Z]+-\d+)\b"
)
SPECS: Final = ("gicv2-virtual-interface.md", "software-vgic.md", "invariants.md")
TEMPLATE: Final = Path(__file__).with_name("testplan.html.j2")
_PLAN: Final = ROOT / "tests" / "testplan.toml"
_HEAD: Final = re.compile(rf"^(?:- |\| )\**({RULE.pattern})[* ]*(.*)")
_LOCKSTEP: Final = "scoreboard: all outputs and state against the reference, at each edge"
_GOLDEN: Final = "golden traces: each answer against that of the real hypervisor"
_NAMED: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_PLANTED: Final = ("mutants", "museum", "planted")  # in the names of files that plant errors


@dataclass
class Evidence:
    """What stands for a rule.

    sentence    the rule's first words
    tests       functions and classes of tests/ that cite it
    assertions  what checks it in every run: properties at each edge, statements of world switches, invariants
    proofs      properties that are proved of it
    planted     errors that break it, or files with such errors: each is caught
    cover       its bins: label -> how many runs hit it
    reason      why nothing stands for it
    """

    sentence: str
    tests: list[str] = field(default_factory=list)
    assertions: list[str] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)
    planted: list[str] = field(default_factory=list)
    cover: dict[str, int] = field(default_factory=dict)
    reason: str = ""


def plan(
    points: Iterable[Point],
    hits: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
    conformed: Iterable[str] = (),
) -> dict[str, Evidence]:
    """By rule. Of the hardware's rules tests/testplan.toml tells; for the others, who cites them.

    `conformed`: labels of bins of points whose code ran while golden traces were replayed.
    """
    found: dict[str, Evidence] = {}
    for rule, evidence in _rules():
        found.setdefault(rule, evidence)
    entries = tomllib.loads(_PLAN.read_text(encoding="utf-8"))
    for pattern, reason in entries.pop("without").items():
        for rule in [rule for rule in found if re.fullmatch(pattern, rule)]:
            found[rule].reason = reason
    for rule, entry in entries.items():
        _add_entry(found[rule], entry)
    for rule, place in _citations(ROOT / "tests"):
        if rule in found and rule not in entries:
            planted = any(word in place for word in _PLANTED)
            if planted or "::test_" in place:
                (found[rule].planted if planted else found[rule].tests).append(place)
    for folder in ("world_switch", "ledger"):
        for rule, place in _citations(ROOT / "tb" / "model" / folder):
            if rule in found:
                found[rule].assertions.append(place)
    for rule in {label.split()[0] for label in conformed} & found.keys():
        found[rule].assertions.append(_GOLDEN)
    for point in points:
        for label in point.bins:
            if (rule := label.split()[0]) in found:
                found[rule].cover[label] = hits.get(point.name, {}).get(label, 0)
    return found


def write_html(
    rules: Mapping[str, Evidence],
    points: Iterable[Point],
    hits: Mapping[str, Mapping[str, int]],
    path: Path,
) -> None:
    """A page with a row for each rule, and all cover points, with what cannot be hit and why."""
    text = TEMPLATE.read_text(encoding="utf-8")
    template = Template(text, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    path.write_text(template.render(rules=rules, points=points, hits=hits), encoding="utf-8")


def _rules() -> Iterator[tuple[str, Evidence]]:
    for spec in SPECS:
        for line in (ROOT / "docs" / "spec" / spec).read_text(encoding="utf-8").splitlines():
            if head := _HEAD.match(line):
                rule, words = head.groups()
                yield rule, Evidence(words.strip("| ").replace("**", ""))


def _add_entry(evidence: Evidence, entry: Mapping[str, Any]) -> None:
    evidence.tests += entry.get("tests", ())
    evidence.planted += entry.get("planted", ())
    evidence.proofs += entry.get("proved", ())
    evidence.reason = entry.get("reason", "")
    if evidence.tests:
        evidence.assertions += [_LOCKSTEP]
    if entry.get("property"):
        evidence.assertions.append("tb/gicv2_properties.sv")


def _citations(root: Path) -> Iterator[tuple[str, str]]:
    """Rule and place, once each: file::function or file::class; the file alone if it is in neither.

    A comment that heads a section (`# ---- NV-X-1`) cites for all of the section.
    """
    for path in sorted(root.rglob("*.py")):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        lines = text.splitlines()
        sections = [number for number, line in enumerate(lines, 1) if line.startswith("# ---- ")]
        places: dict[tuple[str, str], None] = {}
        for node in ast.parse(text).body:
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
            heading = [lines[number - 1] for number in sections if number < first][-1:]
            place = f"{name}::{node.name}" if isinstance(node, _NAMED) else name
            for rule in RULE.findall("\n".join(heading + lines[first - 1 : node.end_lineno])):
                places[rule, place] = None
        yield from places
