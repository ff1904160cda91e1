# SPDX-License-Identifier: Apache-2.0
"""A timeline as one HTML page, which needs nothing beside it."""

import gzip
import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from jinja2 import Environment, PackageLoader, select_autoescape

from tb.model.ledger import SENTENCES
from tb.report.lanes import rows
from tb.report.picture import drawing, style
from tb.report.timeline import CAUSES, Span, Timeline, Track, What

MOST_FINDINGS: Final = 200  # in the table; the timeline has all
_TEMPLATES: Final = Environment(
    loader=PackageLoader("tb.report", "."), autoescape=select_autoescape(["html.j2"]), trim_blocks=True
)


class Finding(NamedTuple):
    """A row of the table of violations. `defect`: the known defect that it belongs to; empty: unexpected."""

    step: int
    invariant: str
    detail: str
    sentence: str
    defect: str


class Covered(NamedTuple):
    """A cover point: how many of its bins were hit, and the others."""

    name: str
    hit: int
    missing: Sequence[str]


class Summary(NamedTuple):
    """What the page says beside the timeline.

    title        what was run
    verdict      the line that ended it
    failure      what went wrong, in words; empty: nothing
    facts        names and values: sizes, seed, the command
    counts       what happened, by name
    evaluations  by invariant
    defects      for each violation of the timeline, in its order, the known defect that explains it
    coverage     cover points of which the run has hit something
    """

    title: str
    verdict: str
    failure: str
    facts: dict[str, str]
    counts: dict[str, int]
    evaluations: dict[str, int]
    defects: Sequence[str]
    coverage: Sequence[Covered] = ()


def page(timeline: Timeline, summary: Summary) -> str:
    """The HTML."""
    lanes = rows(timeline)
    findings = [
        Finding(step, violation.id, violation.detail, SENTENCES.get(violation.id, ""), defect)
        for (step, violation), defect in zip(timeline.findings, summary.defects, strict=True)
    ]
    return _TEMPLATES.get_template("page.html.j2").render(
        summary=summary,
        style=style(),
        lanes=lanes,
        height=sum(row.height for row in lanes),
        steps=timeline.steps,
        findings=findings[:MOST_FINDINGS],
        unlisted=max(0, len(findings) - MOST_FINDINGS),
        sentences=SENTENCES,
        data=_packed({**_data(timeline), "drawing": drawing(lanes)}),
    )


def _packed(data: dict[str, Any]) -> str:
    """JSON, which the page's script unpacks: gzip in base64. A third of its size."""
    text = json.dumps(data, separators=(",", ":")).encode()
    return b64encode(gzip.compress(text, mtime=0)).decode()


def _data(timeline: Timeline) -> dict[str, Any]:
    """What the page's script needs to tell of a step. Steps are differences to the one before."""
    words: dict[int, int] = {}  # word -> its place in "words"
    banks = []
    for bank in timeline.banks:
        changes = sorted(
            (step, number, word) for number, track in enumerate(bank.lrs) for step, word in track.changes
        )
        banks.append(
            {
                "lrs": _flat(
                    [(step, number, words.setdefault(word, len(words))) for step, number, word in changes]
                ),
                "lines": _track(bank.lines),
                "misr": _track(bank.misr),
                "eoicount": _track(bank.eoicount),
                "loads": _spans(bank.loads),
                "runs": _spans(bank.runs),
            }
        )
    return {
        "steps": timeline.steps,
        "words": list(words),
        "banks": banks,
        "depths": [_track(track) for track in timeline.depths],
        "marks": _flat([(mark.step, mark.what, mark.place, mark.value) for mark in timeline.marks]),
        "kinds": [what.name.lower() for what in What],
        "causes": [cause.value if cause else "given up" for cause in CAUSES],
    }


def _track(track: Track) -> list[int]:
    return _flat(track.changes)


def _spans(spans: Sequence[Span]) -> list[int]:
    return _flat([(span.start, span.end - span.start, span.vcpu, span.cause) for span in spans])


def _flat(rows: Sequence[tuple[int, ...]]) -> list[int]:
    """All rows one behind the other, their first numbers as differences."""
    flat: list[int] = []
    before = 0
    for first, *others in rows:
        flat += (first - before, *others)
        before = first
    return flat
