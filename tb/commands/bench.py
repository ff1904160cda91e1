# SPDX-License-Identifier: Apache-2.0
"""Measure how fast everything is: one table of figures beside their goals.

FULL=1 measures what takes long, too. UPDATE=1 puts the table into docs/speed.md.
"""

import argparse
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain
from typing import Final

from tb import settings
from tb.bench import cosimulation, growth, limits, live, regression, start, transactor
from tb.bench.row import Row
from tb.errors import UserError
from tb.paths import ROOT, SIM_BUILD

GROUPS: Final = (live, transactor, cosimulation, start, growth, limits)
SLOW_GROUPS: Final = (transactor, regression, start)
RESULT: Final = SIM_BUILD / "bench.json"
DOCUMENT: Final = ROOT / "docs" / "speed.md"
BEGIN, END = "<!-- make bench FULL=1 UPDATE=1 -->\n", "<!-- end -->\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: FULL, UPDATE, SEED and the device's parameters come from the environment."""


def main(args: argparse.Namespace) -> int:
    """Measure, print the table, keep it in sim_build/bench.json; 0 if everything could be measured."""
    wishes = settings.load()
    full, update = settings.switch("FULL"), settings.switch("UPDATE")
    if os.environ.get("COMPILED", "0") != "0":
        raise UserError("COMPILED=1: the benchmark measures with compiled models by itself")
    if update and not full:
        raise UserError("UPDATE=1 needs FULL=1: the document has all rows")
    groups = chain(
        (group.rows(wishes) for group in GROUPS), (group.slow_rows(wishes) for group in SLOW_GROUPS if full)
    )
    rows = []
    for row in chain.from_iterable(groups):
        rows.append(row)
        print(_line(row), flush=True)
    machine = f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}"
    about = {"machine": machine, "simulator": wishes.sim, "seed": wishes.seed}
    kept = [{**asdict(row), "verdict": row.verdict} for row in rows]
    RESULT.write_text(json.dumps({**about, "rows": kept}, indent=1) + "\n")
    missed = sum(row.verdict == "missed" for row in rows)
    print(f"{len(rows)} figures, {missed} missed their goals; {machine}; kept in {RESULT.relative_to(ROOT)}")
    if not full:
        print("more, which take minutes: make bench FULL=1")
    if update:
        _update(rows, machine)
    return 0


def _line(row: Row) -> str:
    name, value, goal, verdict, note = row.cells
    return f"{name:60}{value:>22}  {goal:>11} {verdict:8}{note}".rstrip()


def _update(rows: Sequence[Row], machine: str) -> None:
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = ["| figure | measured | goal | | |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row.cells)} |" for row in rows]
    table = "\n".join(lines)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{table}\n\nOn {machine}.\n\n{END}{after}", encoding="utf-8")
