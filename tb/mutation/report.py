# SPDX-License-Identifier: Apache-2.0
"""What came of a campaign, as tables: text, and an HTML page that needs nothing beside it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from jinja2 import Environment, PackageLoader, select_autoescape

from tb.mutation.campaign import EQUIVALENT, KILLED, SURVIVED, Campaign, Fate

_TEMPLATES: Final = Environment(
    loader=PackageLoader("tb.mutation", "."), autoescape=select_autoescape(["html.j2"]), trim_blocks=True
)
_ENDS: Final = (KILLED, EQUIVALENT, "observation-only", SURVIVED)
_DECADES: Final = (10, 100, 1_000, 10_000, 100_000)


class Table(NamedTuple):
    """Rows of cells, the first row the head."""

    title: str
    rows: list[tuple[str, ...]]


def tables(campaign: Campaign) -> Iterator[Table]:
    """All of them."""
    fates = campaign.fates
    yield _ends("module", ((fate.mutant.module, fate) for fate in fates))
    yield _ends("kind", ((fate.mutant.kind, fate) for fate in fates))
    killed = [fate for fate in fates if fate.end == KILLED and not fate.mutant.observation]
    yield _count("killed by", (fate.stimulus for fate in killed), [part.name for part in campaign.stimuli])
    yield _count("what differed first", (" and ".join(fate.checks) for fate in killed))
    yield _count("after accesses", map(_decade, killed), [*(f"up to {most}" for most in _DECADES), "more"])
    rows: list[tuple[str, ...]] = [("mutant", "at", "line", "can differ in")]
    for fate in campaign.survivors:
        mutant = fate.mutant
        cell = mutant.cell.removeprefix("$flatten\\")
        at = f"{mutant.kind} at {mutant.port}[{mutant.bit}] of {cell} {mutant.wire}"
        rows.append((str(mutant.number), at, mutant.line, fate.witness))
    if len(rows) > 1:
        yield Table("survivors", rows)


def text(campaign: Campaign) -> Iterator[str]:
    """The lines."""
    for table in tables(campaign):
        yield table.title
        widths = [max(map(len, column)) for column in zip(*table.rows, strict=True)]
        for row in table.rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            yield f"  {'  '.join(cells)}".rstrip()


def html(campaign: Campaign) -> str:
    """The page."""
    return _TEMPLATES.get_template("report.html.j2").render(campaign=campaign, tables=list(tables(campaign)))


def _ends(title: str, fates: Iterable[tuple[str, Fate]]) -> Table:
    """What became of mutants, in groups."""
    counts: Counter[tuple[str, str]] = Counter()
    for group, fate in fates:
        counts[group, "observation-only" if fate.mutant.observation else fate.end] += 1
    groups = sorted({group for group, _ in counts})
    rows: list[tuple[str, ...]] = [(title, "mutants", *_ENDS)]
    for group in groups:
        numbers = [counts[group, end] for end in _ENDS]
        rows.append((group, str(sum(numbers)), *map(str, numbers)))
    return Table(f"by {title}", rows)


def _count(title: str, values: Iterable[str], order: Iterable[str] = ()) -> Table:
    counts = Counter(values)
    names = list(order) or [name for name, _ in counts.most_common()]
    return Table(title, [("", "mutants"), *((name, str(counts[name])) for name in names)])


def _decade(fate: Fate) -> str:
    return next((f"up to {most}" for most in _DECADES if fate.accesses <= most), "more")
