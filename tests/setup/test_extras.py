# SPDX-License-Identifier: Apache-2.0
"""Dependency groups: pinned as pyproject.toml says, in agreement with the rest, installed once."""

import sys
import tomllib

import pytest

from tb import extras
from tb.errors import UserError
from tb.paths import ROOT

GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]


def pins(name):
    lines = (ROOT / name).read_text().splitlines()
    return {line.split(" ")[0] for line in lines if line and not line.startswith((" ", "#"))}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_is_locked_and_no_package_has_two_versions(group):
    locked = pins(f"requirements-{group}.lock")
    assert set(GROUPS[group]) <= locked
    versions = dict(pin.split("==") for pin in pins("requirements.lock"))
    shared = [pin.split("==") for pin in locked if pin.split("==")[0] in versions]
    assert shared
    assert all(versions[name] == version for name, version in shared)


def test_what_pip_cannot_install_is_told_and_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(extras, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    lock = tmp_path / "requirements-odd.lock"
    lock.write_text("odd @ file:///nowhere/odd-1-py3-none-any.whl\n")
    for _ in range(2):
        with pytest.raises(UserError, match=r"^requirements-odd\.lock could not be installed: .*nowhere"):
            extras.need("odd")
    lock.write_text("")
    extras.need("odd")
    monkeypatch.setattr(sys, "executable", "/no/pip/is/asked/again")
    extras.need("odd")
