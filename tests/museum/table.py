# SPDX-License-Identifier: Apache-2.0
"""How soon each bug is found: `python -m tests.museum.table` writes it into docs/bug-museum.md."""

import argparse
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from typing import Final

from tb.paths import ROOT
from tests.museum.catalogue import EXHIBITS
from tests.museum.exhibit import Exhibit
from tests.museum.hunt import Case, Hunt, Sighting, failure_without_bug, hunt

PATH: Final = ROOT / "docs" / "bug-museum.md"
BEGIN: Final = "<!-- From here on by python -m tests.museum.table -->\n"
SEEDS: Final = 10
HEAD: Final = """
| bug | mutant | machine | found | in | first sign | entries | invariant | entries | green |
|---|---|---|---|---|---|---:|---|---:|---|"""


def look_with(seed: int) -> tuple[list[Hunt], dict[Case, str]]:
    """For all bugs, each scenario once at most; and what goes wrong in these runs without the bugs."""
    hunts = [hunt(exhibit, [seed]) for exhibit in EXHIBITS]
    return hunts, {case: failure_without_bug(case) for one in hunts for case in one.cases}


def table(seeds: int, jobs: int) -> str:
    """The generated part of the document."""
    with ProcessPoolExecutor(jobs) as pool:
        by_seed = list(pool.map(look_with, range(1, seeds + 1)))
    failures = {case: failure for _, some in by_seed for case, failure in some.items()}
    rows = [
        _row(exhibit, hunts, failures)
        for exhibit, *hunts in zip(EXHIBITS, *(hunts for hunts, _ in by_seed), strict=True)
    ]
    wrong = [f"- {' '.join(map(str, case))}: {failure}" for case, failure in failures.items() if failure]
    green = f"{len(failures) - len(wrong)} of {len(failures)} runs"
    verdict = f"\nSeeds 1 to {seeds}. Without the bugs, {green} are green.\n"
    return "\n".join((HEAD.lstrip("\n"), *rows, verdict, *wrong, ""))


def _row(exhibit: Exhibit, hunts: Sequence[Hunt], failures: Mapping[Case, str]) -> str:
    """What came of hunts for a bug, each with a seed."""
    cases = {case for one in hunts for case in one.cases}
    found = [one for one in hunts if one.named]
    cells = (
        exhibit.bug,
        exhibit.name,
        f"{exhibit.dialect}, {exhibit.num_lr}, {exhibit.vcpus}, {exhibit.entries}",
        f"{len(found)} of {len(hunts)}",
        _each(f"`{one.cases[-1].scenario}`" for one in found),
        *_sum_up([one.first for one in found if one.first]),
        *_sum_up([one.named for one in found if one.named]),
        f"{sum(not failures[case] for case in cases)} of {len(cases)}",
    )
    return f"| {' | '.join(cells)} |"


def _sum_up(sightings: Collection[Sighting]) -> tuple[str, str]:
    """Which invariants they were of, and after how many entries: the median and the most."""
    entries = [sighting.entries for sighting in sightings]
    numbers = f"{median(entries):.0f}, {max(entries)}" if entries else ""
    return _each(sighting.invariant for sighting in sightings), numbers


def _each(words: Iterable[str]) -> str:
    """Each of them, the most frequent first, and how often if there are others."""
    counts = Counter(words).most_common()
    return ", ".join(f"{word} {number}" if len(counts) > 1 else word for word, number in counts)


def main() -> None:
    """Write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="from 1 on")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    wishes = parser.parse_args()
    words = PATH.read_text(encoding="utf-8").partition(BEGIN)[0]
    PATH.write_text(f"{words}{BEGIN}\n{table(wishes.seeds, wishes.jobs)}", encoding="utf-8")


if __name__ == "__main__":
    main()
