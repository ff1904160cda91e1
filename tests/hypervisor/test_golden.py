# SPDX-License-Identifier: Apache-2.0
"""The models answer as the real VGICs did."""

from hashlib import sha256
from pathlib import Path

import pytest

from tb.commands import conform as command
from tb.model.conformance import Summary, conform
from tb.paths import ROOT

SOFTWARE = ROOT / "tests" / "data" / "software"
GOLDEN = {  # files, steps, answers
    "xen/edge": Summary(8, 6_819, 92_225),
    "xen/hw": Summary(7, 7_736, 93_158),
    "xen/level": Summary(8, 8_556, 101_326),
    "xen/migrate": Summary(7, 4_793, 61_074),
    "xen/mixed": Summary(7, 9_413, 111_265),
    "xen/mmio": Summary(7, 7_664, 115_916),
    "xen/overflow": Summary(8, 6_885, 60_937),
    "xen/sgi": Summary(8, 7_479, 133_734),
    "kvm17/edge": Summary(7, 6_004, 95_007),
    "kvm17/hw": Summary(7, 5_147, 77_529),
    "kvm17/level": Summary(8, 4_631, 65_901),
    "kvm17/migrate": Summary(8, 6_600, 88_008),
    "kvm17/mixed": Summary(7, 6_538, 97_163),
    "kvm17/mmio": Summary(7, 6_060, 80_406),
    "kvm17/overflow": Summary(8, 6_945, 84_090),
    "kvm17/sgi": Summary(8, 6_778, 83_583),
    "kvm19/edge": Summary(7, 6_078, 121_626),
    "kvm19/hw": Summary(7, 4_701, 86_352),
    "kvm19/level": Summary(8, 5_696, 114_511),
    "kvm19/migrate": Summary(8, 6_395, 111_980),
    "kvm19/mixed": Summary(7, 5_988, 114_128),
    "kvm19/mmio": Summary(7, 5_122, 97_153),
    "kvm19/overflow": Summary(8, 7_049, 167_433),
    "kvm19/sgi": Summary(8, 7_229, 188_892),
    "classic/edge": Summary(10, 7_130, 45_687),
    "classic/level": Summary(10, 7_793, 59_182),
    "classic/mixed": Summary(10, 7_225, 41_865),
    "classic/mmio": Summary(10, 7_741, 45_641),
    "classic/overflow": Summary(10, 6_971, 33_324),
    "classic/sgi": Summary(10, 8_056, 56_382),
    "classic-v310/edge": Summary(5, 4_442, 27_360),
    "classic-v310/level": Summary(5, 3_233, 21_771),
    "classic-v310/mixed": Summary(5, 4_626, 28_258),
    "classic-v310/mmio": Summary(5, 3_320, 19_199),
    "classic-v310/overflow": Summary(5, 4_726, 22_690),
    "classic-v310/sgi": Summary(5, 3_642, 25_400),
}


def files(name: str) -> list[Path]:
    return sorted(SOFTWARE.glob(f"{name}-*.jsonl.gz"))


@pytest.mark.parametrize("name", GOLDEN)
def test_model_answers_as_the_real_vgic_did(name: str) -> None:
    assert conform(files(name)) == GOLDEN[name]


def test_every_file_is_conformed_to() -> None:
    tested = {path for name in GOLDEN for path in files(name)}
    assert tested == set(SOFTWARE.glob("*/*.jsonl*"))
    assert sum(GOLDEN.values(), Summary()) == Summary(270, 225_211, 2_870_156)


def test_files_match_their_checksums() -> None:
    lines = (SOFTWARE / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in map(str.split, lines)}
    assert len(listed) == 270
    assert listed == {
        path.relative_to(SOFTWARE).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in SOFTWARE.glob("*/*.jsonl*")
    }


def test_command_takes_all_shipped_files() -> None:
    assert set(command.SHIPPED.glob(command.FILES)) == set(SOFTWARE.glob("*/*.jsonl*"))


def test_command_ends_with_the_totals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [SOFTWARE / "xen" / "hw-0006.jsonl.gz", SOFTWARE / "classic" / "mmio-0005.jsonl.gz"]
    monkeypatch.setenv("TRACE", " ".join(map(str, paths)))
    first, second = (conform([path]) for path in paths)
    assert command.main(None) == 0  # type: ignore[arg-type]
    assert capsys.readouterr().out.splitlines() == [
        f"xen: {first}",
        f"classic: {second}",
        f"conform: {first + second}",
    ]
    assert str(Summary(2, 3, 4, 5)) == "2 files, 3 steps, 4 answers compared, 5 mismatches"


def test_example_of_the_documentation_conforms(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "software-trace-format.md").read_text()
    path = tmp_path / "example.jsonl"
    path.write_text(text.partition("```json\n")[2].partition("```")[0])
    assert conform([path]) == Summary(1, 6, 28)
