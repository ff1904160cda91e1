# SPDX-License-Identifier: Apache-2.0
"""A run can be recorded, compared byte for byte, and replayed."""

from pathlib import Path

import pytest

from tb.cases import Case
from tb.commands.cosim import model
from tb.model import trace
from tb.model.hardware.parameters import Parameters
from tb.model.machine.events import Accessed, Exited, Publisher
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS
from tb.model.machine.machine import Machine, Setup
from tb.model.machine.scenarios import SCENARIOS
from tb.model.replay import replay_on_model
from tests.machine.clocked import ClockedHardware
from tests.machine.clocked import simulate as simulate_edges


def record(path: Path, dialect: str, scenario: str, seed: int) -> Path:
    setup = Setup(vcpus=3, pcpus=2, num_lr=2, seed=seed, entries=100)
    model(Case(dialect, scenario, setup), Parameters(num_lr=2), path)
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


@pytest.mark.parametrize("irq_reg", [0, 1])
@pytest.mark.parametrize("dialect", ["xen", "kvm17", "kvm19", "classic"])
def test_hardware_that_takes_time_gets_the_same_accesses(dialect: str, irq_reg: int) -> None:
    logs = []
    for hardware in (ReferenceHardware, ClockedHardware):
        publisher, log = Publisher(), []
        publisher.subscribe(Accessed, log.append)
        publisher.subscribe(Exited, log.append)
        parameters = Parameters(num_lr=2, irq_reg=irq_reg)
        setup = Setup(vcpus=3, pcpus=2, num_lr=2, seed=4, entries=100)
        machine = Machine(HYPERVISORS[dialect], SCENARIOS["mixed"], setup, hardware(parameters), publisher)
        edges = simulate_edges(machine.run())
        logs.append(log)
    assert logs[0] == logs[1]
    assert len(logs[0]) > 1000
    assert edges == 3 * sum(isinstance(event, Accessed) for event in logs[1])
