# SPDX-License-Identifier: Apache-2.0
"""The checker sees every difference between a device and a trace, and says where it is."""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tb.model.hardware.gic import Gic
from tb.model.hardware.virtual_interface import Lines
from tb.model.replay import ReplayChecker, Summary, replay_on_model
from tb.model.trace import LINES, Record, Writer, read
from tb.paths import ROOT

TRACES = ROOT / "tests" / "data" / "traces"
DEACTIVATION = TRACES / "directed" / "deactivation.jsonl"

Change = Callable[[int, Record], Record]
Report = dict[str, Any]  # the arguments of ReplayChecker.report()


def rewrite(source: Path, target: Path, change: Change) -> Path:
    """A copy of a trace with `change` made to each record."""
    with Writer(target) as writer:
        for line, record in enumerate(read(source), 1):
            writer.write(change(line, record))
    return target


def at(line: int, **changes: Any) -> Change:
    return lambda here, record: record._replace(**changes) if here == line else record


def reports(checker: ReplayChecker) -> list[tuple[int, Report]]:
    """What the reference model does, by line, as arguments of report()."""
    gic = Gic(checker.parameters)
    result: list[tuple[int, Report]] = []
    for line, record in checker.requests():
        report: Report = {}
        if record.op == "reset":
            gic.reset()
        else:
            assert record.address is not None
            assert record.value is not None
            response = gic.access(record.cpu, record.op == "w", record.address, record.value, record.strb)
            intid = response.deactivated
            report = {"value": response.value, "error": response.error}
            report["deactivated"] = () if intid is None else (intid,)
        result.append((line, report | {"lines": [bank.lines for bank in gic.banks]}))
    return result


# ---- an altered trace


@pytest.mark.parametrize(
    ("line", "changes", "sentence"),
    [
        (8, {"value": 0x33}, "read of GICV_IAR by CPU 0: value 0x00000032, the trace has 0x00000033"),
        (
            9,
            {"value": 0x40001},
            "read of GICD_ISACTIVER1 by CPU 0: value 0x00040000, the trace has 0x00040001",
        ),
        (
            10,
            {"deact": (51,)},
            "write of 0x00000032 to GICV_EOIR by CPU 0: deactivates 50, the trace has 51",
        ),
        (
            10,
            {"deact": ()},
            "write of 0x00000032 to GICV_EOIR by CPU 0: deactivates 50, the trace has nothing",
        ),
        (
            14,
            {"deact": (50,)},
            "write of 0x00000032 to GICV_EOIR by CPU 0: deactivates nothing, the trace has 50",
        ),
        (
            13,
            {"resp": "SLVERR"},
            "read of GICH_ELRSR0 by CPU 0: response OKAY, the trace has SLVERR",
        ),
        (
            7,
            {"lines": {"maint": 0, "virq": 0, "vfiq": 0}},
            "write of 0x9400c832 to GICH_LR0 by CPU 0: then virq is 1, the trace has 0",
        ),
        (
            8,
            {"lines": {"vfiq": 1}},
            "read of GICV_IAR by CPU 0: then vfiq is 0, the trace has 1",
        ),
        (1, {"lines": {"maint": 1}}, "reset: then maint is 0, the trace has 1"),
        (26, {"lines": {"maint": 1}}, "pact: then maint is 0, the trace has 1"),
        (
            27,
            {"lines": {"virq": 1}},
            "read of GICD_ISACTIVER0 by CPU 0: then virq is 0, the trace has 1",
        ),
    ],
)
def test_altered_record_is_named(tmp_path: Path, line: int, changes: dict[str, Any], sentence: str) -> None:
    path = rewrite(DEACTIVATION, tmp_path / "altered.jsonl", at(line, **changes))
    summary = replay_on_model([path])
    assert summary.sentences == [f"{path}:{line}: {sentence}"]
    assert summary.mismatches == 1
    assert not summary.ok


def test_error_response_is_named(tmp_path: Path) -> None:
    path = rewrite(TRACES / "directed" / "strobes.jsonl", tmp_path / "altered.jsonl", at(2, resp="OKAY"))
    assert replay_on_model([path]).sentences == [
        f"{path}:2: write of 0x00000001 to GICV_CTLR by CPU 0: response SLVERR, the trace has OKAY"
    ]


