# SPDX-License-Identifier: Apache-2.0
"""Code coverage of the RTL: what Verilator has counted in each run, added up."""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import Template

from tb.coverage.report import percent
from tb.paths import ROOT, RTL
from tb.runners import COVERAGE_FILE

KINDS: Final = ("line", "branch", "expr", "toggle")
TEMPLATE: Final = Path(__file__).with_name("rtl.html.j2")
EXCLUDED: Final = Path(__file__).with_name("excluded.toml")
_ENTRY: Final = re.compile(r"C '(.*)' (\d+)")


class Counted(NamedTuple):
    """Something that is counted, in all instances of a module together.

    file    path from the checkout's root
    line    of the source
    column
    kind    of KINDS
    what    which of several in the same place: `if`, `else`, an expression's values, `state_q[3]:0->1`
    """

    file: str
    line: int
    column: int
    kind: str
    what: str


def read(directories: Iterable[Path]) -> Counter[Counted]:
    """Sums over runs, of the files in rtl/."""
    total: Counter[Counted] = Counter()
    for directory in directories:
        for line in (directory / COVERAGE_FILE).read_text().splitlines():
            if match := _ENTRY.fullmatch(line):
                fields = dict(field.split("\x02") for field in match[1].split("\x01") if field)
                path = Path(fields["f"])
                if path.is_relative_to(RTL):
                    kind = fields["page"].partition("/")[0].removeprefix("v_")
                    counted = Counted(
                        path.relative_to(ROOT).as_posix(),
                        int(fields["l"]),
                        int(fields["n"]),
                        kind,
                        fields["o"],
                    )
                    total[counted] += int(match[2])
    return total


@dataclass(frozen=True)
class Exclusion:
    """What cannot be covered; see excluded.toml."""

    file: str
    kind: str
    what: str
    reason: str
    bits: tuple[tuple[int, int], ...] = ()

    def excludes(self, one: Counted) -> bool:
        """Whether it speaks of this."""
        if one.kind != self.kind or not fnmatch(Path(one.file).name, self.file):
            return False
        if self.kind != "toggle":
            return bool(re.fullmatch(self.what, one.what))
        match = re.fullmatch(r"(.*?)(?:\[(\d+)\])?:(?:0->1|1->0)", one.what)
        if not match or not re.fullmatch(self.what, match[1]):
            return False
        bit = match[2]
        if bit is None:
            return not self.bits
        return any(first <= int(bit) <= last for first, last in self.bits)


def exclusions(path: Path = EXCLUDED) -> list[Exclusion]:
    """All of a file."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["exclude"]
    return [
        Exclusion(
            **{**entry, "bits": tuple(map(tuple, entry.get("bits", ())))}
        )  # as a dataclass can be hashed
        for entry in entries
    ]


class CodeCoverage:
    """What was counted, and what is left of it.

    counts    all
    excluded  what is not covered for a reason: reason
    holes     what else is not covered
    stale     exclusions that are not needed
    """

    def __init__(self, counts: Mapping[Counted, int], excluding: Iterable[Exclusion]) -> None:
        self.counts: Final = counts
        self.excluded: Final[dict[Counted, str]] = {}
        needed = set()
        excluding = list(excluding)
        for one in (one for one, count in counts.items() if not count):
            for exclusion in excluding:
                if exclusion.excludes(one):
                    self.excluded[one] = exclusion.reason
                    needed.add(exclusion)
                    break
        self.holes: Final = [one for one, count in counts.items() if not count and one not in self.excluded]
        self.stale: Final = [exclusion for exclusion in excluding if exclusion not in needed]

    def covered(self, kind: str, file: str | None = None) -> tuple[int, int, int]:
        """How many of a kind are covered, of how many, and how many more are excluded."""

        def number(these: Iterable[Counted]) -> int:
            return sum(one.kind == kind and file in (None, one.file) for one in these)

        excluded, holes = number(self.excluded), number(self.holes)
        total = number(self.counts) - excluded
        return total - holes, total, excluded

    def __str__(self) -> str:
        figures = ((kind, *self.covered(kind)[:2]) for kind in KINDS if kind != "expr")
        return ", ".join(f"{kind} {percent(covered, total)}" for kind, covered, total in figures if total)


def write_lcov(coverage: CodeCoverage, path: Path) -> None:
    """In the form that genhtml and others read; branches are branches, values of expressions and toggles."""
    by_file: dict[str, list[Counted]] = defaultdict(list)
    for one in coverage.counts:
        if one not in coverage.excluded:
            by_file[one.file].append(one)
    records = []
    for file, all_of_file in sorted(by_file.items()):
        records.append(f"SF:{ROOT / file}")
        lines: Counter[int] = Counter()
        numbers: Counter[tuple[int, int]] = Counter()
        for one in sorted(all_of_file):
            count = coverage.counts[one]
            lines[one.line] = max(lines[one.line], count)
            if one.kind != "line":
                block = KINDS.index(one.kind)
                records.append(f"BRDA:{one.line},{block},{numbers[one.line, block]},{count}")
                numbers[one.line, block] += 1
        records += [f"DA:{line},{count}" for line, count in sorted(lines.items())]
        records.append("end_of_record")
    path.write_text("".join(f"{record}\n" for record in records), encoding="utf-8")


def write_html(coverage: CodeCoverage, path: Path) -> None:
    """A page with the sources, their holes and what is excluded."""
    holes: dict[tuple[str, int], list[str]] = defaultdict(list)
    for one in coverage.holes:
        holes[one.file, one.line].append(f"{one.kind} {one.what}")
    excluded: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for one, reason in coverage.excluded.items():
        excluded[one.file, one.line][reason] += 1
    files = [
        {
            "name": file,
            "figures": [coverage.covered(kind, file)[:2] for kind in KINDS],
            "lines": [
                {"text": text, "holes": holes[file, number], "excluded": excluded[file, number].items()}
                for number, text in enumerate((ROOT / file).read_text(encoding="utf-8").splitlines(), 1)
            ],
        }
        for file in sorted({one.file for one in coverage.counts})
    ]
    template = Template(
        TEMPLATE.read_text(encoding="utf-8"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    path.write_text(template.render(kinds=KINDS, files=files), encoding="utf-8")
