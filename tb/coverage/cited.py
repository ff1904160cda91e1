# SPDX-License-Identifier: Apache-2.0
"""Rules that the models cite: the code that stands for them has run (tb/coverage/citations.py)."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from coverage import Coverage

from tb.coverage.citations import citations
from tb.coverage.point import Point
from tb.paths import ROOT

SOFTWARE: Final = re.compile(r"\b(?:NV|K19|CL)-(?:STATE|[A-Z]+-\d+|\d+)")
HARDWARE: Final = re.compile(r"\bV2-(?!QEMU)[A-Z]+-\d+")
_MODEL: Final = ROOT / "tb" / "model"
_REFUSAL: Final = "a run that comes here ends: the rule is refused, or the hypervisor stops"

# Statements that no run reaches: file, text, reason.
_IMAGE: Final = "new_vgic/image.py"
_WITHOUT_SOURCE: Final = "only in `xen` can a guest break NV-REC-3, and then the hypervisor stops"
_NEVER_SOFTWARE: Final = {
    ("new_vgic/xen_distributor.py", "await self.read_sources(state, vcpu, irq)"): _REFUSAL,
    (_IMAGE, "if self.survives_no_source:"): _WITHOUT_SOURCE,
    (_IMAGE, "return 0"): _WITHOUT_SOURCE,
    ("new_vgic/order.py", "return False"): "the sort of the models compares no entry with itself (NV-LOCK-3)",
}
_FINDING: Final = (
    'self.findings.append(f"CPU {cpu} deactivated physical interrupt {intid}, which was not active")'
)
_NEVER_HARDWARE: Final = {("distributor.py", _FINDING): "an error, which the checks of a run tell"}


class CitedRules:
    """A point with a bin for each citation under a directory of tb/model."""

    def __init__(
        self, name: str, folder: str, rules: re.Pattern[str], never: Mapping[tuple[str, str], str]
    ) -> None:
        self.folder: Final = _MODEL / folder
        self._citations: Final = {
            f"{one.rule} {one.place}": one for one in citations(self.folder, rules, never.keys())
        }
        reachable = [label for label, one in self._citations.items() if one.lines and not one.raises]
        self.point: Final = Point(
            name, reachable, dict.fromkeys(self._citations.keys() - set(reachable), _REFUSAL)
        )

    @property
    def rules(self) -> set[str]:
        """Those that are cited."""
        return {self._citations[label].rule for label in self.point.bins}

    def missing(self, ran: Callable[[Path], set[int]]) -> dict[str, list[int]]:
        """By bin, the lines that are not in what `ran` of a file."""
        return {
            label: sorted(one.lines - ran(one.path))
            for label, one in self._citations.items()
            if label in self.point.bins
        }


CITED: Final = (
    CitedRules("software.cited", "hypervisor", SOFTWARE, _NEVER_SOFTWARE),
    CitedRules("hardware.cited", "hardware", HARDWARE, _NEVER_HARDWARE),
)
POINTS: Final = tuple(cited.point for cited in CITED)


class Lines:
    """Which lines of the models run."""

    def __init__(self) -> None:
        self._seen: dict[str, set[int]] = {}

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """Record inside."""
        coverage = Coverage(
            data_file=None, config_file=False, include=[f"{cited.folder}/*" for cited in CITED]
        )
        coverage.start()
        try:
            yield
        finally:
            coverage.stop()
            data = coverage.get_data()
            self.add({file: set(data.lines(file) or ()) for file in data.measured_files()})

    @property
    def seen(self) -> Mapping[str, set[int]]:
        """By file."""
        return self._seen

    def add(self, seen: Mapping[str, set[int]]) -> None:
        """What others have seen."""
        for file, lines in seen.items():
            self._seen.setdefault(file, set()).update(lines)

    def missing(self, cited: CitedRules) -> dict[str, list[int]]:
        """By bin, the lines that have not run."""
        return cited.missing(lambda path: self._seen.get(str(path), set()))

    def hits(self) -> dict[str, set[str]]:
        """Of CITED, by point: bins all of whose statements ran."""
        return {
            cited.point.name: {label for label, lines in self.missing(cited).items() if not lines}
            for cited in CITED
        }
