# SPDX-License-Identifier: Apache-2.0
"""The generator writes when it must, never half, and refuses a bad map in one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import tb.registers
from tb.registers import SOURCE, generate, main

OUTPUTS = {"gicv2_registers.vh", "gicv2_registers.py", "gicv2_ral.py", "gicv2_registers.md"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the map that a test may change."""
    copy = tmp_path / "gicv2.rdl"
    copy.write_bytes(SOURCE.read_bytes())
    return copy


def state(directory: Path) -> dict[str, tuple[int, int]]:
    """Name -> what a rewrite changes."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in directory.iterdir()}


def test_nothing_is_written_when_nothing_changed(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate(source, out)
    before = state(out)
    assert before.keys() == OUTPUTS
    generate(source, out)
    assert state(out) == before


def test_changed_map_is_written(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate(source, out)
    before = state(out)
    source.write_text(source.read_text().replace("VMBP[23:21] = 2", "VMBP[23:21] = 3"))
    later = max(mtime for _, mtime in before.values()) + 1
    os.utime(source, ns=(later, later))
    generate(source, out)
    assert all(state(out)[name] != before[name] for name in OUTPUTS)
    assert "`define GICH_VMCR_RESET 32'h006C0000" in (out / "gicv2_registers.vh").read_text()


@pytest.mark.parametrize("name", sorted(OUTPUTS))
def test_missing_or_stale_output_is_written(name: str, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate(source, out)
    whole = (out / name).read_text()
    (out / name).unlink()
    generate(source, out)
    assert (out / name).read_text() == whole
    (out / name).write_text("stale")
    os.utime(out / name, ns=(0, 0))
    generate(source, out)
    assert (out / name).read_text() == whole


def test_two_runs_at_once_do_no_harm(source: Path, tmp_path: Path) -> None:
    generate(source, tmp_path / "alone")
    out = tmp_path / "out"
    call = "import pathlib, sys, tb.registers; sys.exit(tb.registers.main(*map(pathlib.Path, sys.argv[1:])))"
    runs = [subprocess.Popen([sys.executable, "-c", call, source, out]) for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0]
    assert {path.name: path.read_text() for path in out.iterdir()} == {
        path.name: path.read_text() for path in (tmp_path / "alone").iterdir()
    }


def test_failure_leaves_the_old_files(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    generate(source, out)
    before = state(out)
    later = max(mtime for _, mtime in before.values()) + 1
    os.utime(source, ns=(later, later))

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(tb.registers, "_render", full)
    with pytest.raises(OSError, match="No space"):
        generate(source, out)
    assert state(out) == before


BAD_MAPS = [
    ("PMR @ 0x0004;", "PMR @ 0x0004", "missing"),  # syntax
    ('rule = "V2-EN-1"', 'ruel = "V2-EN-1"', "ruel"),  # unknown property
    ("PMR @ 0x0004", "PMR @ 0x0000", "overlap"),
    ("VMBP[23:21]", "VMBP[23:20]", "overlap"),
    ("InterruptID[9:0] = 1023", "InterruptID[9:0] = 1024", "reset"),
    ("  list_register LR", "  list_registre LR", "list_registre"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), BAD_MAPS)
def test_bad_map_is_refused_in_one_line(
    right: str, wrong: str, said: str, source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert right in source.read_text()
    source.write_text(source.read_text().replace(right, wrong, 1))
    assert main(source, tmp_path / "out") == 2
    printed, error = capfd.readouterr()
    assert printed == ""
    assert error.startswith(f"error: {source}:")
    assert error.count("\n") == 1
    assert said in error
    assert not (tmp_path / "out").exists()
