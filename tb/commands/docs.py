# SPDX-License-Identifier: Apache-2.0
"""Make a site of docs/ with Sphinx, in sim_build/docs. Whatever Sphinx warns of fails it."""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tb.extras import need
from tb.paths import ROOT, SIM_BUILD

SITE = SIM_BUILD / "docs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def main(args: argparse.Namespace) -> int:
    """Build the site; 1 if Sphinx complains."""
    start = time.perf_counter()
    complaints = build(ROOT / "docs", SITE)
    if complaints:
        print(complaints)
    files = [path for path in SITE.rglob("*") if path.is_file()]
    pages = sum(path.suffix == ".html" for path in files)
    size = sum(path.stat().st_size for path in files) / 1e6
    seconds = time.perf_counter() - start
    page = (SITE / "index.html").relative_to(ROOT)
    print(f"docs: {'FAILED' if complaints else page}: {pages} pages, {size:.1f} MB, {seconds:.1f} s")
    return int(bool(complaints))


def build(source: Path, site: Path) -> str:
    """Make *site* anew of the pages in *source*; what Sphinx has to complain of, empty if all is well.

    Raises UserError if Sphinx is not there and cannot be installed.
    """
    need("docs")
    shutil.rmtree(site, ignore_errors=True)
    options = ["--quiet", "--fail-on-warning", "--keep-going"]
    with tempfile.TemporaryDirectory() as doctrees:  # kept ones would hide old warnings
        command = [
            sys.executable,
            "-m",
            "sphinx",
            *options,
            "--doctree-dir",
            doctrees,
            str(source),
            str(site),
        ]
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip() if done.returncode else ""
