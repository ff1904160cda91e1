# SPDX-License-Identifier: Apache-2.0
"""A part of a timeline as a picture that needs no script."""

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Final
from xml.sax.saxutils import escape

from tb.report.lanes import GUEST_RUNS, Row, Window, rows
from tb.report.timeline import CAUSES, Timeline, What

LABELS: Final = 130  # pixels, for the rows' names
WIDTH: Final = 1000  # of the picture
TOP: Final = 28  # below the title
_STYLE: Final = re.compile(r"/\*.*?\*/\s*(:root \{.*?\})\s*(@media .*?\}\s*\})\s*(.*)", re.DOTALL)
_VARIABLE: Final = re.compile(r"(--\w+): ([^;]+);")
_LETTER: Final = 5  # pixels that a small letter needs
_LEGEND: Final = (
    ("pending", "pending"),
    ("active", "active"),
    ("both", "pending and active"),
    ("run", "the guest runs"),
    ("maint", "maintenance line"),
    ("depth", "waiting for a list register"),
)


def picture(timeline: Timeline, first: int, last: int, title: str) -> str:
    """The SVG of the steps from `first` to `last`."""
    window = Window(first, last, (WIDTH - LABELS - 10) / (last - first))
    lanes = rows(timeline, window)
    height = TOP + sum(row.height for row in lanes)
    words = "".join(_words(timeline, lanes, window))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + 48}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_plain_style()}</style>",
        f'<rect width="{WIDTH}" height="{height + 48}" class="paper"/>',
        f'<text class="title" x="8" y="18">{escape(title)}</text>',
        *_labels(lanes),
        f'<g transform="translate({LABELS} {TOP})">{drawing(lanes)}{words}</g>',
        *_legend(height + 14),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def style() -> str:
    """How things look, light and dark, as CSS."""
    return files("tb.report").joinpath("style.css").read_text(encoding="utf-8")


def _plain_style() -> str:
    """The same without variables, which few programs but browsers know."""
    parts = _STYLE.fullmatch(style())
    assert parts
    light, dark, rules = parts.groups()
    light_rules, dark_rules = (_resolved(rules, dict(_VARIABLE.findall(text))) for text in (light, dark))
    return f"{light_rules}@media (prefers-color-scheme: dark) {{\n{dark_rules}}}\n"


def _resolved(rules: str, values: dict[str, str]) -> str:
    return re.sub(r"var\((--\w+)\)", lambda found: values[found[1]], rules)


def drawing(lanes: list[Row]) -> str:
    """The rows below each other."""
    y = 0
    parts = []
    for row in lanes:
        if row.paths:
            parts.append(f'<g transform="translate(0 {y})">{"".join(row.paths)}</g>')
        y += row.height
    return "".join(parts)


def _labels(lanes: list[Row]) -> Iterator[str]:
    y = TOP
    for row in lanes:
        kind, x = ("title", 8) if row.title else ("soft", 16)
        baseline = y + row.height / 2 + 4 + 3 * row.title
        yield f'<text class="{kind}" x="{x}" y="{baseline:g}">{escape(row.label)}</text>'
        y += row.height


def _words(timeline: Timeline, lanes: list[Row], window: Window) -> Iterator[str]:
    """INTIDs in list registers, and causes of exits, where there is room."""
    tops = _tops(lanes)
    for cpu, bank in enumerate(timeline.banks):
        free = 0.0  # from here on
        for run in bank.runs:
            if window.first <= run.end <= window.last and (cause := CAUSES[run.cause]):
                x = window.x(run.end)
                if x - _LETTER * len(cause.value) >= free:
                    yield _text("cause", x, tops[cpu, GUEST_RUNS] + 9, cause.value)
                    free = x
        for number, track in enumerate(bank.lrs):
            ends = (*(step for step, _ in track.changes[1:]), window.last)
            for (start, word), end in zip(track.changes, ends, strict=True):
                left, right = window.x(max(start, window.first)), window.x(min(end, window.last))
                intid = str(word & 0x3FF)
                if word >> 28 & 3 and right - left > _LETTER * len(intid):
                    yield _text("word", (left + right) / 2, tops[cpu, f"LR{number}"] + 9, intid)


def _text(kind: str, x: float, y: int, words: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y}">{words}</text>'


def _tops(lanes: list[Row]) -> dict[tuple[int, str], int]:
    """Where rows begin, by CPU and label."""
    tops = {}
    cpu, y = -1, 0
    for row in lanes:
        cpu += row.title
        tops[cpu, row.label] = y
        y += row.height
    return tops


def _legend(y: int) -> Iterator[str]:
    x = 16
    for kind, words in _LEGEND:
        yield f'<path class="{kind}" stroke-width="9" d="M{x} {y}h14"/>'
        yield f'<text x="{x + 19}" y="{y + 4}">{words}</text>'
        x += 40 + 6 * len(words)
    x = 16
    for word in (*(what.name.lower() for what in What), "cancelled"):
        yield f'<path class="tick {word}" d="M{x + 7} {y + 14}v10"/>'
        yield f'<text x="{x + 19}" y="{y + 23}">{word}</text>'
        x += 40 + 6 * len(word)
