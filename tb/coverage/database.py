# SPDX-License-Identifier: Apache-2.0
"""Coverage in files: the library's XML and YAML, one of each a process, merged in the end.

The number of hits of a bin is that of the runs in which it was hit.
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from cocotb_coverage.coverage import CoverPoint, coverage_db, merge_coverage

from tb.coverage.point import Point

ROOT: Final = "functional"
SUFFIXES: Final = (".xml", ".yml")


class Database:
    """Adds up runs in the library's database. A process has only that one."""

    def __init__(self, points: Iterable[Point]) -> None:
        coverage_db.clear()
        self._samplers: Final = {point.name: _sampler(point) for point in points}

    def sample(self, hits: Mapping[str, Collection[str]]) -> None:
        """Add one run: the labels that it hit, by the point's name."""
        for name, labels in hits.items():
            self._samplers[name](labels)

    def save(self, path: Path) -> None:
        """Write `path`.xml and `path`.yml, each whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        xml, yml = _beside(path)
        coverage_db.export_to_xml(str(xml))
        coverage_db.export_to_yaml(str(yml))
        _put_in_place(path)


def _sampler(point: Point):  # type: ignore[no-untyped-def]  # a decorator without types
    decorate = CoverPoint(
        f"{ROOT}.{point.name}", rel=lambda labels, one: one in labels, bins=list(point.bins), inj=False
    )
    return decorate(lambda labels: None)


def merge(path: Path, parts: Sequence[Path]) -> None:
    """Add up files that were saved; as `save`."""
    for suffix, target in zip(SUFFIXES, _beside(path), strict=True):
        merge_coverage(lambda line: None, str(target), *(str(part.with_suffix(suffix)) for part in parts))
    _put_in_place(path)


def _beside(path: Path) -> list[Path]:
    """Names under which files are written until they are whole."""
    return [path.with_name(f".{path.name}{suffix}") for suffix in SUFFIXES]


def _put_in_place(path: Path) -> None:
    for suffix, written in zip(SUFFIXES, _beside(path), strict=True):
        os.replace(written, path.with_suffix(suffix))


def read(path: Path) -> dict[str, dict[str, int]]:
    """Hits by bin, by point, of `path`.xml."""
    points: dict[str, dict[str, int]] = {}
    for element in ElementTree.parse(path.with_suffix(".xml")).iter():
        if "hits" in element.attrib:
            point = element.attrib["abs_name"].rpartition(".")[0].partition(f"{ROOT}.")[2]
            points.setdefault(point, {})[element.attrib["bin"]] = int(element.attrib["hits"])
    return points
