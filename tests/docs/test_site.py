# SPDX-License-Identifier: Apache-2.0
"""`make docs`: the site is whole, needs nobody else, and what is wrong in a page fails it."""

import re
import shutil
from pathlib import Path

import pytest

from tb.commands import docs
from tb.paths import REGISTERS, ROOT

PAGES = sorted((ROOT / "docs").rglob("*.md"))
RULE = re.compile(r"^(?:- |\| )(?:\*\*)?((?:V2|NV|CL|INV)-[A-Z]+-\d+|K19-\d+)\b", re.MULTILINE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("site")
    assert docs.build(ROOT / "docs", directory) == ""
    return directory


def html(site: Path, page: Path) -> str:
    return (site / page.relative_to(ROOT / "docs").with_suffix(".html")).read_text()


def test_every_page_is_in_the_site_and_its_contents(site: Path) -> None:
    contents = (site / "index.html").read_text()
    for page in PAGES:
        assert html(site, page)
        if page.stem != "index":
            assert f'href="{page.relative_to(ROOT / "docs").with_suffix(".html")}"' in contents


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    assert len(list(site.rglob("*.html"))) > len(PAGES)
    for page in site.rglob("*.html"):
        assert not re.search(r'<(?:link|script|img)[^>]*(?:src|href)="(?:https?:)?//', page.read_text()), page


def test_every_rule_has_its_place_and_is_linked_to(site: Path) -> None:
    for page in (ROOT / "docs" / "spec").glob("*.md"):
        rules, made = RULE.findall(page.read_text()), html(site, page)
        assert len(rules) > 30
        assert [rule for rule in rules if made.count(f'id="{rule}"') != 1] == []
    assert 'href="spec/gicv2-virtual-interface.html#V2-SEL-2"' in html(site, ROOT / "docs" / "device.md")
    assert 'href="known-defects.html#KD-01"' in html(site, ROOT / "docs" / "contributing.md")


def test_what_is_wrong_in_a_page_is_told(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copytree(REGISTERS, tmp_path / "sim_build" / "registers")
    speed = tmp_path / "docs" / "speed.md"
    speed.write_text(
        f"{speed.read_text()}\nV2-SEL-99, [a](nowhere.md), [b](cosim.md#nowhere), ![c](no.svg)\n"
    )
    (tmp_path / "docs" / "lost.md").write_text("# Lost\n")
    complaints = docs.build(tmp_path / "docs", tmp_path / "site").splitlines()
    for page, word in (
        ("speed.md", "V2-SEL-99"),
        ("speed.md", "nowhere.md"),
        ("speed.md", "'nowhere'"),
        ("speed.md", "no.svg"),
        ("lost.md", "toctree"),
    ):
        assert any(page in line and word in line for line in complaints), word
