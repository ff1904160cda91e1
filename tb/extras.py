# SPDX-License-Identifier: Apache-2.0
"""Packages of one command: the dependency groups of pyproject.toml, installed when it first runs."""

import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from tb.errors import UserError
from tb.paths import ROOT


def need(group: str) -> None:
    """Install what `requirements-<group>.lock` pins into `.venv`, unless it is there already.

    Raises UserError if pip cannot, with its last words.
    """
    pins = ROOT / f"requirements-{group}.lock"
    stamp = Path(sys.prefix) / f".{group}"  # lies and goes with the .venv
    with FileLock(f"{stamp}.lock"):
        if stamp.is_file() and stamp.read_text() == pins.read_text():
            return
        print(f"Installing {pins.name} into {sys.prefix}, once.", file=sys.stderr)
        pip = (sys.executable, "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check")
        command = (*pip, "install", "--no-user", "--require-hashes", "--requirement", str(pins))
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise UserError(f"{pins.name} could not be installed: {' '.join(done.stderr.split()[-40:])}")
        stamp.write_text(pins.read_text())
