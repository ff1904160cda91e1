# SPDX-License-Identifier: Apache-2.0
"""`make regress` on a cluster, and in several goes: each test counts once, whatever happens.

In a checkout of its own with cheap tests, on a cluster of two workers.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tb import extras
from tb.farm.results import HOW, variables
from tb.paths import ROOT

SEEDS = 6
WELL = """
import os, time

def pytest_generate_tests(metafunc):
    metafunc.parametrize("turn", range(metafunc.config.getoption("seeds")))

def test_seed(turn, seed, regress, record_property):
    with open("ran", "a") as file:
        file.write(f"{turn} {os.getppid()}\\n")
    time.sleep(0.5)
    while os.path.exists("hold"):
        time.sleep(0.1)
    record_property("toy", {"runs": 1, "sum": seed + turn})
    assert regress
"""
OTHERS = """
import pytest

def test_plain():
    pass

@pytest.mark.skip
def test_skipped():
    pass
"""
VOLUME = f"""
def shortfalls(totals):
    if totals["toy"]["runs"] != {SEEDS}:
        yield f"{{totals['toy']['runs']}} runs"
"""
QUEUES = {"slurm": ("sbatch", "scancel"), "lsf": ("bsub", "bkill")}
SUBMIT = """#!/bin/sh
job=$(cat "${1:--}")
setsid sh -c "$job" >/dev/null 2>&1 &
echo $! >>"$PIDS"
echo "Job <$!> is submitted"
"""
CANCEL = """#!/bin/sh
kill -- -$1
"""
ILL = """
import os, signal

def pytest_generate_tests(metafunc):
    metafunc.parametrize("turn", range(metafunc.config.getoption("seeds")))

def test_seed(turn):
    if turn == 0:
        assert 0, "wrong\\nagain: make cosim SEED=7"
    if turn == 1:
        os._exit(3)
    if turn == 2:
        os.kill(os.getppid(), signal.SIGKILL)
