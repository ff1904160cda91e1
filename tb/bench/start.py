# SPDX-License-Identifier: Apache-2.0
"""How long a user waits: `make` with nothing changed, and a fresh clone."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep
from typing import Final

from tb import simulator
from tb.bench.row import Row
from tb.errors import UserError
from tb.paths import ROOT, SIM_BUILD
from tb.settings import Settings

MIRROR: Final = SIM_BUILD / "mirror"  # the packages of requirements.lock, as files
BUILD_TOOLS: Final = ("setuptools", "wheel")  # with which pip builds what has no wheel
FIRST_TEST: Final = "running tests.sim.random_lockstep"  # cocotb says so in the log of the first simulation
LONGEST: Final = 60.0  # seconds


def rows(wishes: Settings) -> Iterator[Row]:
    """With everything built."""
    simulator.compile(simulator.Build(wishes.sim, wishes.parameters))
    yield Row("make with nothing changed, until the first check runs", first_check(), "s", 3, at_most=True)


def slow_rows(wishes: Settings) -> Iterator[Row]:
    """From a clone of what is committed."""
    seconds = fresh_clone()
    yield Row("fresh clone to verdict, packages from a local mirror", seconds, "s", 60, at_most=True)


def first_check() -> float:
    """Seconds from the call of make until the first test runs; make is ended then."""
    known = set(simulator.RUNS.glob("random_lockstep-*"))
    with tempfile.TemporaryFile("w+") as said:
        started = perf_counter()
        make = subprocess.Popen(
            ["make"], cwd=ROOT, env=_environment(), stdout=said, stderr=said, start_new_session=True
        )
        try:
            while not _runs(known):
                sleep(0.01)
                if make.poll() is not None or perf_counter() - started > LONGEST:
                    said.seek(0)
                    raise UserError(f"make has come to no first check: {said.read().strip()}")
            return perf_counter() - started
        finally:
            if make.poll() is None:
                os.killpg(make.pid, signal.SIGTERM)
            make.wait()


def _runs(known: set[Path]) -> bool:
    """Whether the first test of a new run has begun."""
    logs = (path / "log.txt" for path in simulator.RUNS.glob("random_lockstep-*") if path not in known)
    return any(log.exists() and FIRST_TEST in log.read_text(errors="replace") for log in logs)


def fresh_clone() -> float:
    """Seconds from git clone to the verdict of make, without a network."""
    download = (
        sys.executable,
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
        "download",
        "--dest",
        MIRROR,
    )
    _call(*download, "--require-hashes", "--requirement", ROOT / "requirements.lock")
    _call(*download, *BUILD_TOOLS)
    offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(MIRROR), "PIP_CONFIG_FILE": os.devnull}
    with tempfile.TemporaryDirectory(prefix="clone-", dir=SIM_BUILD) as directory:
        clone = Path(directory, "vgic-cosim")
        started = perf_counter()
        _call("git", "clone", "--quiet", "--no-hardlinks", ROOT, clone)
        _call("make", f"PYTHON={shutil.which('python3', path=_system_path())}", cwd=clone, **offline)
        return perf_counter() - started


def _system_path() -> str:
    """PATH without this checkout's own programs."""
    own = str(ROOT / ".venv" / "bin")
    return os.pathsep.join(path for path in os.environ["PATH"].split(os.pathsep) if path != own)


def _environment() -> dict[str, str]:
    """The user's, without what a surrounding make hands on."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}


def _call(*command: object, cwd: Path = ROOT, **environment: str) -> None:
    result = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**_environment(), "PATH": _system_path(), **environment},
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise UserError(f"{command[0]} failed: {(result.stderr + result.stdout).strip()}")
