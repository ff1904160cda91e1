# SPDX-License-Identifier: Apache-2.0
"""A run can be recorded, compared byte for byte, and replayed."""

from pathlib import Path

import pytest

from tb.commands.cosim import simulate
from tb.model import trace
from tb.model.hardware.parameters import Parameters
from tb.model.machine.machine import Setup
from tb.model.replay import replay_on_model


def record(path: Path, dialect: str, scenario: str, seed: int) -> Path:
    setup = Setup(vcpus=3, pcpus=2, num_lr=2, seed=seed, entries=100)
    simulate(dialect, scenario, setup, Parameters(num_lr=2), path)
    return path


@pytest.mark.parametrize(
    ("dialect", "scenario"),
    [("kvm17", "mixed"), ("xen", "mapped"), ("kvm19", "split"), ("classic", "groups")],
)
def test_the_seed_decides_each_byte(dialect: str, scenario: str, tmp_path: Path) -> None:
    one = record(tmp_path / "1.jsonl", dialect, scenario, 5).read_bytes()
    assert one == record(tmp_path / "2.jsonl", dialect, scenario, 5).read_bytes()
    assert one != record(tmp_path / "3.jsonl", dialect, scenario, 6).read_bytes()
    assert one.count(b"\n") > 1000


def test_a_record_replays(tmp_path: Path) -> None:
    path = record(tmp_path / "a.jsonl.gz", "kvm17", "mapped", 1)
    summary = replay_on_model([path])
    assert summary.mismatches == 0
    assert summary.values > 300
    assert summary.lines > 3000


def test_a_record_says_where_it_comes_from(tmp_path: Path) -> None:
    path = record(tmp_path / "a.jsonl", "kvm17", "prompt", 3)
    meta = next(trace.read(path)).meta
    assert meta["dialect"] == "kvm17"
    assert meta["scenario"] == "prompt"
    assert (meta["seed"], meta["vcpus"], meta["num_lrs"], meta["num_cpus"]) == (3, 3, 2, 2)
    assert trace.device(path) == Parameters(num_lr=2)
