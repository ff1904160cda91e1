# SPDX-License-Identifier: Apache-2.0
"""What the tests of a simulation leave behind for whoever started it."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

FILE = "verdicts.jsonl"  # in the directory of the run, one line a test
MOMENT = "moment"  # there too: when a check failed first, in picoseconds


@dataclass
class Verdict:
    """What one test, or all tests of a run, checked.

    cycles   clock edges that were compared
    checks   kind of check -> how often it had something to check
    traffic  kind of access -> how many (tb/uvm/traffic.py)
    repeat   the command that runs the same again
    """

    cycles: int = 0
    checks: Counter[str] = field(default_factory=Counter)
    traffic: Counter[str] = field(default_factory=Counter)
    repeat: str = ""

    def append(self, directory: Path) -> None:
        """Add it to those of a run."""
        with (directory / FILE).open("a", encoding="utf-8") as file:
            file.write(json.dumps(vars(self)) + "\n")


def read(directory: Path) -> Verdict:
    """The sum over the tests of a run; raises FileNotFoundError if no test came to its end."""
    total = Verdict()
    for line in (directory / FILE).read_text(encoding="utf-8").splitlines():
        test = json.loads(line)
        total.cycles += test["cycles"]
        total.checks.update(test["checks"])
        total.traffic.update(test["traffic"])
        total.repeat = test["repeat"]
    return total
