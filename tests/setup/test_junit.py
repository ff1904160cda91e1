# SPDX-License-Identifier: Apache-2.0
"""Each command leaves JUnit XML."""

import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tb import cli, junit
from tb.commands import doctor
from tb.errors import UserError


def cases(path: Path) -> list[tuple[str, str | None]]:
    """Names of the cases, and what the failed ones say."""
    return [
        (case.attrib["name"], case.findtext("failure"))
        for case in ElementTree.parse(path).getroot().iter("testcase")
    ]


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cli, "SIM_BUILD", tmp_path)
    return tmp_path / "doctor.xml"


def test_a_command_is_a_case(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for status, failure in ((0, None), (1, "exit status 1")):
        monkeypatch.setattr(doctor, "main", lambda args, status=status: status)
        assert cli.main(["doctor"]) == status
        assert cases(results) == [("doctor", failure)]


def test_what_it_has_found_are_cases(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(args: object) -> int:
        junit.add("one", seconds=2)
        junit.add("other", "line 1\nline 2 \x1b[0m <&>")
        return 1

    monkeypatch.setattr(doctor, "main", find)
    assert cli.main(["doctor"]) == 1
    assert cases(results) == [("one", None), ("other", "line 1\nline 2 ?[0m <&>")]
    suite = ElementTree.parse(results).getroot()[0]
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("2", "1")


def test_what_cannot_be_done_has_failed(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(args: object) -> int:
        raise UserError("no.jsonl: there is no such file")

    monkeypatch.setattr(doctor, "main", refuse)
    assert cli.main(["doctor"]) == 2
    assert cases(results) == [("doctor", "no.jsonl: there is no such file")]


def test_a_failure_that_nothing_explains_is_one(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(args: object) -> int:
        junit.add("one")
        return 1

    monkeypatch.setattr(doctor, "main", find)
    cli.main(["doctor"])
    assert cases(results) == [("one", None), ("doctor", "exit status 1")]


def test_pytest_has_its_own(tmp_path: Path) -> None:
    path = tmp_path / "test.xml"
    path.write_text("its own")
    junit.begin()
    junit.write(path, "test", time.time() - 5, 0)
    assert path.read_text() == "its own"
