# SPDX-License-Identifier: Apache-2.0
"""Put N small errors, one at a time, into the RTL or the models: how many does the regression notice?"""

import argparse
import os
from typing import Final

from tb import settings
from tb.commands import mutate_models
from tb.errors import UserError
from tb.mutation import campaign, report
from tb.mutation.mutants import DIRECTORY, MOST
from tb.paths import ROOT

RTL, MODELS = "rtl", "models"
DEFAULT_N: Final = 2000
TOLERATED: Final = 0.005  # of all mutants may survive


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: WHAT, N, SEED, JOBS and the device's parameters come from the environment."""


def main(args: argparse.Namespace) -> int:
    """Print and write the report; 0 if mutants were killed and no more survived than is tolerated."""
    what = os.environ.get("WHAT") or RTL
    if what not in (RTL, MODELS):
        raise UserError(f"WHAT={what}: allowed is {RTL} or {MODELS}")
    if what == MODELS:
        return mutate_models.main()
    wishes = settings.load()
    number = settings.count("N", DEFAULT_N)
    if number > MOST:
        raise UserError(f"N={number}: allowed is an integer from 1 to {MOST}")
    result = campaign.run(wishes.parameters, number, wishes.seed, settings.count("JOBS", os.cpu_count() or 1))
    lines = [
        *report.text(result),
        f"each met {result.accesses} accesses in {result.edges} edges, unless killed",
    ]
    name = f"lr{wishes.parameters.num_lr}-cpu{wishes.parameters.num_cpu}-n{number}-seed{wishes.seed}"
    page = DIRECTORY / f"{name}.html"
    page.write_text(report.html(result), encoding="utf-8")
    page.with_suffix(".txt").write_text("\n".join([*lines, result.line, ""]), encoding="utf-8")
    print(
        *lines,
        f"{page.relative_to(ROOT)}, {page.with_suffix('.txt').relative_to(ROOT)}",
        result.line,
        sep="\n",
    )
    return int(not result.number(campaign.KILLED) or len(result.survivors) > TOLERATED * number)
