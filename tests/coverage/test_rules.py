# SPDX-License-Identifier: Apache-2.0
"""Rules: each has a cover point, and a citation stands for the statements that follow it."""

import re
from pathlib import Path

import pytest

from tb.coverage import hardware_rules, software_rules
from tb.coverage.citations import citations
from tb.coverage.cited import CITED, HARDWARE, SOFTWARE, CitedRules, Lines
from tb.coverage.point import Point
from tb.paths import ROOT

SPECS = {
    "software-vgic.md": (SOFTWARE, CITED[0], software_rules.POINT),
    "gicv2-virtual-interface.md": (HARDWARE, CITED[1], hardware_rules.POINT),
}
RULE = re.compile(r"NV-X-\d")
SOURCE = '''
class Base:
    def send(self):
        """What all do (NV-X-1)."""


class One(Base):
    def send(self):
        if self.full:
            raise Full
        self.store()


class Other:
    """Not an override by inheritance, but by name, as with protocols; cites NV-X-9 to no effect."""

    def send(self):
        self.drop()


def receive(word):
    if word:  # NV-X-2
        first(word)
        second(word)
    else:
        third(word)  # NV-X-3
    # NV-X-4
    for one in word:
        fourth(one)
    if not word:
        raise Wrong("NV-X-5")
'''


def covered(cited: CitedRules, seen: Point) -> set[str]:
    return cited.rules | {label.split()[0] for label in (*seen.bins, *seen.unreachable)}


@pytest.mark.parametrize("spec", SPECS)
def test_each_rule_has_a_cover_point(spec: str) -> None:
    pattern, cited, seen = SPECS[spec]
    rules = set(pattern.findall((ROOT / "docs" / "spec" / spec).read_text()))
    assert len(rules) > 80
    assert rules - covered(cited, seen) == set()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source.py").write_text(SOURCE)
    return tmp_path


def texts(source: Path, without: tuple[tuple[str, str], ...] = ()) -> dict[str, list[str]]:
    """The statements that stand for each citation."""
    lines = SOURCE.splitlines()
    return {
        f"{one.rule} {one.place}": [lines[line - 1].strip() for line in sorted(one.lines)]
        for one in citations(source, RULE, without)
    }


def test_citation_stands_for_the_statements_that_follow(source: Path) -> None:
    assert texts(source) == {
        "NV-X-1 source.py One.send": ["if self.full:", "self.store()"],
        "NV-X-1 source.py Other.send": ["self.drop()"],
        "NV-X-2 source.py receive: if word:": ["first(word)", "second(word)"],
        "NV-X-3 source.py receive: third(word)": ["third(word)  # NV-X-3"],
        "NV-X-4 source.py receive: for one in word:": ["fourth(one)"],
        'NV-X-5 source.py receive: raise Wrong("NV-X-5")': ['raise Wrong("NV-X-5")'],
    }


def test_statement_can_be_left_out(source: Path) -> None:
    left = texts(source, (("source.py", "second(word)"),))
    assert left["NV-X-2 source.py receive: if word:"] == ["first(word)"]


def test_statement_that_is_not_there_cannot_be_left_out(source: Path) -> None:
    with pytest.raises(ValueError, match="fifth"):
        texts(source, (("source.py", "fifth(word)"),))


def test_all_statements_must_have_run() -> None:
    cited = CITED[0]
    (label,) = [
        label for label in cited.point.bins if label.startswith("NV-KICK-1") and "State.kick" in label
    ]
    path = cited.folder / "new_vgic" / "state.py"
    first = next(n for n, line in enumerate(path.read_text().splitlines(), 1) if "def kick" in line) + 2
    seen = {first, first + 1}
    assert cited.missing(lambda file: seen if file == path else set())[label] == [first + 2]
    seen.add(first + 2)
    assert not cited.missing(lambda file: seen if file == path else set())[label]


def test_lines_are_recorded_and_added_up() -> None:
    from tb.model.hardware.distributor import PhysicalDistributor

    lines, more = Lines(), Lines()
    with lines.recorded():
        PhysicalDistributor().deactivate(40, cpu=0)
    assert not lines.hits()["software.cited"]
    assert any(label.startswith("V2-EOI-9 distributor.py") for label in lines.hits()["hardware.cited"])
    more.add(lines.seen)
    assert more.hits() == lines.hits()
