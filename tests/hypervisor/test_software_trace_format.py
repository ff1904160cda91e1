# SPDX-License-Identifier: Apache-2.0
"""Software traces are read as docs/software-trace-format.md says; others are refused with one sentence."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tb.model.json_lines import TraceError
from tb.model.software_keys import Word
from tb.model.software_trace import Step, config, read

Record = dict[str, Any]

CONFIG = {"op": "config", "vcpus": 2, "nr_lrs": 2, "nr_spis": 32, "seed": 7, "profile": "mixed"}
CLASSIC: Record = {**CONFIG, "source": "Linux v3.19", "dialect": "classic", "state": {}}
XEN: Record = {**CONFIG, "source": "Xen 4.23", "dialect": "xen", "irqs": [], "banks": []}
KVM17: Record = {
    **{**CONFIG, "source": "Linux 6.1", "dialect": "kvm17", "irqs": []},
    **{"pcpus": 1, "resample": [40]},
}
KVM19: Record = {**KVM17, "source": "Linux 7.2", "dialect": "kvm19"}
IRQ: Record = {
    **{"intid": 40, "owner": None, "enabled": 1, "priority": 8, "config": 0, "line_level": 0},
    **{"pending_latch": 1, "active": 0, "source": 0, "hw": 0, "target": 1, "targets": 2, "on": None},
}
SHOWN: Record = {
    **{"lrs": ["0x0", "0x0"], "elrsr": "0x3", "eisr": "0x0", "misr": "0x0"},
    **{"hcr": "0x1", "vmcr": "0x0", "apr": "0x0"},
}
ENTER: Record = {"op": "enter", "vcpu": 0, "hcr": "0x1", "lrs": ["0x0", "0x0"], "used": 0}
CLASSIC_ENTER: Record = {**ENTER, "vmcr": "0x0", "apr": "0x0", "used": "0x0"}
EXIT: Record = {"op": "exit", "vcpu": 0, **SHOWN}
WRITE: Record = {"op": "mmio", "vcpu": 0, "rw": "w", "off": "0x0", "len": 4, "value": "0x1"}
READ: Record = {"op": "mmio", "vcpu": 0, "rw": "r", "off": "0x0", "len": 4, "value": "0x1"}
GUEST: Record = {"op": "guest", "vcpu": 0, "reg": "GICV_IAR", "rw": "r", "value": "0x3ff"}
INJECT: Record = {"op": "inject", "vcpu": None, "intid": 40, "level": 1, "ret": 0}
MAP: Record = {"op": "map", "vcpu": 0, "vintid": 27, "pintid": 27, "line_fn": 1, "ret": 0}
PHYS: Record = {"op": "phys", "vcpu": None, "pintid": 148, "line": 1, "active": 0, "pending": 0}
LOAD: Record = {"op": "load", "vcpu": 0, "pcpu": 0, "vmcr": "0x0", "apr": "0x0"}
PUT: Record = {"op": "put", "vcpu": 0, "vmcr": "0x0", "apr": "0x0"}

HEX32 = 'allowed: a string such as "0x0000001b", at most 32 bits'
HEX64 = 'allowed: a string such as "0x0000001b", at most 64 bits'


def without(record: Record, key: str) -> Record:
    return {name: value for name, value in record.items() if name != key}


def store(path: Path, *records: Record) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def refusal(path: Path) -> str:
    """The sentence with which a file is refused, without the directory."""
    with pytest.raises(TraceError) as caught:
        list(read(path))
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path.parent}/")


# ---- what is read


def test_step_has_inputs_and_answers(tmp_path: Path) -> None:
    path = store(
        tmp_path / "a.jsonl",
        {**KVM17, "irqs": [{**IRQ, "group": 1, "active_source": 3}]},
        {**LOAD, "vmcr": "0x4c0000"},
        {**ENTER, "lrs": ["0x1000001b", "0x0"], "kicks": [1, 0]},
        GUEST,
        {**GUEST, "rw": "w", "reg": "GICV_EOIR", "value": "0x1B", "physops": [["deactivate", 148]]},
        {**EXIT, "pending_irq": 1, "acked": [40], "ap_lists": {"1": [27, 40]}},
        {**WRITE, "halt": []},
        {**READ, "physops": [["sample", 27, 1], ["unpend", 27]]},
        {**INJECT, "token": 5},
    )
    steps = list(read(path))
    assert steps[0].inputs == config(path)
    assert steps[0].inputs["resample"] == [40]
    fields = without(without(IRQ, "intid"), "owner")
    assert steps[0].answers == {"irqs": {(40, None): {**fields, "group": 1, "active_source": 3}}}
    shown = {**{key: int(value, 16) for key, value in SHOWN.items() if key != "lrs"}, "lrs": {0: 0, 1: 0}}
    assert steps[1:] == [
        Step("load", {"vcpu": 0, "pcpu": 0}, {"vmcr": 0x4C0000, "apr": 0}),
        Step("enter", {"vcpu": 0}, {"hcr": 1, "lrs": {0: 0x1000001B, 1: 0}, "used": 0, "kicks": [1, 0]}),
        Step("guest", {"vcpu": 0, "reg": "GICV_IAR", "rw": "r"}, {"value": 0x3FF}),
        Step(
            "guest",
            {"vcpu": 0, "reg": "GICV_EOIR", "rw": "w", "value": 0x1B},
            {"physops": [("deactivate", 148)]},
        ),
        Step("exit", {"vcpu": 0}, {**shown, "pending_irq": 1, "acked": [40], "ap_lists": {1: [27, 40]}}),
        Step("mmio", {"vcpu": 0, "rw": "w", "off": 0, "len": 4, "value": 1}, {"halt": {}}),
        Step(
            "mmio",
            {"vcpu": 0, "rw": "r", "off": 0, "len": 4},
            {"value": 1, "physops": [("sample", 27, 1), ("unpend", 27)]},
        ),
        Step("inject", {"vcpu": None, "intid": 40, "level": 1, "token": 5}, {"ret": 0}),
    ]


def test_state_of_classic(tmp_path: Path) -> None:
    state = {
        **{"ctlr": 1, "on_cpu": "0x3", "pending": {"1": "0x4", "spi": "0x100"}, "sgi": {"0": {"3": 2}}},
        **{"target": {"32": 7}, "vcpu": {"1": {"lr_map": {"40": None, "41": 1}, "lrs": {"0": "0x1f"}}}},
    }
    path = store(tmp_path / "a.jsonl", {**CLASSIC, "state": state})
    assert next(read(path)).answers == {
        "state": {
            **{"ctlr": 1, "on_cpu": 3, "pending": {1: 4, "spi": 0x100}, "sgi": {0: {3: 2}}},
            **{"target": {32: 7}, "vcpu": {1: {"lr_map": {40: None, 41: 1}, "lrs": {0: 0x1F}}}},
        }
    }


def test_exits_inside_a_step(tmp_path: Path) -> None:
    inner = {**EXIT, "vcpu": 1, "pending_irq": 0}
    loads = [LOAD, {**LOAD, "vcpu": 1}]
    halted = {"op": "dir", "vcpu": 0, "value": "0x28", "halt": [inner], "requests": [["prune", 1]]}
    path = store(tmp_path / "a.jsonl", KVM19, *loads, {**ENTER, "vcpu": 1}, halted, {**WRITE, "vcpu": 1})
    step = list(read(path))[4]
    assert step.inputs == {"vcpu": 0, "value": 0x28}
    assert step.answers["requests"] == [("prune", 1)]
    assert step.answers["halt"].keys() == {0}
    assert step.answers["halt"][0].items() >= {"vcpu": 1, "pending_irq": 0, "elrsr": 3}.items()


def test_read_that_nobody_took_has_no_value(tmp_path: Path) -> None:
    path = store(tmp_path / "a.jsonl", XEN, {**READ, "abort": 1})
    assert list(read(path))[1].answers == {"abort": 1}
    path = store(tmp_path / "b.jsonl", CLASSIC, {**without(READ, "value"), "handled": False})
    assert list(read(path))[1].answers == {"handled": False}


def test_words_are_shown_in_hexadecimal() -> None:
    assert f"{Word(0x1F)}" == str([Word(0x1F)])[1:-1] == "0x1f"
    assert Word(0x1F) == 31


def test_packed_file_reads_the_same(tmp_path: Path) -> None:
    plain = store(tmp_path / "a.jsonl", CLASSIC, WRITE)
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert list(read(packed)) == list(read(plain))


def test_cancelled_exit_may_come_without_an_entry(tmp_path: Path) -> None:
    exit_ = {**EXIT, "pending_irq": 0, "cancelled": 1}
    assert len(list(read(store(tmp_path / "a.jsonl", KVM17, LOAD, exit_, ENTER, exit_)))) == 5


# ---- what is refused


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.txt", b"", "a.txt: not the name of a trace; allowed: *.jsonl and *.jsonl.gz"),
        ("a.jsonl", b"", "a.jsonl: the file is empty"),
        ("a.jsonl", b"\xff\n", "a.jsonl:1: the line is not UTF-8 text"),
        ("a.jsonl", b"{\n", "a.jsonl:1: the line is not JSON: Expecting property name enclosed in double"),
        ("a.jsonl", b"[]\n", 'a.jsonl:1: a record is a JSON object such as {"op":"enter","vcpu":0,"hcr"'),
        ("a.jsonl", b"[" * 100_000, "a.jsonl:1: the line is nested too deeply"),
        ("a.jsonl", b"1" * 5000, "a.jsonl:1: the line is not JSON: it has a number of thousands of digits"),
        ("a.jsonl.gz", b"no", "a.jsonl.gz:1: the gzip data end or are damaged here"),
        (
            "a.jsonl.gz",
            gzip.compress(b"{}\n", mtime=0)[:12],
            "a.jsonl.gz:1: the gzip data end or are damaged here",
        ),
        ("a.jsonl", b'{"op":"reset"}\n', "a.jsonl:1: the first record is no config"),
    ],
)
def test_file_that_is_no_trace_is_refused(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path / name).startswith(sentence)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.jsonl") == "a.jsonl: No such file or directory"
    (tmp_path / "b.jsonl").mkdir()
    assert refusal(tmp_path / "b.jsonl") == "b.jsonl: Is a directory"


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (without(CLASSIC, "dialect"), 'a config record needs "dialect"'),
        (without(CLASSIC, "vcpus"), 'a config record of classic needs "vcpus"'),
        (without(KVM17, "pcpus"), 'a config record of kvm17 needs "pcpus"'),
        ({**CLASSIC, "dialect": "kvm"}, '"dialect" is "kvm"; allowed: xen, kvm17, kvm19, classic'),
        ({**CLASSIC, "dialect": 1}, '"dialect" is 1; allowed: xen, kvm17, kvm19, classic'),
        (
            {**CLASSIC, "source": "v3.9"},
            '"source" of classic names no version; allowed: v3.19 and v3.10',
        ),
        ({**CLASSIC, "source": 3}, '"source" is 3; allowed: a string'),
        ({**CLASSIC, "vcpus": 0}, '"vcpus" is 0; allowed: 1 to 8'),
        ({**CLASSIC, "vcpus": 9}, '"vcpus" is 9; allowed: 1 to 8'),
        ({**KVM19, "pcpus": True}, '"pcpus" is true; allowed: 1 to 8'),
        ({**CLASSIC, "nr_lrs": 65}, '"nr_lrs" is 65; allowed: 1 to 64'),
        ({**CLASSIC, "nr_spis": 33}, '"nr_spis" is 33; allowed: multiples of 32 from 32 to 960'),
        ({**CLASSIC, "nr_spis": 0}, '"nr_spis" is 0; allowed: multiples of 32 from 32 to 960'),
        ({**CLASSIC, "seed": -1}, '"seed" is -1; allowed: 0 or more'),
        ({**KVM17, "resample": 40}, '"resample" is 40; allowed: a list of INTIDs'),
        ({**XEN, "banks": [{"elrsr": "0x0"}]}, '"banks" is [{"elrsr": "0x0"}]; allowed: a list of objects'),
        ({**XEN, "banks": [1]}, '"banks" is [1]; allowed: a list of objects with "hcr", "vmcr" and "apr"'),
        ({**CLASSIC, "colour": 1}, '"colour" is no key of a config record of classic; allowed: source,'),
        ({**CLASSIC, "state": []}, '"state" is []; allowed: an object of the classic VGIC\'s bitmaps'),
        ({**CLASSIC, "state": {"x": 1}}, '"state" is {"x": 1}; allowed: an object of'),
        ({**CLASSIC, "state": {"ctlr": 2}}, '"state" is {"ctlr": 2}; allowed: an object of'),
        ({**CLASSIC, "state": {"level": {"a": "0x0"}}}, '"state" is {"level": {"a": "0x0"}}; allowed: an'),
        ({**CLASSIC, "state": {"sgi": {"0": 1}}}, '"state" is {"sgi": {"0": 1}}; allowed: an object of'),
        ({**XEN, "irqs": {}}, '"irqs" is {}; allowed: a list of objects with intid, owner, enabled,'),
        ({**XEN, "irqs": [1]}, '"irqs" is [1]; allowed: a list of objects with intid, owner, enabled,'),
        ({**XEN, "irqs": [{}]}, '"irqs" is [{}]; allowed: a list of objects with intid, owner, enabled,'),
        ({**XEN, "irqs": [without(IRQ, "on")]}, '"irqs" is [{"intid": 40, "owner": null, "enabled": 1,'),
        ({**XEN, "irqs": [{**IRQ, "hw": 1}]}, '"irqs" is [{"intid": 40, "owner": null, "enabled": 1,'),
        ({**XEN, "irqs": [{**IRQ, "intid": 27}]}, '"irqs" is [{"intid": 27, "owner": null, "enabled": 1,'),
        ({**XEN, "irqs": [{**IRQ, "group": 0}]}, '"irqs" is [{"intid": 40, "owner": null, "enabled": 1,'),
        ({**KVM17, "irqs": [IRQ]}, '"irqs" is [{"intid": 40, "owner": null, "enabled": 1,'),
    ],
)
def test_config_is_refused(tmp_path: Path, record: Record, sentence: str) -> None:
    assert refusal(store(tmp_path / "a.jsonl", record)).startswith(f"a.jsonl:1: {sentence}")


@pytest.mark.parametrize(
    ("first", "record", "sentence"),
    [
        (CLASSIC, CLASSIC, "a second config record; allowed: one, the first"),
        (CLASSIC, {}, 'the record has no "op"; allowed: config, mmio, inject, enter, guest, exit, cancel'),
        (CLASSIC, {"op": "map"}, '"op" is "map"; allowed: config, mmio, inject, enter, guest, exit, cancel'),
        (XEN, {"op": "cancel"}, '"op" is "cancel"; allowed: config, mmio, inject, enter, guest, exit, map,'),
        (KVM17, {"op": "dir"}, '"op" is "dir"; allowed: config, mmio, inject, enter, guest, exit, map,'),
        (CLASSIC, without(WRITE, "off"), 'a mmio record of classic needs "off"'),
        (CLASSIC, without(WRITE, "value"), 'a mmio record needs "value"'),
        (CLASSIC, without(READ, "value"), 'a mmio record needs "value"'),
        (XEN, {**without(READ, "value"), "abort": 1}, 'a mmio record needs "value"'),
        (CLASSIC, {**WRITE, "vcpu": 2}, '"vcpu" is 2; allowed with the config\'s "vcpus": 0 to 1'),
        (CLASSIC, {**WRITE, "vcpu": None}, '"vcpu" is null; allowed: 0 to 7'),
        (CLASSIC, {**WRITE, "rw": "x"}, '"rw" is "x"; allowed: "r" and "w"'),
        (CLASSIC, {**WRITE, "off": 16}, f'"off" is 16; {HEX32}'),
        (CLASSIC, {**WRITE, "off": "0x123456789"}, f'"off" is "0x123456789"; {HEX32}'),
        (CLASSIC, {**WRITE, "len": 3}, '"len" is 3; allowed: 1, 2, 4 and 8'),
        (CLASSIC, {**WRITE, "value": "1"}, f'"value" is "1"; {HEX64}'),
        (CLASSIC, {**WRITE, "handled": True}, '"handled" is true; allowed: false'),
        (CLASSIC, {**WRITE, "abort": 1}, '"abort" is no key of a mmio record of classic; allowed: vcpu,'),
        (CLASSIC, {**WRITE, "kicks": [8]}, '"kicks" is [8]; allowed: a list of vCPUs'),
        (CLASSIC, {**WRITE, "kicks": 1}, '"kicks" is 1; allowed: a list of vCPUs'),
        (XEN, {**WRITE, "logs": ["a"]}, '"logs" is ["a"]; allowed: a list of INTIDs'),
        (XEN, {**WRITE, "physops": [1]}, '"physops" is [1]; allowed: a list of lists such as ["sample", 27,'),
        (XEN, {**WRITE, "physops": [[]]}, '"physops" is [[]]; allowed: a list of lists such as ["sample",'),
        (XEN, {**WRITE, "physops": [[1, 2]]}, '"physops" is [[1, 2]]; allowed: a list of lists such as'),
        (XEN, {**WRITE, "ap_lists": {"0": 1}}, '"ap_lists" is {"0": 1}; allowed: an object of lists, such'),
        (XEN, {**WRITE, "acked": [40]}, '"acked" is no key of a mmio record of xen; allowed: vcpu, rw, off,'),
        (XEN, {**WRITE, "state": {}}, '"state" is no key of a mmio record of xen; allowed: vcpu, rw, off,'),
        (CLASSIC, {**INJECT, "level": 2}, '"level" is 2; allowed: 0 and 1'),
        (CLASSIC, {**INJECT, "intid": 15}, '"intid" is 15; allowed: 16 to 1019'),
        (CLASSIC, {**INJECT, "vcpu": 8}, '"vcpu" is 8; allowed: 0 to 7, null for an SPI'),
        (CLASSIC, {**INJECT, "intid": 27}, '"vcpu" is null; allowed with the private "intid" 27: a vCPU'),
        (CLASSIC, without(INJECT, "ret"), 'a inject record of classic needs "ret"'),
        (CLASSIC, {**INJECT, "ret": 2}, '"ret" is 2; allowed: 0, 1 and negative error numbers'),
        (CLASSIC, {**INJECT, "token": 1}, '"token" is no key of a inject record of classic; allowed: vcpu,'),
        (XEN, {**without(INJECT, "ret"), "intid": 64}, '"intid" is 64; allowed with the config\'s "nr_spis"'),
        (KVM17, {**MAP, "vintid": 64}, '"vintid" is 64; allowed with the config\'s "nr_spis": 16 to 63'),
        (KVM17, {**MAP, "line_fn": 2}, '"line_fn" is 2; allowed: 0 and 1'),
        (KVM17, {**PHYS, "pintid": 1020}, '"pintid" is 1020; allowed: 16 to 1019'),
        (KVM17, {**PHYS, "pintid": 27}, '"vcpu" is null; allowed with the private "pintid" 27: a vCPU'),
        (KVM17, {**LOAD, "pcpu": 1}, '"pcpu" is 1; allowed with the config\'s "pcpus": 0 to 0'),
        (CLASSIC, {**CLASSIC_ENTER, "lrs": ["0x0"]}, '"lrs" has 1 words; the config\'s "nr_lrs" is 2'),
        (CLASSIC, {**CLASSIC_ENTER, "lrs": []}, '"lrs" has 0 words; the config\'s "nr_lrs" is 2'),
        (CLASSIC, {**CLASSIC_ENTER, "lrs": "0x0"}, '"lrs" is "0x0"; allowed: a list of strings such as'),
        (CLASSIC, {**CLASSIC_ENTER, "used": 0}, f'"used" is 0; {HEX64}'),
        (XEN, {**ENTER, "used": "0x0"}, '"used" is "0x0"; allowed: 0 to 64'),
        (CLASSIC, GUEST, "vCPU 0 is out of the guest; a guest record needs it in the guest"),
        (CLASSIC, EXIT, "vCPU 0 is out of the guest; a exit record needs it in the guest"),
        (KVM17, ENTER, "vCPU 0 is on no physical CPU; a enter record needs it out of the guest"),
        (KVM17, PUT, "vCPU 0 is on no physical CPU; a put record needs it out of the guest"),
    ],
)
def test_record_is_refused(tmp_path: Path, first: Record, record: Record, sentence: str) -> None:
    assert refusal(store(tmp_path / "a.jsonl", first, record)).startswith(f"a.jsonl:2: {sentence}")


@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        ([XEN, ENTER, ENTER], "3: vCPU 0 is in the guest; a enter record needs it out of the guest"),
        ([XEN, ENTER, WRITE], "3: vCPU 0 is in the guest; a mmio record needs it out of the guest"),
        (
            [XEN, ENTER, {**GUEST, "reg": "GICH_HCR"}],
            '3: "reg" is "GICH_HCR"; allowed: the GICV registers by name',
        ),
        (
            [KVM17, LOAD, LOAD],
            "3: vCPU 0 is out of the guest; a load record needs it on no physical CPU",
        ),
        (
            [KVM17, LOAD, {"op": "wake", "vcpu": 0}],
            "3: vCPU 0 is out of the guest; a wake record needs it blocked",
        ),
        (
            [KVM17, LOAD, {"op": "wfi", "vcpu": 0, "ret": 0}, ENTER],
            "4: vCPU 0 is blocked; a enter record needs it out of the guest",
        ),
        (
            [KVM19, LOAD, {**WRITE, "halt": [{**EXIT, "vcpu": 1, "pending_irq": 0}]}],
            "3: vCPU 1 is on no physical CPU; a exit record needs it in the guest",
        ),
        (
            [KVM19, LOAD, {**WRITE, "halt": [ENTER]}],
            '3: "op" inside "halt" is "enter"; allowed: exit',
        ),
        (
            [KVM19, LOAD, {**WRITE, "halt": [EXIT]}],
            '3: a exit record of kvm19 needs "pending_irq"',
        ),
        (
            [KVM19, LOAD, {**WRITE, "halt": [1]}],
            '3: "halt" is [1]; allowed: a list of exit records',
        ),
        (
            [KVM19, LOAD, {**WRITE, "halt": [{**EXIT, "vcpu": 2, "pending_irq": 0}]}],
            '3: "vcpu" is 2; allowed with the config\'s "vcpus": 0 to 1',
        ),
    ],
)
def test_course_is_refused(tmp_path: Path, records: list[Record], sentence: str) -> None:
    assert refusal(store(tmp_path / "a.jsonl", *records)) == f"a.jsonl:{sentence}"