def test_place_is_named_by_bank_and_by_address(tmp_path: Path) -> None:
    source = TRACES / "directed" / "bank_windows.jsonl"
    path = rewrite(source, tmp_path / "a.jsonl", at(9, value=0))
    assert replay_on_model([path]).sentences == [
        f"{path}:9: read of GICH_LR0 of bank 0 by CPU 1: value 0x14000022, the trace has 0x00000000"
    ]
    path = rewrite(source, tmp_path / "b.jsonl", at(21, value=1))
    assert replay_on_model([path]).sentences == [
        f"{path}:21: read of 0x5100 by CPU 1: value 0x24000022, the trace has 0x00000001"
    ]


@pytest.mark.parametrize("name", ["hw-1", "sgi-3", "maint-7", "groups-2"])
def test_every_counted_value_is_compared(tmp_path: Path, name: str) -> None:
    def change(_: int, record: Record) -> Record:
        if record.op != "r" or record.value is None:
            return record
        return record._replace(value=record.value ^ 0x8000_0000)

    source = TRACES / "qemu" / f"{name}.jsonl.gz"
    right = replay_on_model([source])
    wrong = replay_on_model([rewrite(source, tmp_path / "altered.jsonl.gz", change)])
    assert wrong.mismatches == wrong.values == right.values > 0


@pytest.mark.parametrize("name", ["hw-1", "sgi-3", "maint-7", "groups-2"])
def test_every_counted_line_is_compared(tmp_path: Path, name: str) -> None:
    def change(_: int, record: Record) -> Record:
        return record._replace(lines={name: 1 - level for name, level in record.lines.items()})

    source = TRACES / "qemu" / f"{name}.jsonl.gz"
    right = replay_on_model([source])
    wrong = replay_on_model([rewrite(source, tmp_path / "altered.jsonl.gz", change)])
    assert wrong.mismatches == wrong.lines == right.lines > 0


@pytest.mark.parametrize("item", ["value", *LINES])
def test_skipped_item_is_neither_compared_nor_counted(tmp_path: Path, item: str) -> None:
    changes: dict[str, Any] = {"skip": frozenset([item])}
    if item == "value":
        changes["value"] = 0x123
    else:
        changes["lines"] = {**dict.fromkeys(LINES, 0), item: 1}
    summary = replay_on_model([rewrite(DEACTIVATION, tmp_path / "altered.jsonl", at(8, **changes))])
    right = replay_on_model([DEACTIVATION])
    assert summary.ok
    assert right.values + right.lines - summary.values - summary.lines == 1


# ---- a device that is wrong


@pytest.mark.parametrize(
    ("line", "wrong", "sentences"),
    [
        (8, {"value": 0x3FF}, ["8: read of GICV_IAR by CPU 0: value 0x000003ff, the trace has 0x00000032"]),
        (8, {"error": True}, ["8: read of GICV_IAR by CPU 0: response SLVERR, the trace has OKAY"]),
        (
            8,
            {"lines": [Lines(1, 1, 0)]},
            [
                "8: read of GICV_IAR by CPU 0: then maint is 1, the trace has 0",
                "8: read of GICV_IAR by CPU 0: then virq is 1, the trace has 0",
                "9: read of GICD_ISACTIVER1 by CPU 0: then maint is 1, the trace has 0",
                "9: read of GICD_ISACTIVER1 by CPU 0: then virq is 1, the trace has 0",
            ],
        ),
        (
            10,
            {"deactivated": ()},
            [
                "10: write of 0x00000032 to GICV_EOIR by CPU 0: deactivates nothing, the trace has 50",
                "11: read of GICD_ISACTIVER1 by CPU 0: value 0x00040000, the trace has 0x00000000",
                "43: read of GICD_ISACTIVER1 by CPU 0: value 0x00040100, the trace has 0x00000100",
                "45: read of GICD_ISACTIVER1 by CPU 0: value 0x00040000, the trace has 0x00000000",
            ],
        ),
        (
            10,
            {"deactivated": (50, 50)},
            ["10: write of 0x00000032 to GICV_EOIR by CPU 0: deactivates 50, 50, the trace has 50"],
        ),
        (
            14,
            {"deactivated": (1023,)},
            ["14: write of 0x00000032 to GICV_EOIR by CPU 0: deactivates 1023, the trace has nothing"],
        ),
    ],
)
def test_wrong_device_is_caught(line: int, wrong: Report, sentences: list[str]) -> None:
    checker = ReplayChecker(DEACTIVATION)
    for here, report in reports(checker):
        checker.report(here, **{**report, **(wrong if here == line else {})})
    summary = checker.finish()
    assert summary.sentences == [f"{DEACTIVATION}:{sentence}" for sentence in sentences]
    assert summary.mismatches == len(sentences)


