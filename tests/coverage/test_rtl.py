# SPDX-License-Identifier: Apache-2.0
"""Code coverage of the RTL: adding up what Verilator counted, excluding, and the files that tell of it."""

from collections import Counter
from pathlib import Path

import pytest

from tb.coverage import rtl
from tb.coverage.rtl import CodeCoverage, Counted, Exclusion, exclusions, read, write_html, write_lcov
from tb.model.hardware.parameters import Parameters
from tb.paths import RTL
from tb.simulator import Build, run

FILE = "rtl/bus/ring_arbiter.v"
LINE = Counted(FILE, 33, 3, "line", "block")
ELSE = Counted(FILE, 34, 5, "branch", "else")
LOW, HIGH = (Counted(FILE, 24, 26, "toggle", f"behind_q[{bit}]:0->1") for bit in (0, 3))
SCALAR = Counted(FILE, 15, 1, "toggle", "aresetn:1->0")
TIED = Exclusion("ring_*.v", "toggle", "behind_.", "tied", ((0, 2),))


def entry(one: Counted, count: int, path: Path = RTL.parent / FILE) -> str:
    fields = {"f": path, "l": one.line, "n": one.column, "page": f"v_{one.kind}/ring_arbiter", "o": one.what}
    return "C '" + "".join(f"\x01{key}\x02{value}" for key, value in fields.items()) + f"' {count}\n"


def test_runs_and_instances_add_up(tmp_path: Path) -> None:
    for name, text in (
        ("one", entry(LINE, 3) + entry(LINE, 1) + entry(ELSE, 0)),
        ("other", entry(LINE, 5) + entry(ELSE, 2) + entry(LOW, 9, tmp_path / "tb_top.v")),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "coverage.dat").write_text("# SystemC::Coverage-3\n" + text)
    assert read([tmp_path / "one", tmp_path / "other"]) == Counter({LINE: 9, ELSE: 2})


@pytest.mark.parametrize(
    ("one", "excluded"),
    [
        (LOW, True),
        (HIGH, False),
        (SCALAR, False),
        (LOW._replace(file="rtl/bus/axil_port.v"), False),
        (LOW._replace(kind="expr"), False),
        (LOW._replace(what="behind_d[1]:1->0"), True),
        (LOW._replace(what="behind_d:1->0"), False),
        (LOW._replace(what="behind_qq[0]:1->0"), False),
    ],
)
def test_exclusion_of_bits(one: Counted, excluded: bool) -> None:
    assert TIED.excludes(one) == excluded


def test_signal_of_one_bit_and_others_are_excluded_by_name() -> None:
    assert Exclusion("*", "toggle", "areset.", "why").excludes(SCALAR)
    assert Exclusion("*", "branch", "else", "why").excludes(ELSE)
    assert not Exclusion("*", "branch", "els", "why").excludes(ELSE)


def test_holes_are_what_is_neither_covered_nor_excluded() -> None:
    coverage = CodeCoverage({LINE: 2, ELSE: 0, LOW: 0, HIGH: 1, SCALAR: 0}, [TIED])
    assert coverage.excluded == {LOW: "tied"}
    assert coverage.holes == [ELSE, SCALAR]
    assert not coverage.stale
    assert coverage.covered("toggle") == (1, 2, 1)
    assert coverage.covered("line") == (1, 1, 0)


def test_exclusion_of_what_is_covered_is_stale() -> None:
    assert CodeCoverage({LOW: 1}, [TIED]).stale == [TIED]


def test_shipped_exclusions_have_reasons_and_files() -> None:
    shipped = exclusions()
    assert len(shipped) > 20
    for one in shipped:
        assert one.reason
        assert one.kind in rtl.KINDS
        assert list(RTL.rglob(one.file)), one.file


def test_files_tell_of_it(tmp_path: Path) -> None:
    coverage = CodeCoverage({LINE: 2, ELSE: 0, LOW: 0, HIGH: 1}, [TIED])
    write_lcov(coverage, tmp_path / "rtl.info")
    assert (tmp_path / "rtl.info").read_text().splitlines() == [
        f"SF:{RTL.parent / FILE}",
        "BRDA:24,3,0,1",
        "BRDA:34,1,0,0",
        "DA:24,1",
        "DA:33,2",
        "DA:34,0",
        "end_of_record",
    ]
    write_html(coverage, tmp_path / "rtl.html")
    page = (tmp_path / "rtl.html").read_text()
    assert '<pre class="hole note">branch else</pre>' in page
    assert "1 excluded: tied" in page
    assert "&lt;=" in page  # the source is text


def test_simulation_is_counted(seed: int) -> None:
    build = Build("verilator", Parameters(), coverage=True)
    result = run(build, "tests.sim.reset", seed=seed, name="covered")
    assert result.ok, result.failures
    counted = read([result.directory])
    assert {one.kind for one in counted} == set(rtl.KINDS)
    assert {one.file for one in counted} == {
        path.relative_to(RTL.parent).as_posix() for path in RTL.rglob("*.v")
    }
    coverage = CodeCoverage(counted, exclusions())
    assert coverage.covered("line")[0] > 0
    assert coverage.holes  # these few tests leave some
