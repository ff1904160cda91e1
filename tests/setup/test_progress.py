# SPDX-License-Identifier: Apache-2.0
"""Progress: on terminals only. Accesses: with V=1 only."""

import os
import pty
import re
import subprocess
import sys

import pytest

from tb import cli
from tb.paths import ROOT

COUNT = """\
import time
from tb import progress
for n in progress.counted(range(30), 30, "things"):
    time.sleep(0.02)
print("done")
"""


def on_a_terminal(**environment: str) -> str:
    """What a program that counts writes there."""
    ours, theirs = pty.openpty()
    usual = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    subprocess.run(
        [sys.executable, "-c", COUNT],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**usual, "TERM": "xterm", "COLUMNS": "100", **environment},
        check=True,
    )
    os.close(theirs)
    written = b""
    try:
        while more := os.read(ours, 65536):
            written += more
    except OSError:  # that is how Linux says that nobody writes any more
        pass
    os.close(ours)
    return written.decode()


def test_a_terminal_sees_rate_and_remaining_time() -> None:
    written = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", on_a_terminal())
    assert re.search(r"things .* 30/30 \d+\.\d/s 0:00:0\d left 0:00:00", written)
    assert written.rstrip().endswith("done")


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"NO_COLOR": "1"}, {"CI": "true"}], ids=str)
def test_a_plain_one_does_not(variables: dict[str, str]) -> None:
    assert on_a_terminal(**variables) == "done\r\n"


def test_a_file_does_not() -> None:
    command = [sys.executable, "-c", COUNT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("done\n", "")


@pytest.mark.parametrize("mode", ["live", "ahead", "model"])
def test_each_access_is_seen_on_demand(
    mode: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def lines() -> list[str]:
        assert cli.main(["cosim"]) == 0
        return [line for line in capfd.readouterr().out.splitlines() if line.startswith("CPU ")]

    for name, value in {"MODE": mode, "ENTRIES": "10", "SCENARIO": "prompt"}.items():
        monkeypatch.setenv(name, value)
    assert not lines()
    monkeypatch.setenv("V", "1")
    accesses = lines()
    assert len(accesses) > 100
    pattern = r"CPU \d (writes|reads ) GIC[HV]_\w+ +0x[0-9a-f]{8}( maint)?( virq)?( vfiq)?"
    assert all(re.fullmatch(pattern, line) for line in accesses)


def test_each_access_of_a_replay_is_seen_on_demand(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    trace = ROOT / "tests" / "data" / "traces" / "qemu" / "basic-1.jsonl.gz"
    for name, value in {"TRACE": str(trace), "V": "1"}.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["replay"]) == 0
    out = capfd.readouterr().out.splitlines()
    assert sum(line.startswith("CPU 0 ") for line in out) > 400