def test_all_mismatches_are_counted_and_the_first_are_kept() -> None:
    checker = ReplayChecker(TRACES / "qemu" / "basic-1.jsonl.gz")
    for line, report in reports(checker):
        checker.report(line, **{**report, "error": True})
    summary = checker.finish()
    assert summary.mismatches == summary.records - 1 == 506
    assert len(summary.sentences) == 20


def test_trace_that_compares_no_value_is_not_ok(tmp_path: Path) -> None:
    with Writer(tmp_path / "a.jsonl") as writer:
        writer.write(Record("reset", lines={"maint": 0}))
    summary = replay_on_model([tmp_path / "a.jsonl"])
    assert (summary.mismatches, summary.values, summary.lines) == (0, 0, 1)
    assert not summary.ok


# ---- how reports come


@pytest.mark.parametrize("source", ["real/xen-4.20-linux-2p2vpin.jsonl.gz", "qemu/hw-2.jsonl.gz"])
def test_reports_may_come_late_and_out_of_order(source: str) -> None:
    expected = replay_on_model([TRACES / source], limit=3000)
    checker = ReplayChecker(TRACES / source, limit=3000)
    random = Random(1)
    late = iter(reports(checker))
    assert checker.summary.records == 0
    while window := list(islice(late, 16)):
        random.shuffle(window)
        for line, report in window:
            checker.report(line, **report)
    assert checker.finish() == expected
    assert expected.ok


def test_lines_after_an_access_of_another_cpu_are_those_of_the_bank(tmp_path: Path) -> None:
    # The access of line 3 takes effect before that of line 2: other bank, other port.
    with Writer(tmp_path / "a.jsonl") as writer:
        writer.write(Record("reset", meta={"num_cpus": 2}))
        writer.write(Record("w", cpu=0, reg="GICH_HCR", value=3, lines={"maint": 1}))
        writer.write(Record("w", cpu=1, reg="GICH_HCR", value=3, lines={"maint": 1}))
        writer.write(Record("note", cpu=0, lines={"maint": 1}))
        writer.write(Record("note", cpu=1, lines={"maint": 1}))
    checker = ReplayChecker(tmp_path / "a.jsonl")
    assert [line for line, _ in checker.requests()] == [1, 2, 3]
    low, high = Lines(0, 0, 0), Lines(1, 0, 0)
    checker.report(1, [low, low])
    checker.report(3, [low, high])
    checker.report(2, [high, high])
    assert checker.finish() == Summary(files=1, records=5, lines=4)


def test_unfinished_replay_is_not_ok() -> None:
    checker = ReplayChecker(DEACTIVATION)
    for line, report in reports(checker)[:20]:
        checker.report(line, **report)
    summary = checker.finish()
    assert summary.sentences == [f"{DEACTIVATION}:25: the replay ended before this record"]
    assert not summary.ok


def test_replay_that_never_began_is_not_ok() -> None:
    assert ReplayChecker(DEACTIVATION).finish().sentences == [
        f"{DEACTIVATION}:1: the replay ended before this record"
    ]


# ---- what is compared when


def test_iidr_is_compared_only_if_the_trace_names_the_parameter(tmp_path: Path) -> None:
    def replay(meta: Mapping[str, object], value: int) -> Summary:
        with Writer(tmp_path / "a.jsonl") as writer:
            writer.write(Record("reset", meta=meta))
            writer.write(Record("r", reg="GICV_IIDR", value=value))
        return replay_on_model([tmp_path / "a.jsonl"])

    assert replay({}, 0x1234).values == 0
    assert replay({"iidr": "0x00001234"}, 0x1234) == Summary(files=1, records=2, values=1)
    assert replay({"iidr": "0x00001234"}, 0x1235).mismatches == 1


def test_reset_begins_anew_in_the_physical_distributor_too(tmp_path: Path) -> None:
    with Writer(tmp_path / "a.jsonl") as writer:
        for record in (
            Record("reset"),
            Record("pact", value=50),
            Record("r", reg="GICD_ISACTIVER1", value=1 << 18),
            Record("reset"),
            Record("r", reg="GICD_ISACTIVER1", value=0),
        ):
            writer.write(record)
    assert replay_on_model([tmp_path / "a.jsonl"]) == Summary(files=1, records=5, values=2)


def test_limit_replays_the_first_records() -> None:
    summary = replay_on_model([DEACTIVATION, DEACTIVATION], limit=10)
    assert summary == Summary(files=2, records=20, values=6, lines=60)


def test_final_line() -> None:
    assert str(Summary(144, 1616297, 688873, 4843449, 2)) == (
        "replay: 144 files, 1616297 records, 688873 values and 4843449 lines compared, 2 mismatches"
    )