"""
TESTS = [f"tests/toy/test_well.py::test_seed[{turn}]" for turn in range(SEEDS)]
TESTS += [f"tests/toy/test_others.py::test_{name}" for name in ("plain", "skipped")]


class Checkout:
    """One with planted tests, where `make regress` runs."""

    def __init__(self, directory, **files):
        self.directory = directory
        shutil.copytree(ROOT / "tb", directory / "tb", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("Makefile", "pyproject.toml", "requirements-farm.lock", "tests/conftest.py"):
            (directory / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, directory / name)
        for folder, name, text in (("cosim", "volume", VOLUME), *(("toy", *file) for file in files.items())):
            (directory / "tests" / folder).mkdir(exist_ok=True)
            (directory / "tests" / folder / f"{name}.py").write_text(text)
        self.results = directory / "sim_build" / "regress.jsonl"

    def start(self, **settings):
        environment = {name: value for name, value in os.environ.items() if name not in {*variables(), *HOW}}
        environment |= {"SEEDS": str(SEEDS), **settings}
        command = [sys.executable, "-m", "tb.cli", "regress"]
        return subprocess.Popen(
            command, cwd=self.directory, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            # What a shell starts in the background ignores SIGINT, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def run(self, **settings):
        process = self.start(**settings)
        output, _ = process.communicate(timeout=300)
        return process.returncode, output

    def lines(self):
        """Of the tests."""
        return [json.loads(line) for line in self.results.read_text().splitlines()[1:]]

    def ran(self):
        """Which seed, and below which process, in the order of their start."""
        path = self.directory / "ran"
        return (
            [tuple(map(int, line.split())) for line in path.read_text().splitlines()] if path.exists() else []
        )

    def check_whole(self, status, output):
        """Each test counts once, in all that is left."""
        assert status == 0, output
        assert sorted(line["test"] for line in self.lines()) == sorted(TESTS)
        total = sum(range(1, SEEDS + 1))
        assert f"toy: {SEEDS} runs, {total} sum\n" in output
        assert f"{len(TESTS) - 1} passed, 1 skipped in " in output
        suite = ElementTree.parse(self.results.with_suffix(".xml")).getroot()[0]
        assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (str(len(TESTS)), "0", "0")
        assert len(suite.findall("testcase")) == len(TESTS)
        page = self.results.with_suffix(".html").read_text()
        assert f"passed, {len(TESTS) - 1} passed, 1 skipped" in page
        assert f'<td>sum</td><td class="number">{total}</td>' in page


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path / "checkout", test_well=WELL, test_others=OTHERS)


@pytest.fixture
def cluster(tmp_path, request):
    """A scheduler with two workers, as FARM calls it.

    Its parameter: how many workers a job may take along before it counts as failed.
    """
    extras.need("farm")
    dask, file = Path(sys.executable).with_name("dask"), tmp_path / "scheduler.json"
    environment = {
        **os.environ,
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(getattr(request, "param", 3)),
    }
    place = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
    commands = [
        [dask, "scheduler", *place, "--port", "0"],
        *([[dask, "worker", *place, "--no-nanny", "--nthreads", "1", "--local-directory", tmp_path]] * 2),
    ]
    with (tmp_path / "cluster.log").open("w") as log:
        started = [
            subprocess.Popen(list(map(str, command)), env=environment, stdout=log, stderr=log)
            for command in commands
        ]
    wait_for(lambda: file.exists() and file.read_text().endswith("}"))
    address = json.loads(file.read_text())["address"]
    yield address.replace("tcp", "dask")
    for process in reversed(started):
        process.kill()
        process.wait()


def wait_for(condition):
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_worker_that_is_killed_loses_no_test_and_none_counts_twice(checkout, cluster):
    hold = checkout.directory / "hold"
    hold.touch()
    driver = checkout.start(FARM=cluster)
    wait_for(lambda: len(checkout.ran()) == 2)
    turn, worker = checkout.ran()[-1]
    os.kill(worker, signal.SIGKILL)
    hold.unlink()
    output, _ = driver.communicate(timeout=300)
    checkout.check_whole(driver.returncode, output)
    assert len({pid for again, pid in checkout.ran() if again == turn}) == 2


@pytest.mark.parametrize("where", ["here", "on a farm"])
def test_interrupted_and_resumed_is_as_never_interrupted(where, checkout, request):
    place = {"JOBS": "2"} if where == "here" else {"FARM": request.getfixturevalue("cluster")}
    driver = checkout.start(**place)
    wait_for(lambda: checkout.results.exists() and len(checkout.results.read_bytes().splitlines()) > 2)
    driver.send_signal(signal.SIGINT)
    output, _ = driver.communicate(timeout=300)
    assert driver.returncode == 2, output
    assert "RESUME=1 goes on" in checkout.results.with_suffix(".html").read_text()
    before = checkout.results.read_bytes()
    done = [line["test"] for line in checkout.lines()]
    assert 2 <= len(done) < len(TESTS)
    with checkout.results.open("ab") as file:
        file.write(before[-100:-1])  # as if the machine had stopped while it wrote
    checkout.check_whole(*checkout.run(**place, RESUME="1"))
    assert checkout.results.read_bytes().startswith(before)
    times = Counter(turn for turn, _ in checkout.ran())
    assert all(times[turn] == 1 for turn in range(SEEDS) if TESTS[turn] in done)
    ran = checkout.ran()
    checkout.check_whole(*checkout.run(**place, RESUME="1"))
    assert checkout.ran() == ran


@pytest.mark.parametrize("cluster", [0], indirect=True)
def test_what_fails_is_told_with_the_command_that_repeats_it(tmp_path, cluster):
    checkout = Checkout(tmp_path / "checkout", test_ill=ILL)
    status, output = checkout.run(FARM=cluster, SEEDS="4", SEED="7")
    assert status == 1
    lines = {line["test"].partition("[")[2]: line for line in checkout.lines()}
    assert {turn: line["outcome"] for turn, line in lines.items()} == {
        **dict.fromkeys(("0]", "1]", "2]"), "failed"),
        "3]": "passed",
    }
    assert "exit status 3" in lines["1]"]["failure"]
    assert "died" in lines["2]"]["failure"]
    page = checkout.results.with_suffix(".html").read_text()
    test = "'tests/toy/test_ill.py::test_seed[1]'"
    for command in ("make cosim SEED=7", f"SEED=7 .venv/bin/python -m pytest -n0 --regress --seeds=4 {test}"):
        assert f"\n    {command}\n" in output
        assert command.replace("'", "&#39;") in page
    assert "3 failed, 1 passed in " in output


@pytest.mark.parametrize("farm", QUEUES)
def test_batch_system_gets_jobs_again_for_those_that_end_and_keeps_none(farm, checkout, tmp_path):
    extras.need("farm")
    for name, text in zip(QUEUES[farm], (SUBMIT, CANCEL), strict=True):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    job = {"CORES": "2", "MEMORY": "1GB", "LOCAL_DIRECTORY": str(tmp_path)}
    configuration = {f"DASK_JOBQUEUE__{farm.upper()}__{name}": value for name, value in job.items()}
    configuration["DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT"] = "1s"
    pids, path = tmp_path / "pids", f"{tmp_path}:{os.environ['PATH']}"

    def jobs():
        return [int(pid) for pid in pids.read_text().split()]

    hold = checkout.directory / "hold"
    hold.touch()
    driver = checkout.start(FARM=farm, JOBS="4", PATH=path, PIDS=str(pids), **configuration)
    wait_for(lambda: len(checkout.ran()) == 4)
    assert len(jobs()) == 2
    for pid in jobs():  # as if their time were up
        os.killpg(pid, signal.SIGKILL)
    hold.unlink()
    output, _ = driver.communicate(timeout=300)
    checkout.check_whole(driver.returncode, output)
    assert len(jobs()) == 4
    wait_for(lambda: not any(map(alive, jobs())))


def alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
