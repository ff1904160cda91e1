# SPDX-License-Identifier: Apache-2.0
"""Draws a timeline as rows of an SVG."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from tb.model.ledger.words import ACTIVE, PENDING
from tb.report.timeline import CAUSES, Bank, Span, Timeline, Track, What

STATES: Final = {PENDING: "pending", ACTIVE: "active", PENDING | ACTIVE: "both"}
LINES: Final = ("maint", "virq", "vfiq")
VCPU_COLOURS: Final = 4
GUEST_RUNS: Final = "guest runs"
DEPTH_HEIGHT: Final = 24


class Row(NamedTuple):
    """A row.

    label   what it shows; empty: a gap
    title   it is the heading of those below
    height  in pixels
    paths   the SVG elements, drawn with y = 0 at the row's top
    """

    label: str
    title: bool
    height: int
    paths: tuple[str, ...] = ()


@dataclass
class Window:
    """The steps from `first` to `last`, which are drawn.

    scale  units to the right for a step, the first one being at 0. None: a step is at its own number, so that
           zooming is another viewBox
    """

    first: int
    last: int
    scale: float | None = None

    def bars(self, style: str, y: float, height: float, spans: Iterable[tuple[int, int]]) -> str:
        """Bars from a step to another, as one path."""
        parts = []
        at = 0.0
        for start, end in spans:
            if start < self.last and end > self.first:
                left, right = self.x(max(start, self.first)), self.x(min(end, self.last))
                parts.append(f"m{left - at:.8g} 0h{right - left:.8g}")
                at = right
        return self._path(style, y, f' stroke-width="{height:g}"', parts)

    def ticks(self, style: str, y: float, height: float, steps: Iterable[int]) -> str:
        """Upright strokes at steps, as one path."""
        parts: list[str] = []
        at = 0.0
        for step in steps:
            if self.first <= step <= self.last and (not parts or self.x(step) > at):
                parts.append(f"m{self.x(step) - at:.8g} {-height * bool(parts):g}v{height:g}")
                at = self.x(step)
        return self._path(f"tick {style}", y, "", parts)

    def x(self, step: int) -> float:
        """Where a step is."""
        return step if self.scale is None else round((step - self.first) * self.scale, 1)

    @staticmethod
    def _path(style: str, y: float, more: str, parts: list[str]) -> str:
        return f'<path class="{style}"{more} d="M0 {y:g}{"".join(parts)}"/>' if parts else ""


def rows(timeline: Timeline, window: Window | None = None) -> list[Row]:
    """All rows, with what lies in the window, or all."""
    window = window or Window(0, timeline.steps + 1)
    found = list(_mark_rows(window, timeline))
    for cpu, bank in enumerate(timeline.banks):
        found += _bank_rows(window, f"CPU {cpu}", bank, timeline.steps + 1)
    if any(track.changes for track in timeline.depths):
        found.append(Row("waiting on the list of", True, 20))
        found += [
            _depth_row(window, f"vCPU {vcpu}", track, timeline.steps + 1)
            for vcpu, track in enumerate(timeline.depths)
        ]
    return found


def _mark_rows(window: Window, timeline: Timeline) -> Iterator[Row]:
    def ticks(what: What) -> str:
        steps = [mark.step for mark in timeline.marks if mark.what is what]
        return window.ticks(what.name.lower(), 1, 10, steps)

    if any(mark.what is What.INJECTION for mark in timeline.marks):  # in a trace there is none
        violations = [step for step, _ in timeline.findings]
        yield _row("violations", 14, window.ticks("finding", 1, 12, violations))
        yield _row("injections", 12, ticks(What.LOWERED), ticks(What.INJECTION))
        yield _row("kicks, sleep", 12, ticks(What.KICK), ticks(What.SLEEP), ticks(What.WAKE))
        yield _row("maintenance", 12, ticks(What.MAINTENANCE))
    yield _row("deliveries", 12, ticks(What.DELIVERY), ticks(What.COMPLETION))


def _bank_rows(window: Window, name: str, bank: Bank, end: int) -> Iterator[Row]:
    yield Row(name, True, 20)
    if bank.loads or bank.runs:
        yield _row(
            GUEST_RUNS,
            24,
            *(
                window.bars(f"vcpu{colour}", 12, 24, _of_vcpu(bank.loads, colour))
                for colour in range(VCPU_COLOURS)
            ),
            window.bars("run", 17, 10, ((run.start, run.end) for run in bank.runs if CAUSES[run.cause])),
            window.ticks("cancelled", 12, 10, (run.start for run in bank.runs if not CAUSES[run.cause])),
        )
    for number, track in enumerate(bank.lrs):
        if track.changes or number < 4:
            yield _row(
                f"LR{number}",
                11,
                *(
                    window.bars(style, 5.5, 10, intervals(track, end, lambda word: word >> 28 & 3, state))
                    for state, style in STATES.items()
                ),
            )
    for bit, name in enumerate(LINES):
        style = "maint" if name == "maint" else "line"
        yield _row(
            name, 11, window.bars(style, 5.5, 6, intervals(bank.lines, end, lambda v, b=bit: v >> b & 1, 1))
        )
    if bank.eoicount.changes:
        spans = intervals(bank.eoicount, end, bool, True)
        yield _row("EOICount", 11, window.bars("active", 5.5, 6, spans))


def intervals(track: Track, end: int, key: object, wanted: object) -> Iterator[tuple[int, int]]:
    """From when to when a value is such that `key` of it is `wanted`."""
    assert callable(key)
    since = None
    for step, value in (*track.changes, (end, None)):
        fits = value is not None and key(value) == wanted
        if fits and since is None:
            since = step
        elif not fits and since is not None:
            yield since, step
            since = None


def _depth_row(window: Window, label: str, track: Track, end: int) -> Row:
    """A bar for each number of waiting interrupts, the higher the more."""
    most = max(track.highest, 1)
    unit = (DEPTH_HEIGHT - 2) / most
    bars = (
        window.bars(
            "depth",
            DEPTH_HEIGHT - 1 - unit * (level - 0.5),
            unit + 0.5,  # without a gap to the next
            intervals(track, end, lambda value, level=level: value >= level, True),
        )
        for level in range(1, most + 1)
    )
    return _row(f"{label} (up to {most})", DEPTH_HEIGHT, *bars)


def _of_vcpu(loads: Iterable[Span], colour: int) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in loads if span.vcpu % VCPU_COLOURS == colour]


def _row(label: str, height: int, *paths: str) -> Row:
    return Row(label, False, height, tuple(path for path in paths if path))
