# SPDX-License-Identifier: Apache-2.0
"""`make mutate WHAT=models`: put N small errors, one at a time, into tb/model."""

import json
import os
from dataclasses import asdict
from typing import Final

from tb import extras, settings
from tb.paths import ROOT, SIM_BUILD

DEFAULT_N: Final = 600
GOAL: Final = 95  # per cent of the mutants that are not equivalent, in the folders that are judged


def main() -> int:
    """Print and write the report; 0 if the goal is met."""
    extras.need("mutants")
    from tb.model_mutation import campaign, report

    seed, several = settings.load().seed, settings.count("N", DEFAULT_N)
    fates = campaign.run(campaign.chosen(several, seed), settings.count("JOBS", os.cpu_count() or 1))
    lines = [*report.text(fates), campaign.line(fates)]
    path = SIM_BUILD / "mutation" / f"models-n{several}-seed{seed}.txt"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    everything = [asdict(fate) | {"mutant": fate.mutant.identity._asdict()} for fate in fates]
    path.with_suffix(".json").write_text(json.dumps(everything, indent=1), encoding="utf-8")
    print(*lines[:-1], path.relative_to(ROOT), lines[-1], sep="\n")
    judged = [fate for fate in fates if fate.folder in campaign.JUDGED]
    return int(not campaign.number(judged, campaign.KILLED) or campaign.score(judged) < GOAL)
