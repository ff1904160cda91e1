# SPDX-License-Identifier: Apache-2.0
"""What runs elsewhere: the CI calls the two commands and no others; the packages are those of the set-up."""

import importlib.util
import re
import shutil

import pytest
import yaml

from tb import bootstrap
from tb.paths import ROOT

WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
CONTAINERFILE = (ROOT / "Containerfile").read_text()


def packages(text: str) -> set[str]:
    """What `apt-get install` installs, whatever the version of Python."""
    (names,) = re.findall(r"apt-get install (?:--\S+ )*([^&\\\n]+)", text)
    return set(re.sub(r"python3\.\d+", "python3", names).split())


def needed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What the set-up asks for on a machine that has nothing."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(bootstrap, "has_libpython", lambda: False)
    with pytest.raises(bootstrap.SetupError) as refusal:
        bootstrap.check_machine()
    names = str(refusal.value).partition("sudo apt install ")[2]
    return set(re.sub(r"python3\.\d+", "python3", names).split())


def test_ci_runs_the_two_commands_on_both_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    (job,) = WORKFLOW["jobs"].values()
    checkout, install, *steps = job["steps"]
    assert re.fullmatch(r"actions/checkout@v\d+", checkout["uses"])
    assert steps == [{"run": "make"}, {"run": "make test"}]
    assert job["container"] == "${{ matrix.image }}"
    assert job["strategy"]["matrix"] == {"image": ["ubuntu:24.04", "debian:12"]}
    assert needed(monkeypatch) <= packages(install["run"]) | {"libpython3"}  # python3-dev brings it
    assert "python3-dev" in packages(install["run"])


def test_container_has_what_the_setup_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = needed(monkeypatch)
    assert {"python3-venv", "libpython3", "g++"} <= wanted <= packages(CONTAINERFILE)
    assert re.findall(r"^(?:RUN|CMD) .*make.*$", CONTAINERFILE, re.MULTILINE) == [
        "RUN make setup",
        'CMD ["make"]',
    ]
