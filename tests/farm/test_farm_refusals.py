# SPDX-License-Identifier: Apache-2.0
"""What `make regress` refuses, each in one line, with no result lost."""

import pytest
from filelock import FileLock

from tb import cli, extras
from tb.commands import regress
from tb.farm import cluster, results


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Where the results go, with nothing set and no test to run."""
    monkeypatch.setattr(cli, "SIM_BUILD", tmp_path)
    monkeypatch.setattr(regress, "RESULTS", tmp_path / "regress.jsonl")
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    monkeypatch.setattr(pytest, "main", lambda *_: pytest.fail("it runs"))
    for name in (*results.variables(), *results.HOW):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "regress.jsonl"


@pytest.fixture
def refusal(path, monkeypatch, capsys):
    """What is said to such settings."""

    def message(**settings):
        before = path.read_bytes() if path.exists() else None
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        assert cli.main(["regress"]) == 2
        assert (path.read_bytes() if path.exists() else None) == before
        output, error = capsys.readouterr()
        assert output == ""
        assert error.startswith("error: ")
        assert error.count("\n") == 1
        return error

    return message


@pytest.mark.parametrize("name", ["RESUME", "COVERAGE"])
def test_neither_on_nor_off(name, refusal):
    assert f"{name}=yes: allowed is 0 or 1" in refusal(**{name: "yes"})


@pytest.mark.parametrize("name", ["foo", "dask:/host:8786", "dask://", "dask://host", "SLURM"])
def test_farm_that_is_none(name, refusal):
    assert f"FARM={name}: allowed is dask://<host>:<port>, slurm or lsf" in refusal(FARM=name)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-such-host.invalid:8786"])
def test_scheduler_that_does_not_answer(address, path, refusal):
    extras.need("farm")
    results.start(path)
    told = refusal(FARM=f"dask://{address}")
    assert f"FARM=dask://{address}: no scheduler of Dask has answered in 1 s" in told


@pytest.mark.parametrize(("farm", "program"), [("slurm", "sbatch"), ("lsf", "bsub")])
def test_batch_system(farm, program, refusal, monkeypatch, tmp_path):
    extras.need("farm")
    assert f"FARM={farm} needs JOBS" in refusal(FARM=farm)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert f"FARM={farm}: there is no program {program}" in refusal(FARM=farm, JOBS="2")
    (tmp_path / program).touch(mode=0o755)
    assert f"FARM={farm}: jobqueue.{farm} needs cores and memory" in refusal(FARM=farm, JOBS="2")
    (tmp_path / program).write_text("#!/bin/sh\necho no such >&2\necho partition >&2\nexit 1\n")
    import dask

    with dask.config.set({f"jobqueue.{farm}.cores": 2, f"jobqueue.{farm}.memory": "1GB"}):
        told = refusal(FARM=farm, JOBS="2")
    assert f"FARM={farm}: {program} has refused a job." in told
    assert farm == "lsf" or "no such partition" in told  # dask-jobqueue throws bsub's words away


@pytest.mark.parametrize("half", [False, True])
def test_nothing_to_resume(half, path, refusal):
    if half:
        path.write_text('{"variables": {"SEED": ')
    assert f"RESUME=1: there are no results in {path}" in refusal(RESUME="1")


@pytest.mark.parametrize("text", ["odd\n", '["variables"]\n', '{"test": "a"}\n'])
def test_file_of_something_else(text, path, refusal):
    path.write_text(text)
    assert f"RESUME=1: {path} does not begin as results do" in refusal(RESUME="1")


@pytest.mark.parametrize(
    ("name", "value"), [("SEED", "2"), ("SEEDS", "3"), ("NUM_LR", "8"), ("TEST", "cosim")]
)
def test_results_of_other_settings(name, value, path, refusal):
    results.start(path)
    told = refusal(RESUME="1", **{name: value})
    assert f"the results in {path} are of {name}=, not {value}; without RESUME=1 all starts anew" in told


def test_results_of_other_sources(path, refusal, monkeypatch):
    results.start(path)
    monkeypatch.setattr(results, "_SOURCES", ("rtl",))
    assert f"a source file has changed since {path} was begun" in refusal(RESUME="1")


def test_how_it_runs_may_change(path, monkeypatch):
    results.start(path)
    for name in results.HOW:
        monkeypatch.setenv(name, "1")
    results.resume(path)


def test_line_that_is_no_result(path, refusal):
    results.start(path)
    with path.open("a") as file:
        file.write('{"test": "a"}\nodd\n')
    assert f"{path}:3: this is no result" in refusal(RESUME="1")


def test_two_at_a_time(path, refusal):
    with FileLock(path.with_suffix(".lock")):
        assert "another `make regress` is running in this checkout" in refusal()


@pytest.mark.parametrize("settings", [{"FARM": "slurm"}, {"RESUME": "1"}])
def test_own_device(settings, refusal):
    ((name, value),) = settings.items()
    assert f"{name}={value}: not with DUT" in refusal(DUT="examples/apb_gic/dut.toml", **settings)
