# SPDX-License-Identifier: Apache-2.0
"""Traces are read and written as docs/trace-format.md says; what is none is refused with one sentence."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tb.model.hardware.parameters import Parameters
from tb.model.trace import Record, TraceError, Writer, device, device_meta, read, validate
from tb.paths import ROOT

TRACES = ROOT / "tests" / "data" / "traces"
RESET = b'{"op":"reset"}\n'
ALL = "reset, w, r, pact, note"
HEX32 = 'allowed: a string such as "0x0000001b", at most 32 bits'


def refusal(path: Path) -> str:
    """The sentence with which validate() refuses a file, without the directory."""
    with pytest.raises(TraceError) as caught:
        validate(path)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path.parent}/")


def write(path: Path, records: Iterable[Record]) -> None:
    with Writer(path) as writer:
        for record in records:
            writer.write(record)


# ---- reading


def test_record_has_what_the_line_says(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"op":"reset","meta":{"num_lrs":8,"num_cpus":3,"seed":7}}\n'
        '{"op":"w","cpu":2,"bank":1,"reg":"GICH_LR3","value":"0x10","strb":"0x7","resp":"SLVERR","deact":[50],'
        '"hold":{"aw":1,"w":2,"b":3,"deact":4},"lines":{"maint":0,"virq":1,"vfiq":0},"skip":["virq","value"],'
        '"haz":["tie"],"cycle":99,"colour":"green"}\n'
        '{"op":"r","addr":"0x600C","value":"0x000003FF"}\r\n'
        '{"op":"pact","reg":"INTID","value":"0x32"}\n'
        '{"op":"note","text":"no more"}'  # the last line may lack its end
    )
    records = list(read(path))
    assert records == [
        Record("reset", meta={"num_lrs": 8, "num_cpus": 3, "seed": 7}),
        Record(
            "w",
            cpu=2,
            bank=1,
            reg="GICH_LR3",
            value=16,
            strb=7,
            resp="SLVERR",
            deact=(50,),
            hold={"aw": 1, "w": 2, "b": 3, "deact": 4},
            lines={"maint": 0, "virq": 1, "vfiq": 0},
            skip=frozenset(["virq", "value"]),
            haz=("tie",),
            cycle=99,
            extra={"colour": "green"},
        ),
        Record("r", addr=0x600C, value=0x3FF),
        Record("pact", reg="INTID", value=50),
        Record("note", extra={"text": "no more"}),
    ]
    assert validate(path).parameters == Parameters(num_cpu=3, num_lr=8)


@pytest.mark.parametrize(
    ("record", "address"),
    [
        (Record("r", reg="GICH_HCR"), 0x4000),
        (Record("r", reg="GICH_LR63"), 0x41FC),
        (Record("r", reg="GICH_APR", bank=0), 0x50F0),
        (Record("r", reg="GICH_LR1", bank=7), 0x5F04),
        (Record("w", reg="GICV_EOIR"), 0x6010),
        (Record("w", reg="GICV_DIR"), 0x7000),
        (Record("w", addr=0x1234), 0x1234),
        (Record("r", reg="GICD_ISACTIVER1"), None),
        (Record("w", reg="GICD_ICACTIVER31"), None),
        (Record("pact", reg="INTID", value=16), None),
        (Record("reset"), None),
    ],
)
def test_address_of_a_record(record: Record, address: int | None) -> None:
    assert record.address == address


@pytest.mark.parametrize(
    ("meta", "parameters"),
    [
        ({}, Parameters(num_cpu=1)),
        ({"num_lrs": 33, "num_cpus": 8, "vtr": "0x90000020"}, Parameters(num_cpu=8, num_lr=33)),
        (
            {"iidr": "0x0002043b", "grp_filter": 0, "hppir_pmr": 1, "irq_reg": 1},
            Parameters(num_cpu=1, iidr=0x2043B, grp_filter=0, hppir_pmr=1, irq_reg=1),
        ),
    ],
)
def test_device_comes_from_meta(tmp_path: Path, meta: dict[str, object], parameters: Parameters) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"op": "reset", "meta": meta}) + "\n" + '{"op":"reset"}\n')
    assert device(path) == validate(path).parameters == parameters


# ---- writing


@pytest.mark.parametrize("source", ["directed/episodes.jsonl", "directed/stalls.jsonl", "qemu/hw-1.jsonl.gz"])
def test_what_is_written_reads_the_same(tmp_path: Path, source: str) -> None:
    records = list(read(TRACES / source))
    for name in ("a.jsonl", "a.jsonl.gz"):
        write(tmp_path / name, records)
        assert list(read(tmp_path / name)) == records


def test_lines_are_written_without_defaults(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write(
        path,
        [
            Record("reset", meta=device_meta(Parameters(num_cpu=2, num_lr=5))),
            Record("w", reg="GICV_PMR", value=0xF8, skip=frozenset(["virq", "maint"]), extra={"x": [1]}),
            Record("r", cpu=1, addr=0x600E, value=0, resp="SLVERR", strb=3, deact=()),
        ],
    )
    assert path.read_text().splitlines() == [
        '{"op":"reset","meta":{"num_cpus":2,"num_lrs":5,"iidr":"0x0202143b","grp_filter":1,"hppir_pmr":0,'
        '"irq_reg":0}}',
        '{"op":"w","reg":"GICV_PMR","value":"0x000000f8","skip":["maint","virq"],"x":[1]}',
        '{"op":"r","cpu":1,"addr":"0x600e","value":"0x00000000","strb":"0x3","resp":"SLVERR","deact":[]}',
    ]
    assert device(path) == Parameters(num_cpu=2, num_lr=5)


def test_equal_records_give_equal_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / "first.jsonl.gz", tmp_path / "second.jsonl.gz"]
    for now, path in enumerate(paths):
        monkeypatch.setattr("time.time", lambda now=now: 1e9 + 1000 * now)
        write(path, [Record("reset")])
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_interrupted_writer_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(b"old")

    def interrupted() -> Iterator[Record]:
        yield Record("reset")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(path, interrupted())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (Record("w", reg="GICV_PMR", value=-1), f'"value" is "0x-0000001"; {HEX32}'),
        (Record("w", reg="GICV_PMR", value=1 << 32), f'"value" is "0x100000000"; {HEX32}'),
        (Record("r", reg="GICV_PMR"), 'a r record needs a "value"'),
        (
            Record("r", cpu=1, reg="GICV_PMR", value=0),
            '"cpu" is 1; allowed with the reset\'s "num_cpus": 0 to 0',
        ),
        (Record("jump"), f'"op" is "jump"; allowed: {ALL}'),
    ],
)
def test_writer_refuses_what_could_not_be_read(tmp_path: Path, record: Record, sentence: str) -> None:
    path = tmp_path / "a.jsonl"
    with pytest.raises(TraceError) as caught:
        write(path, [Record("reset"), record])
    assert str(caught.value) == f"{path}:2: {sentence}"
    assert list(tmp_path.iterdir()) == []


def test_writer_names_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "a.jsonl"
    with pytest.raises(TraceError) as caught:
        write(path, [])
    assert str(caught.value) == f"{path}: No such file or directory"


def test_writer_refuses_other_names(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"a\.txt: not the name of a trace; allowed: \*\.jsonl and"):
        write(tmp_path / "a.txt", [])


# ---- refusing


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "empty.jsonl.gz").touch()
    (tmp_path / "nothing.jsonl.gz").write_bytes(gzip.compress(b""))
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "plain.jsonl.gz").write_bytes(RESET)
    (tmp_path / "packed.jsonl").write_bytes(gzip.compress(RESET))
    (tmp_path / "a.txt").write_bytes(RESET)
    assert refusal(tmp_path / "missing.jsonl") == "missing.jsonl: No such file or directory"
    assert refusal(tmp_path / "empty.jsonl") == "empty.jsonl: the file is empty"
    assert refusal(tmp_path / "empty.jsonl.gz") == "empty.jsonl.gz: the file is empty"
    assert refusal(tmp_path / "nothing.jsonl.gz") == "nothing.jsonl.gz: the file is empty"
    assert refusal(tmp_path / "folder.jsonl") == "folder.jsonl: Is a directory"
    assert refusal(tmp_path / "plain.jsonl.gz") == "plain.jsonl.gz:1: the gzip data end or are damaged here"
    assert refusal(tmp_path / "packed.jsonl") == "packed.jsonl:1: the line is not UTF-8 text"
    assert refusal(tmp_path / "a.txt") == "a.txt: not the name of a trace; allowed: *.jsonl and *.jsonl.gz"


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_truncated_gzip_is_refused(tmp_path: Path, keep: float) -> None:
    whole = (TRACES / "qemu" / "basic-1.jsonl.gz").read_bytes()
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(whole[: int(len(whole) * keep)])
    line = len(readable(path)) + 1
    assert refusal(path) == f"a.jsonl.gz:{line}: the gzip data end or are damaged here"
    assert line > 1 or keep == 0.1


def readable(path: Path) -> list[Record]:
    records: list[Record] = []
    with pytest.raises(TraceError):
        records.extend(read(path))
    return records


@pytest.mark.parametrize("offset", [2, 40, -5])
def test_damaged_gzip_is_refused(tmp_path: Path, offset: int) -> None:
    data = bytearray((TRACES / "qemu" / "basic-1.jsonl.gz").read_bytes())
    data[offset] ^= 0xFF
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(data)
    assert refusal(path).endswith(": the gzip data end or are damaged here")


def test_truncated_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(RESET + b'{"op":"w","reg":"GICV_PMR","val')
    assert refusal(path) == ("a.jsonl:2: the line is not JSON: Unterminated string starting at in column 28")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"}{", "the line is not JSON: Expecting value in column 1"),
        (b"", "the line is not JSON: Expecting value in column 1"),
        (b'{"op":"note"} {}', "the line is not JSON: Extra data in column 15"),
        (b'{"op":"note","x":"\xff"}', "the line is not UTF-8 text"),
        (
            b'{"op":"note","x":' + b"9" * 5000 + b"}",
            "the line is not JSON: it has a number of thousands of digits",
        ),
        (b"[" * 100_000, "the line is nested too deeply"),
        (b"[1]", 'a record is a JSON object such as {"op":"r","reg":"GICV_IAR","value":"0x000003ff"}'),
        (b"{}", f'the record has no "op"; allowed: {ALL}'),
        (b'{"op":"jump"}', f'"op" is "jump"; allowed: {ALL}'),
        (b'{"op":["w"]}', f'"op" is ["w"]; allowed: {ALL}'),
        (b'{"op":"note","cpu":8}', '"cpu" is 8; allowed: 0 to 7'),
        (b'{"op":"note","cpu":true}', '"cpu" is true; allowed: 0 to 7'),
        (b'{"op":"note","cpu":2}', '"cpu" is 2; allowed with the reset\'s "num_cpus": 0 to 1'),
        (b'{"op":"note","cycle":-1}', '"cycle" is -1; allowed: the number of a clock edge'),
        (
            b'{"op":"note","lines":[0,1,0]}',
            '"lines" is [0, 1, 0]; allowed: an object with "maint", "virq", "vfiq", each 0 or 1',
        ),
        (
            b'{"op":"note","lines":{"virq":2}}',
            '"lines" is {"virq": 2}; allowed: an object with "maint", "virq", "vfiq", each 0 or 1',
        ),
        (
            b'{"op":"note","lines":{"nmi":1}}',
            '"lines" is {"nmi": 1}; allowed: an object with "maint", "virq", "vfiq", each 0 or 1',
        ),
        (
            b'{"op":"note","skip":["lines"]}',
            '"skip" is ["lines"]; allowed: a list out of "value", "maint", "virq", "vfiq"',
        ),
        (
            b'{"op":"note","skip":"value"}',
            '"skip" is "value"; allowed: a list out of "value", "maint", "virq", "vfiq"',
        ),
        (b'{"op":"note","haz":7}', '"haz" is 7; allowed: a list of strings'),
        (
            b'{"op":"reset","meta":[]}',
            '"meta" is []; allowed: an object, "iidr" in it a string such as "0x0202143b"',
        ),
        (
            b'{"op":"reset","meta":{"num_lrs":5}}',
            '"meta" gives other parameters than the first reset; allowed: one device a file',
        ),
        (b'{"op":"pact"}', 'a pact record needs a "value"'),
        (
            b'{"op":"pact","value":"0x3fc"}',
            '"value" of a pact record is 0x000003fc; allowed: INTIDs up to 0x000003fb',
        ),
        (b'{"op":"pact","reg":"GICV_IAR","value":"0x20"}', '"reg" is "GICV_IAR"; allowed: "INTID"'),
        (b'{"op":"w","value":"0x0"}', 'a w record needs either "reg" or "addr"'),
        (
            b'{"op":"r","reg":"GICV_IAR","addr":"0x600c","value":"0x0"}',
            'a r record needs either "reg" or "addr"',
        ),
        (b'{"op":"r","reg":"GICV_IAR"}', 'a r record needs a "value"'),
        (b'{"op":"w","reg":"GICV_PMR"}', 'a w record needs a "value"'),
        (b'{"op":"w","reg":"GICV_PMR","value":"0x100000000"}', f'"value" is "0x100000000"; {HEX32}'),
        (b'{"op":"w","reg":"GICV_PMR","value":"f8"}', f'"value" is "f8"; {HEX32}'),
        (b'{"op":"w","reg":"GICV_PMR","value":248}', f'"value" is 248; {HEX32}'),
        (
            b'{"op":"r","addr":"0x10000","value":"0x0"}',
            '"addr" is "0x10000"; allowed: a string such as "0x6010", at most 16 bits',
        ),
        (
            b'{"op":"r","cpu":1,"bank":2,"reg":"GICH_HCR","value":"0x0"}',
            '"bank" is 2; allowed with the reset\'s "num_cpus": 0 to 1',
        ),
        (
            b'{"op":"r","bank":0,"reg":"GICV_IAR","value":"0x0"}',
            '"bank" goes with the name of a GICH register in "reg"',
        ),
        (
            b'{"op":"r","bank":0,"addr":"0x5000","value":"0x0"}',
            '"bank" goes with the name of a GICH register in "reg"',
        ),
        (
            b'{"op":"w","reg":"GICV_PMR","value":"0x0","strb":"0x10"}',
            '"strb" is "0x10"; allowed: "0x0" to "0xf"',
        ),
        (b'{"op":"w","reg":"GICV_PMR","value":"0x0","strb":16}', '"strb" is 16; allowed: "0x0" to "0xf"'),
        (
            b'{"op":"w","reg":"GICV_PMR","value":"0x0","resp":"DECERR"}',
            '"resp" is "DECERR"; allowed: "OKAY" and "SLVERR"',
        ),
        (
            b'{"op":"w","reg":"GICV_EOIR","value":"0x0","deact":[1020]}',
            '"deact" is [1020]; allowed: a list of INTIDs from 0 to 1019',
        ),
        (
            b'{"op":"w","reg":"GICV_EOIR","value":"0x0","deact":50}',
            '"deact" is 50; allowed: a list of INTIDs from 0 to 1019',
        ),
        (
            b'{"op":"w","reg":"GICV_PMR","value":"0x0","hold":{"r":3}}',
            '"hold" is {"r": 3}; allowed: an object with "aw", "w", "b", "deact", each 0 to 65535 cycles',
        ),
        (
            b'{"op":"r","reg":"GICV_PMR","value":"0x0","hold":{"r":65536}}',
            '"hold" is {"r": 65536}; allowed: an object with "ar", "r", each 0 to 65535 cycles',
        ),
    ],
)
def test_bad_line_is_refused(tmp_path: Path, line: bytes, sentence: str) -> None:
    for name, pack in (("a.jsonl", bytes), ("a.jsonl.gz", gzip.compress)):
        (tmp_path / name).write_bytes(
            pack(b'{"op":"reset","meta":{"num_cpus":2}}\n' + RESET + line + b"\n" + RESET)
        )
        assert refusal(tmp_path / name) == f"{name}:3: {sentence}"
        assert len(readable(tmp_path / name)) == 2


@pytest.mark.parametrize(
    "reg", ["GICH_LR64", "GICV_IARR", "gicv_iar", "GICD_ISACTIVER32", "INTID", "", 7, None, []]
)
def test_unknown_register_is_refused(tmp_path: Path, reg: object) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(RESET + json.dumps({"op": "r", "reg": reg, "value": "0x0"}).encode())
    assert refusal(path) == (
        f'a.jsonl:2: "reg" is {json.dumps(reg)}; allowed: the GICH and GICV registers by name, '
        'GICD_ISACTIVER0..31 and GICD_ICACTIVER0..31 (a place without a name is reached by "addr")'
    )


@pytest.mark.parametrize(
    ("meta", "sentence"),
    [
        ({"num_lrs": 65}, '"meta" of the reset: NUM_LR=65: allowed is an integer from 1 to 64'),
        ({"num_cpus": "2"}, "\"meta\" of the reset: NUM_CPU='2': allowed is an integer from 1 to 8"),
        (
            {"iidr": 1},
            '"meta" is {"iidr": 1}; allowed: an object, "iidr" in it a string such as "0x0202143b"',
        ),
    ],
)
def test_impossible_device_is_refused(tmp_path: Path, meta: dict[str, object], sentence: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"op": "reset", "meta": meta}))
    assert refusal(path) == f"a.jsonl:1: {sentence}"


def test_trace_that_does_not_begin_with_a_reset_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"op":"note"}\n' + RESET)
    assert refusal(path) == "a.jsonl:1: the first record is no reset"
