# SPDX-License-Identifier: Apache-2.0
"""A trace as a pytest file."""

from pathlib import Path
from typing import Final

_TEXT: Final = '''\
# SPDX-License-Identifier: Apache-2.0
"""{difference}

It fails as long as the device differs from its reference: .venv/bin/python -m pytest -n0 {path}
"""

from pathlib import Path

import pytest

from tb import cli

TRACE = """\\
{trace}"""


def test_the_device_does_what_its_reference_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = tmp_path / "trace.jsonl"
    trace.write_text(TRACE)
    monkeypatch.setenv("TRACE", str(trace))
    monkeypatch.setenv("DUT", {dut!r})
    assert cli.main(["replay"]) == 0
'''


def as_test(path: str, trace: str, difference: str, dut: Path | None) -> str:
    """The text of the file `path`, a test that fails as long as a device differs on a trace."""
    return _TEXT.format(path=path, trace=trace, difference=difference, dut=str(dut or ""))
