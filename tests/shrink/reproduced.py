# SPDX-License-Identifier: Apache-2.0
"""The test that `make shrink` leaves."""

from pathlib import Path

import pytest


def fails(path: Path) -> None:
    """Run it: it is to fail, as the bug is still there."""
    namespace: dict[str, object] = {}
    exec(compile(path.read_text(), path.name, "exec"), namespace)
    check = namespace["test_it_violates_no_invariant"]
    assert callable(check)
    with pytest.raises(AssertionError):
        check()
