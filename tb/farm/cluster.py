# SPDX-License-Identifier: Apache-2.0
"""Tests on a cluster that shares the checkout's file system. Dask runs them.

A job is one test of one seed, or all tests of another file: a pytest of its own. Dask gives it to another
worker if its worker dies, and only what the job returns counts.
"""

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import pytest

from tb import extras, settings
from tb.errors import UserError
from tb.farm import recorder
from tb.farm.results import variables
from tb.paths import ROOT, SIM_BUILD

PATIENCE: Final = 10  # seconds to reach the scheduler
REFILL: Final = 10  # seconds after which a job of the batch system that has ended is submitted anew
QUEUES: Final = {"slurm": "SLURMCluster", "lsf": "LSFCluster"}
_SCHEME: Final = "dask://"


@contextmanager
def connect(farm: str) -> Iterator[Any]:
    """Dask's client of the cluster that FARM names. Raises UserError if there is none."""
    if not re.fullmatch(_SCHEME + r".+:\d+", farm) and farm not in QUEUES:
        raise UserError(f"FARM={farm}: allowed is {_SCHEME}<host>:<port>, {' or '.join(QUEUES)}")
    extras.need("farm")
    import distributed

    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what is wrong, we say
    with _queue(farm) if farm in QUEUES else nullcontext(farm.replace(_SCHEME, "tcp://")) as address:
        try:
            client = distributed.Client(address, timeout=PATIENCE)
        except (OSError, ValueError):
            raise UserError(f"FARM={farm}: no scheduler of Dask has answered in {PATIENCE} s") from None
        with client:
            threads = sum(client.nthreads().values())
            print(f"farm: {client.scheduler.address}, {threads} threads", flush=True)
            yield client


@contextmanager
def _queue(farm: str) -> Iterator[Any]:
    """Workers that are jobs of a batch system, JOBS tests at one time."""
    import dask
    import dask_jobqueue
    from tornado.ioloop import PeriodicCallback

    if not os.environ.get("JOBS"):
        raise UserError(f"FARM={farm} needs JOBS, the number of tests at one time")
    kind = getattr(dask_jobqueue, QUEUES[farm])
    program = kind.job_cls.submit_command
    if not shutil.which(program):
        raise UserError(f"FARM={farm}: there is no program {program}")
    option = f"jobqueue.{farm}"
    try:
        cluster = kind(
            cores=dask.config.get(f"{option}.cores"),
            processes=1,  # threads are enough: each only waits for a test's process
            log_directory=dask.config.get(f"{option}.log-directory") or str(SIM_BUILD / "farm"),
        )
    except ValueError:
        raise UserError(
            f"FARM={farm}: {option} needs cores and memory, in ~/.config/dask/jobqueue.yaml"
        ) from None
    tests = settings.count("JOBS", 1)

    async def fill() -> str:
        """Submit the jobs that are missing; returns why not, if one is refused."""
        cluster.scale(cores=tests)
        try:
            await cluster
        except RuntimeError as error:
            words = str(error).rpartition("stderr:")[2].split()  # none, for LSF
            return " ".join([f"FARM={farm}: {program} has refused a job.", *words])
        return ""

    async def refill() -> None:
        if refusal := await fill():
            print(refusal, flush=True)

    logging.getLogger("tornado.application").setLevel(logging.CRITICAL)  # which tells of it, too
    with cluster:
        if refusal := cluster.sync(fill):
            raise UserError(refusal)
        cluster.loop.add_callback(PeriodicCallback(refill, REFILL * 1000).start)
        yield cluster


class Farm:
    """A plugin of pytest, which runs the collected tests on the cluster."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Report what comes back, in the order in which it comes."""
        import distributed

        if session.testsfailed:
            raise session.Interrupted(f"{session.testsfailed} errors during collection")
        jobs = _jobs(session.items)
        arguments = [_command(job, session.config.getoption("seeds")) for job in jobs]
        environment = {**variables(), "PYTHONPATH": "", "PYTHONHOME": ""}
        futures = self._client.map(run, arguments, cwd=str(ROOT), environment=environment, pure=False)
        try:
            job_of = dict(zip(futures, jobs, strict=True))
            for future in distributed.as_completed(futures):
                try:
                    results, output = future.result()
                except distributed.KilledWorker as error:
                    results, output = "", str(error)
                except Exception as error:  # the scheduler is gone, or a worker does not see the checkout
                    words = (str(error) or repr(error)).splitlines()[-1]
                    pytest.exit(f"FARM: {words} RESUME=1 goes on.", pytest.ExitCode.INTERRUPTED)
                _report(session.config, job_of.pop(future), results, output)
                future.release()
        finally:
            self._client.cancel(futures)
        return True


def _jobs(items: Sequence[pytest.Item]) -> list[list[pytest.Item]]:
    """The tests of each job, the most first."""
    jobs: dict[object, list[pytest.Item]] = {}
    for item in items:
        parameters = item.callspec.params if hasattr(item, "callspec") else ()
        jobs.setdefault(item.nodeid if "turn" in parameters else item.path, []).append(item)
    return sorted(jobs.values(), key=len, reverse=True)


def _command(job: Sequence[pytest.Item], seeds: int) -> list[str]:
    options = ["--override-ini=addopts=", "-p", recorder.__name__, "--regress", f"--seeds={seeds}"]
    return [sys.executable, "-m", "pytest", *options, *(item.nodeid for item in job)]


def run(command: Sequence[str], cwd: str, environment: dict[str, str]) -> tuple[str, str]:
    """On a worker: the results of a pytest, and the end of what it printed."""
    with tempfile.TemporaryDirectory() as directory:
        results = Path(directory, "results.jsonl")
        done = subprocess.run(
            [*command, f"--results={results}"],
            cwd=cwd,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        output = f"{done.stdout[-2000:]}\nexit status {done.returncode}"
        return results.read_text(encoding="utf-8") if results.exists() else "", output


def _report(config: pytest.Config, job: Sequence[pytest.Item], results: str, output: str) -> None:
    """What came of a job; a test without a result has failed."""
    lines = {line["test"]: line for line in map(json.loads, results.splitlines())}
    for item in job:
        if item.nodeid in lines:
            recorder.replay(config, lines[item.nodeid])
        else:
            died = f"its process has ended without a result\n{output}"
            report = pytest.TestReport(item.nodeid, item.location, {}, "failed", died, "???")  # type: ignore[arg-type]
            config.hook.pytest_runtest_logreport(report=report)
