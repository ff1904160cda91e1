# SPDX-License-Identifier: Apache-2.0
"""Code coverage of tb/model: statements and branches, by the tests that need no simulator."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from coverage import Coverage

from tb.coverage.report import percent
from tb.errors import UserError
from tb.paths import ROOT

_MODEL: Final = ROOT / "tb" / "model"
_TESTS: Final = (
    "conformance",
    "defects",
    "hypervisor",
    "ledger",
    "machine",
    "model",
    "shrink",
    "world_switch",
)
_WITHOUT: Final = "golden or classic_mutants or seen_and_mended"  # they take long, and run what others run

_SETTINGS: Final = """\
[run]
branch = true
parallel = true
source = {source}
data_file = {data}
[report]
# what is overridden everywhere
exclude_also = raise NotImplementedError
"""


def measure(directory: Path) -> str:
    """Run the tests, leave a page in `directory`/models; the figure in words."""
    data = directory / "models.data"
    settings = directory / "models.ini"
    settings.write_text(_SETTINGS.format(source=_MODEL, data=data))
    for old in directory.glob(f"{data.name}*"):
        old.unlink()
    tests = [f"tests/{name}" for name in _TESTS]
    report = f"--junitxml={directory / 'models.xml'}"
    command = [sys.executable, "-m", "pytest", report, "-k", f"not ({_WITHOUT})", *tests]
    # Whatever Python starts with this in its environment is measured, pytest's workers as well.
    environment = {**os.environ, "COVERAGE_PROCESS_START": str(settings)}
    if subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL).returncode:
        raise UserError(f"tests fail, so they cover nothing: make test TEST='{' or '.join(_TESTS)}'")
    coverage = Coverage(config_file=str(settings))
    coverage.combine()
    return f"python {percent(coverage.html_report(directory=str(directory / 'models')), 100)}"
