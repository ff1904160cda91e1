# SPDX-License-Identifier: Apache-2.0
"""The reference model does what QEMU did, alone and under real hypervisors, and what the rules say."""

from pathlib import Path

import pytest

from tb.model.replay import Summary, replay_on_model
from tb.paths import ROOT

TRACES = ROOT / "tests" / "data" / "traces"
# files, records, values, lines: 688,873 values and 4,843,449 lines in all
RECORDED = {
    "qemu/basic-*.gz": Summary(20, 10_123, 5_586, 30_369),
    "qemu/eoimode-*.gz": Summary(20, 10_094, 4_487, 30_053),
    "qemu/groups-*.gz": Summary(20, 10_131, 4_508, 29_141),
    "qemu/hw-*.gz": Summary(20, 10_057, 5_058, 30_051),
    "qemu/maint-*.gz": Summary(20, 10_121, 4_055, 28_223),
    "qemu/preempt-*.gz": Summary(20, 10_106, 4_616, 28_802),
    "qemu/sgi-*.gz": Summary(20, 10_084, 4_764, 30_079),
    "real/xen-4.17-*.gz": Summary(1, 126_647, 68_316, 379_938),
    "real/xen-4.20-*.gz": Summary(1, 258_706, 140_565, 776_115),
    "real/kvm-6.12-*.gz": Summary(1, 511_622, 213_313, 1_534_863),
    "real/kvm-6.1-*.gz": Summary(1, 648_606, 233_605, 1_945_815),
}
DIRECTED = {
    "addresses": Summary(1, 47, 29, 141),
    "bank_windows": Summary(1, 27, 14, 81),
    "deactivation": Summary(1, 45, 20, 135),
    "episodes": Summary(1, 24, 12, 72),
    "group1_aliases": Summary(1, 50, 29, 150),
    "list_registers_33": Summary(1, 36, 21, 108),
    "other_parameters": Summary(1, 19, 9, 57),
    "selection": Summary(1, 48, 21, 144),
    "stalls": Summary(1, 14, 6, 42),
    "strobes": Summary(1, 20, 6, 60),
}


@pytest.mark.parametrize("pattern", RECORDED)
def test_model_agrees_with_recorded_traces(pattern: str) -> None:
    assert replay_on_model(sorted(TRACES.glob(pattern))) == RECORDED[pattern]


@pytest.mark.parametrize("name", DIRECTED)
def test_model_agrees_with_directed_trace(name: str) -> None:
    assert replay_on_model([TRACES / "directed" / f"{name}.jsonl"]) == DIRECTED[name]


def test_example_of_the_documentation_replays(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "trace-format.md").read_text()
    path = tmp_path / "example.jsonl"
    path.write_text(text.partition("```json\n")[2].partition("```")[0])
    assert replay_on_model([path]) == Summary(files=1, records=7, values=1, lines=6)


def test_every_trace_is_replayed() -> None:
    tested = {path for pattern in RECORDED for path in TRACES.glob(pattern)}
    tested |= {TRACES / "directed" / f"{name}.jsonl" for name in DIRECTED}
    assert tested == set(TRACES.glob("*/*.jsonl*"))
    assert len(tested) == sum(summary.files for summary in [*RECORDED.values(), *DIRECTED.values()])
