# SPDX-License-Identifier: Apache-2.0
"""The example, and changed descriptions of it."""

import pytest

from tb.paths import ROOT

EXAMPLE = ROOT / "examples" / "apb_gic" / "dut.toml"


@pytest.fixture
def example():
    """The description as it is shipped."""
    return EXAMPLE


@pytest.fixture
def described(tmp_path):
    """Writes the example's description with some text exchanged: pairs of old and new."""

    def write(*changes):
        text = EXAMPLE.read_text().replace('"apb_gic.v"', f'"{EXAMPLE.parent / "apb_gic.v"}"')
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        file = tmp_path / "dut.toml"
        file.write_text(text)
        return file

    return write
