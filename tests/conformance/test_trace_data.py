# SPDX-License-Identifier: Apache-2.0
"""The recorded traces are the ones that were recorded."""

from hashlib import sha256

from tb.paths import ROOT

TRACES = ROOT / "tests" / "data" / "traces"


def test_recorded_traces_match_their_checksums() -> None:
    listed = {}
    for line in (TRACES / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        listed[name] = digest
    present = {
        f"{folder}/{path.name}": sha256(path.read_bytes()).hexdigest()
        for folder in ("qemu", "real")
        for path in (TRACES / folder).iterdir()
    }
    assert len(present) == 144
    assert present == listed
