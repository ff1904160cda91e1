# SPDX-License-Identifier: Apache-2.0
"""What came of a campaign, as tables: text, and an HTML page that needs nothing beside it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from jinja2 import Environment, PackageLoader, select_autoescape

from tb.mutation.campaign import CHECKS, EQUIVALENT, KILLED, SURVIVED, Campaign, Fate
from tb.mutation.mutants import Mutant
from tb.paths import ROOT

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
    yield _checks(killed)
    yield _count("after accesses", map(_decade, killed), [*(f"up to {most}" for most in _DECADES), "more"])
    if campaign.survivors:
        head = ("mutant", "at", "line", "source", "can differ in")
        yield Table("survivors", [head, *map(_survivor, campaign.survivors)])


def text(campaign: Campaign) -> Iterator[str]:
    """The lines."""
    for table in tables(campaign):
        yield table.title
        widths = [max(map(len, column)) for column in zip(*table.rows, strict=True)]
        for row in table.rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            yield f"  {'  '.join(cells)}".rstrip()


def html(campaign: Campaign) -> str:
    """The page, with a list of all mutants at its end."""
    head = ("mutant", "at", "line", "came to", "killed by", "what differed first", "after accesses")
    everything = Table("all mutants", [head, *map(_row, campaign.fates)])
    return _TEMPLATES.get_template("report.html.j2").render(
        campaign=campaign, tables=[*tables(campaign), everything]
    )


def _at(mutant: Mutant) -> str:
    """What was done to which bit."""
    cell = mutant.cell.removeprefix("$flatten\\")
    return f"{mutant.kind} at {mutant.port}[{mutant.bit}] of {cell} {mutant.wire}".rstrip()


def _survivor(fate: Fate) -> tuple[str, ...]:
    mutant = fate.mutant
    return (str(mutant.number), _at(mutant), mutant.line, _source(mutant), fate.witness)


def _source(mutant: Mutant) -> str:
    """The text of its line, or of the first one of several."""
    file, _, where = mutant.line.partition(":")
    if not (ROOT / file).is_file():
        return ""
    return (ROOT / file).read_text(encoding="utf-8").splitlines()[int(where.partition("-")[0]) - 1].strip()


def _row(fate: Fate) -> tuple[str, ...]:
    mutant = fate.mutant
    end = f"{fate.end} (observation-only)" if mutant.observation else fate.end
    how = (fate.stimulus, ", ".join(fate.checks), str(fate.accesses)) if fate.end == KILLED else ("", "", "")
    return (str(mutant.number), _at(mutant), mutant.line, end, *how)


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


def _count(title: str, values: Iterable[str], order: Iterable[str]) -> Table:
    counts = Counter(values)
    return Table(title, [("", "mutants"), *((name, str(counts[name])) for name in order)])


def _checks(killed: Iterable[Fate]) -> Table:
    """How many each check has noticed first, alone or with others at the same edge."""
    noticed = Counter(check for fate in killed for check in fate.checks)
    alone = Counter(fate.checks[0] for fate in killed if len(fate.checks) == 1)
    rows = ((check, str(noticed[check]), str(alone[check])) for check in CHECKS)
    return Table("what differed first", [("", "mutants", "nothing else"), *rows])


def _decade(fate: Fate) -> str:
    return next((f"up to {most}" for most in _DECADES if fate.accesses <= most), "more")
