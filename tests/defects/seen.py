# SPDX-License-Identifier: Apache-2.0
"""Where each known defect is seen: tests/defects/seen.json, by defect and dialect.

`python -m tests.defects.seen KD-01 ...` looks anew, for those named or for all: it runs the dialect with this
defect alone, where it was seen before, then in each scenario on each device, seed by seed, until a run shows
it.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import count, islice, product
from pathlib import Path
from typing import Final

from tb.model.defects import DEFECTS, Defect, fixed
from tb.model.machine.scenarios import SCENARIOS
from tests.cosim.cross import SIZES
from tests.defects.harness import Place, violations, with_only

PATH: Final = Path(__file__).with_suffix(".json")
SEEN: Final[dict[str, dict[str, Place]]] = {
    name: {dialect: Place(*place) for dialect, place in places.items()}
    for name, places in json.loads(PATH.read_text(encoding="utf-8")).items()
}
FIRST: Final = 40  # seeds, where it was seen before
RUNS: Final = 1000


def places(before: Place | None) -> Iterator[Place]:
    """Where to look."""
    if before:
        yield before
        yield from (before._replace(seed=seed) for seed in range(1, FIRST + 1))
    for seed in count(1):
        for num_lr, scenario in product(SIZES, SCENARIOS):
            yield Place(scenario, num_lr, seed)


def find(defect: Defect, dialect: str) -> Place | None:
    """A run that shows it, and does not when it is mended."""
    for place in islice(places(SEEN.get(defect.id, {}).get(dialect)), RUNS):
        if violations(dialect, with_only(dialect, defect), defect, place):
            if not violations(dialect, fixed(dialect), defect, place):
                return place
            print(f"{defect.id} {dialect} {place}: the mended one shows it, too", flush=True)
    return None


def main(names: Sequence[str]) -> None:
    """Look for those named, or for all."""
    for defect in [DEFECTS[name] for name in names] or DEFECTS.values():
        for dialect in defect.dialects:
            place = find(defect, dialect)
            print(defect.id, dialect, place, flush=True)
            if place:
                SEEN.setdefault(defect.id, {})[dialect] = place
            else:
                SEEN.get(defect.id, {}).pop(dialect, None)
            PATH.write_text(json.dumps(SEEN, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
