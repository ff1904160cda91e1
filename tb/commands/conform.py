# SPDX-License-Identifier: Apache-2.0
"""Hold the VGIC models to what real hypervisors did: the software traces in TRACE, or all shipped."""

import argparse
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tb import junit, settings
from tb.errors import UserError
from tb.model import software_trace
from tb.model.conformance import Summary, conform
from tb.model.json_lines import TraceError
from tb.paths import ROOT

SHIPPED = ROOT / "tests" / "data" / "software"
FILES = "*/*.jsonl.gz"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(args: argparse.Namespace) -> int:
    """Compare; 0 if something was compared and nothing differs."""
    paths = [Path(path) for path in settings.load().traces] or sorted(SHIPPED.glob(FILES))
    summaries = by_dialect(paths)
    total = sum(summaries.values(), Summary())
    for sentence in total.sentences:
        print(sentence)
    for dialect, summary in summaries.items():
        print(f"{dialect}: {summary}")
        failure = "" if summary.ok else "\n".join([str(summary), *summary.sentences])
        junit.add(dialect, failure)
    print(f"conform: {total}")
    return 0 if total.ok else 1


def by_dialect(paths: Iterable[Path]) -> dict[str, Summary]:
    """Conform to traces; a summary for each dialect. UserError where a file is no trace."""
    summaries: dict[str, Summary] = defaultdict(Summary)
    for path in paths:
        try:
            dialect = software_trace.config(path)["dialect"]
            summaries[dialect] += conform([path])
        except TraceError as error:
            raise UserError(str(error)) from None
    return summaries
