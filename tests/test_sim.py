# SPDX-License-Identifier: Apache-2.0
"""The device in a simulator: random lockstep over the parameter sets, and replays of the shipped traces."""

import itertools

import pytest

from tb import synthesis, verdict
from tb.commands import replay
from tb.commands.run import properties
from tb.model.hardware.parameters import Parameters
from tb.paths import ROOT
from tb.simulator import Build, run
from tests.icarus import needs_icarus

TRACES = ROOT / "tests" / "data" / "traces"
QEMU = sorted(TRACES.glob("qemu/*.jsonl.gz"))
REAL = sorted(TRACES.glob("real/*.jsonl.gz"))

PAIRS = [(1, 1), (2, 2), (4, 2), (16, 1), (31, 1), (32, 1), (33, 2), (64, 1), (4, 8)]  # NUM_LR, NUM_CPU
ALL_PAIRS = list(itertools.product((1, 2, 4, 16, 31, 32, 33, 64), (1, 2, 8)))
VARIANTS = [
    Parameters(grp_filter=0),
    Parameters(hppir_pmr=1),
    Parameters(irq_reg=1),
    Parameters(num_cpu=3, num_lr=5, grp_filter=0, hppir_pmr=1, irq_reg=1, iidr=0xFFFF_FFFF),
]


def pytest_generate_tests(metafunc):
    """The pairs that `make test` runs, or the full cross of `make regress`."""
    if "pair" in metafunc.fixturenames:
        pairs = ALL_PAIRS if metafunc.config.getoption("regress") else PAIRS
        metafunc.parametrize("pair", pairs, ids=[f"lr{lrs}-cpu{cpus}" for lrs, cpus in pairs])


@pytest.fixture
def lockstep(seed, regress, record_property):
    """Runs random traffic on a build, adds to the totals of the session, returns the kinds of access."""

    def lockstep(build, accesses, seed=seed):
        accesses *= 10 if regress else 1
        result = run(
            build,
            "tests.sim.random_lockstep",
            seed=seed,
            name="lockstep",
            options={"ACCESSES": str(accesses)},
        )
        assert result.ok, result.failures
        found = verdict.read(result.directory)
        record_property("lockstep", {"cycles": found.cycles, **found.traffic})
        return found.traffic

    return lockstep


@pytest.fixture
def replayed(seed, record_property):
    """Replays traces on a build, adds to the totals of the session, returns the summary."""

    def replayed(paths, build, records=None):
        summary = replay.simulate(paths, build, seed, records)
        record_property(
            "replay",
            {
                "files": summary.files,
                "records": summary.records,
                "values": summary.values,
                "lines": summary.lines,
            },
        )
        assert summary.ok, summary
        return summary

    return replayed


def test_random_lockstep(pair, lockstep):
    num_lr, num_cpu = pair
    traffic = lockstep(Build("verilator", Parameters(num_cpu=num_cpu, num_lr=num_lr)), 5000)
    assert traffic["accesses"] >= 3000


@pytest.mark.parametrize("parameters", VARIANTS, ids=str)
def test_random_lockstep_of_the_other_parameters(parameters, lockstep):
    assert lockstep(Build("verilator", parameters), 5000)["accesses"] >= 3000


def test_random_traffic_is_worth_checking(lockstep):
    traffic = lockstep(Build("verilator", Parameters()), 10_000)
    for kind in ("acknowledges", "completions", "LR writes", "cross-bank"):
        assert traffic[kind] >= 0.05 * traffic["accesses"], kind
    assert traffic["constants"] <= 0.3 * traffic["reads"]


def test_seed_gives_the_same_run(monkeypatch, seed):
    def one(seed, hash_seed):
        monkeypatch.setenv("PYTHONHASHSEED", hash_seed)
        result = run(
            Build("verilator", Parameters()),
            "tests.sim.random_lockstep",
            seed=seed,
            name="repeated",
            options={"ACCESSES": "2000"},
        )
        assert result.ok, result.failures
        found = verdict.read(result.directory)
        return found.cycles, found.checks, found.traffic, properties(result.log)

    first = one(seed, "1")
    assert first == one(seed, "2")
    assert first != one(seed + 1, "1")


@pytest.mark.parametrize("power_up", [1, 2, 3])
def test_power_up_state_does_not_matter(power_up, lockstep):
    lockstep(Build("verilator", Parameters(), random_power_up=True), 1000, seed=power_up)


@needs_icarus
def test_no_output_is_unknown_after_reset(lockstep):
    """Icarus powers up with X everywhere, and the monitor refuses an X in any sample."""
    lockstep(Build("icarus", Parameters()), 1000)


def test_replay_of_qemus_answers(replayed):
    assert len(QEMU) == 140
    summary = replayed(QEMU, Build("verilator", Parameters(num_cpu=1)))
    assert (summary.values, summary.lines) == (33_074, 206_718)


@pytest.mark.parametrize("trace", REAL, ids=lambda path: path.name.partition(".jsonl")[0])
def test_replay_of_real_hypervisors(trace, replayed, regress):
    parameters = Parameters(num_cpu=1 if "-1p" in trace.name else 2)
    replayed([trace], Build("verilator", parameters), None if regress else 25_000)


@needs_icarus
def test_replay_on_icarus(replayed):
    summary = replayed(REAL[:1], Build("icarus", Parameters(num_cpu=1)), 20_000)
    assert summary.records == 20_000


def test_replay_on_the_synthesised_netlist(replayed):
    parameters = Parameters(num_cpu=1)
    netlist = synthesis.synthesise(parameters, observed=True).netlist
    build = Build("verilator", parameters, variant="netlist", sources=(netlist,), defines=("NETLIST",))
    replayed([path for path in QEMU if "hw-" in path.name or "sgi-" in path.name], build)
