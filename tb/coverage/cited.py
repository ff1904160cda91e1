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
_REFUSAL: Final = "it is refused: a run that comes here has ended"

# Statements that no run reaches: file, text, reason.
_NEVER_SOFTWARE: Final = {
    (
        "new_vgic/image.py",
        "return 0",
    ): "in `kvm*` no guest can make an SGI pending without a source (NV-REC-3)",
    ("new_vgic/order.py", "return False"): "the sort of the models compares no entry with itself (NV-LOCK-3)",
}
_NEVER_HARDWARE: Final = {
    (
        "distributor.py",
        'self.findings.append(f"CPU {cpu} deactivated physical interrupt {intid}, which was not active")',
    ): "an error, which the checks of a run tell",
}


class CitedRules:
    """A point with a bin for each citation under a directory of tb/model."""

    def __init__(
        self, name: str, folder: str, rules: re.Pattern[str], never: Mapping[tuple[str, str], str]
    ) -> None:
        self.folder: Final = _MODEL / folder
        self._citations: Final = {
            f"{one.rule} {one.place}": one for one in citations(self.folder, rules, never.keys())
        }
        self.point: Final = Point(
            name,
            [label for label, one in self._citations.items() if not one.raises],
            {label: _REFUSAL for label, one in self._citations.items() if one.raises},
        )

    @property
    def rules(self) -> set[str]:
        """Those that are cited."""
        return {one.rule for one in self._citations.values() if not one.raises}

    def hits(self, ran: Callable[[Path], set[int]]) -> set[str]:
        """Labels of citations all of whose statements ran, in files and lines that `ran` knows."""
        return {label for label, one in self._citations.items() if one.lines <= ran(one.path)}


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

    def hits(self) -> dict[str, set[str]]:
        """Of CITED, by point."""
        return {
            cited.point.name: cited.hits(lambda path: self._seen.get(str(path), set())) for cited in CITED
        }
