# SPDX-License-Identifier: Apache-2.0
"""The checker sees every answer that differs from a trace, and says which and where."""

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tb import cli
from tb.model import conformance
from tb.model.conformance import SUBJECTS, Summary, conform
from tb.model.conformance.classic import ClassicSubject
from tb.model.hypervisor.platform import HypervisorStopped
from tb.model.json_lines import TraceError
from tb.model.software_keys import DIALECTS
from tb.model.stream import stream
from tb.paths import ROOT

SOFTWARE = ROOT / "tests" / "data" / "software"
INPUTS = {
    *("op", "source", "dialect", "vcpus", "pcpus", "nr_lrs", "nr_spis", "seed", "profile", "resample"),
    *("vcpu", "pcpu", "rw", "off", "len", "reg", "intid", "vintid", "pintid", "level", "token", "line_fn"),
    *("line", "active", "pending", "cancelled"),
}
NAMES = {"intid", "owner", "hw", "op", "vcpu"}  # of a record inside an answer: they say which it is
# Kinds of answers that the traces of a folder have: one of each is altered.
KINDS = {"xen": 94, "kvm17": 121, "kvm19": 172, "classic": 66, "classic-v310": 64}

Record = dict[str, Any]
Keys = tuple[str | int, ...]


def load(path: Path) -> list[Record]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def store(path: Path, records: list[Record]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def answers(record: Record) -> Iterator[tuple[Keys, Any]]:
    """The single answers of a record, with their keys from outermost to innermost."""
    for key, value in record.items():
        is_input = key in INPUTS or (key == "value" and (record.get("rw") == "w" or record["op"] == "dir"))
        means_nothing = key == "handled" or (key == "value" and "abort" in record)
        if not is_input and not means_nothing:
            yield from leaves((key,), value)


def leaves(keys: Keys, value: Any) -> Iterator[tuple[Keys, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            if key not in NAMES or len(keys) == 1:
                yield from leaves((*keys, key), inner)
    elif isinstance(value, list) and value and keys[-1] in ("irqs", "lrs", "banks", "halt"):
        for index, inner in enumerate(value):
            yield from leaves((*keys, index), inner)
    else:
        yield keys, value


def kind(record: Record, keys: Keys) -> Keys:
    """Of an answer: the op, and the keys without numbers."""
    return (record["op"], *(key for key in keys if isinstance(key, str) and not key.isdigit()))


def altered(value: Any) -> Any:
    """Another value that the format allows."""
    if isinstance(value, str):
        return hex(int(value, 16) ^ 1)
    if isinstance(value, list):
        return value[:-1] if value else [16]
    if value in (0, 1, None):
        return 1 if value == 0 else 0
    return 0 if value < 0 else value ^ 1


def alter(record: Record, keys: Keys) -> None:
    inner: Any = record
    for key in keys[:-1]:
        inner = inner[key]
    if keys == ("halt",):
        del inner["halt"]
    elif keys[-1] in ("physops", "requests"):
        inner[keys[-1]] += [["sample", 16, 0]]
    else:
        inner[keys[-1]] = altered(inner[keys[-1]])


def one_of_each_kind(folder: str) -> dict[Path, list[tuple[int, Keys]]]:
    """Line and keys of the first answer of each kind, by file."""
    found: dict[Keys, tuple[Path, int, Keys]] = {}
    for path in sorted((SOFTWARE / folder).iterdir()):
        for line, record in enumerate(load(path), 1):
            for keys, _ in answers(record):
                found.setdefault(kind(record, keys), (path, line, keys))
    places: dict[Path, list[tuple[int, Keys]]] = defaultdict(list)
    for path, line, keys in found.values():
        places[path].append((line, keys))
    return places


def lines(summary: Summary) -> Counter[int]:
    """How many sentences name a line of the file."""
    return Counter(int(sentence.split(":")[1]) for sentence in summary.sentences)


@pytest.fixture(autouse=True)
def all_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "_MAX_SENTENCES", 100_000)


# ---- an altered trace


@pytest.mark.parametrize("folder", KINDS)
def test_altered_answer_of_each_kind_is_named(folder: str, tmp_path: Path) -> None:
    places = one_of_each_kind(folder)
    assert sum(map(len, places.values())) == KINDS[folder]
    for source, altered_here in places.items():
        records = load(source)
        for line, keys in altered_here:
            alter(records[line - 1], keys)
        path = store(tmp_path / "altered.jsonl", records)
        summary = conform([path])
        assert summary.mismatches == len(summary.sentences) == len(altered_here)
        assert lines(summary) == Counter(line for line, _ in altered_here)
        for line, keys in altered_here:
            here = [text for text in summary.sentences if text.startswith(f"{path}:{line}: ")]
            name = next(key for key in reversed(keys) if isinstance(key, str) and not key.isdigit())
            assert any(re.search(rf"\b{name}\b.* is .*, the trace has ", text) for text in here)


@pytest.mark.parametrize("folder", KINDS)
def test_answer_that_the_trace_lacks_is_named(folder: str, tmp_path: Path) -> None:
    for source in sorted((SOFTWARE / folder).glob("mixed-*"))[:2]:
        records = load(source)
        gone: Counter[int] = Counter()
        for line, record in list(enumerate(records, 1))[7::7]:
            for key in ("kicks", "acked", "physops", "irqs", "ap_lists", "state"):
                if key in record:
                    gone[line] += len(record[key]) if key == "irqs" else 0  # `hw` of each
                    gone[line] += len(list(leaves((key,), record.pop(key))))
        summary = conform([store(tmp_path / "altered.jsonl", records)])
        assert lines(summary) == gone
        assert summary.mismatches == gone.total() > 20
        assert all(sentence.endswith(", the trace has nothing") for sentence in summary.sentences)


@pytest.mark.parametrize(
    ("folder", "answer", "said"),
    [
        ("xen", {"kicks": [1]}, "kicks is nothing, the trace has [1]"),
        ("xen", {"logs": [40]}, "logs is nothing, the trace has [40]"),
        ("xen", {"abort": 1}, "abort is nothing, the trace has 1"),
        ("kvm17", {"acked": [40]}, "acked is nothing, the trace has [40]"),
        ("kvm17", {"halt": []}, "halt is nothing, the trace has {}"),
        ("kvm19", {"ap_lists": {"0": [40]}}, "ap_lists[0] is nothing, the trace has [40]"),
        (
            "kvm19",
            {"physops": [["sample", 27, 1]]},
            "physops is nothing, the trace has [('sample', 27, 1)]",
        ),
        ("classic", {"handled": False}, "handled is nothing, the trace has False"),
        (
            "classic-v310",
            {"state": {"vcpu": {"0": {"lrs": {"0": "0x1f"}}}}},
            "state.vcpu[0].lrs[0] is nothing, the trace has 0x1f",
        ),
    ],
)
def test_answer_that_the_model_lacks_is_named(folder: str, answer: Record, said: str, tmp_path: Path) -> None:
    records = load(sorted((SOFTWARE / folder).iterdir())[0])
    quiet = (n for n, record in enumerate(records) if record["op"] == "mmio" and record["rw"] == "w")
    line = next(n for n in quiet if not records[n].keys() & answer.keys()) + 1
    records[line - 1].update(answer)
    path = store(tmp_path / "altered.jsonl", records)
    offset = int(records[line - 1]["off"], 16)
    vcpu = records[line - 1]["vcpu"]
    assert conform([path]).sentences == [f"{path}:{line}: mmio write at {offset:#x} of vCPU {vcpu}: {said}"]


def test_another_record_than_the_one_that_changed_is_named(tmp_path: Path) -> None:
    records = load(SOFTWARE / "kvm19" / "hw-0005.jsonl.gz")
    line = next(n for n, record in enumerate(records, 1) if record["op"] == "inject" and "irqs" in record)
    irq = records[line - 1]["irqs"][0]
    fields = len(irq) - 2
    right = f"irqs[{irq['intid']}" + (f" of vCPU {irq['owner']}]" if irq["owner"] is not None else "]")
    irq["intid"] ^= 1
    summary = conform([store(tmp_path / "altered.jsonl", records)])
    assert summary.mismatches == 2 * fields
    assert sum(f"{right}." in sentence for sentence in summary.sentences) == fields


def test_pending_input_makes_the_model_differ(tmp_path: Path) -> None:
    records = load(SOFTWARE / "classic" / "edge-0001.jsonl.gz")
    line = next(n for n, record in enumerate(records, 1) if record["op"] == "inject" and "kicks" in record)
    del records[line - 1]
    summary = conform([store(tmp_path / "altered.jsonl", records)])
    assert summary.mismatches > 0


JUNK = (None, True, -1, 0, 1, 2, 33, 1019, 10**30, 1.5, "", "0x0", "0xffffffff", "w", [], [1], {}, {"0": 1})


@pytest.mark.parametrize("folder", KINDS)
def test_damaged_trace_ends_in_a_sentence_or_a_summary(folder: str, seed: int, tmp_path: Path) -> None:
    random = stream(seed, f"damage/{folder}")
    records = load(random.choice(sorted((SOFTWARE / folder).iterdir())))[:60]
    refused = 0
    for _ in range(60):
        line = random.randrange(len(records))
        key = random.choice(list(records[line]))
        damaged = [*records[:line], {**records[line], key: random.choice(JUNK)}, *records[line + 1 :]]
        try:
            conform([store(tmp_path / "damaged.jsonl", damaged)])
        except TraceError as error:
            refused += "\n" not in str(error)
    assert refused > 10


# ---- a subject that is wrong


class Wrong:
    """Spoils one answer of a right subject, in the first step that has it."""

    def __init__(self, config: Mapping[str, Any], op: str, key: str, value: Any) -> None:
        self._right = ClassicSubject(config)
        self._spoilt: Any = (op, key, value)

    def answer(self, op: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        answers = dict(self._right.answer(op, inputs))
        if self._spoilt and op == self._spoilt[0] and self._spoilt[1] in answers:
            answers[self._spoilt[1]] = self._spoilt[2]
            self._spoilt = None
        return answers


@pytest.mark.parametrize(
    ("op", "key", "value", "sentence"),
    [
        ("enter", "hcr", 3, "14: enter of vCPU 0: hcr is 0x3, the trace has 0x1"),
        ("exit", "misr", 1, "18: exit of vCPU 0: misr is 0x1, the trace has 0x0"),
        ("inject", "ret", -22, "21: inject 35: ret is -22, the trace has 0"),
        ("guest", "value", 34, "17: guest read of GICV_IAR of vCPU 0: value is 0x22, the trace has 0x3ff"),
    ],
)
def test_wrong_answer_is_named(op: str, key: str, value: int, sentence: str) -> None:
    path = SOFTWARE / "classic" / "edge-0001.jsonl.gz"
    subjects = {"classic": partial(Wrong, op=op, key=key, value=value)}
    summary = conform([path], subjects)
    assert summary.sentences == [f"{path}:{sentence}"]
    assert summary.mismatches == 1
    assert not summary.ok


def test_model_that_stops_is_named_and_ends_the_trace() -> None:
    class Stopping(ClassicSubject):
        def answer(self, op: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
            if op == "enter":
                raise HypervisorStopped("out of list registers")
            return super().answer(op, inputs)

    path = SOFTWARE / "classic" / "edge-0001.jsonl.gz"
    summary = conform([path], {"classic": Stopping})
    assert summary.sentences == [f"{path}:14: enter of vCPU 0: the model stops: out of list registers"]
    assert (summary.files, summary.steps, summary.mismatches) == (1, 14, 1)


def test_all_mismatches_are_counted_and_the_first_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def __init__(self, config: Mapping[str, Any]) -> None:
            pass

        def answer(self, op: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
            return {}

    monkeypatch.undo()
    path = SOFTWARE / "classic" / "edge-0001.jsonl.gz"
    summary = conform([path, path], {"classic": Silent})
    right = conform([path, path])
    assert summary.mismatches == summary.answers == right.answers > 1000
    assert len(summary.sentences) == 40


def test_nothing_compared_is_not_ok() -> None:
    assert not Summary(files=1, steps=1).ok
    assert not conform([]).ok
    assert Summary(1, 1, 1).ok
    assert not Summary(1, 1, 1, 1).ok


def test_every_dialect_has_a_subject() -> None:
    assert tuple(SUBJECTS) == DIALECTS


# ---- the command


def test_command_fails_on_a_mismatch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    records = load(SOFTWARE / "classic" / "edge-0001.jsonl.gz")
    records[13]["hcr"] = "0x7"
    path = store(tmp_path / "altered.jsonl", records)
    monkeypatch.setenv("TRACE", str(path))
    assert cli.main(["conform"]) == 1
    output = capsys.readouterr().out.splitlines()
    assert output[0] == f"{path}:14: enter of vCPU 0: hcr is 0x1, the trace has 0x7"
    assert output[-1].startswith("conform: 1 files, ")
    assert output[-1].endswith(" answers compared, 1 mismatches")


def test_command_refuses_what_is_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACE", f"{SOFTWARE / 'classic' / 'edge-0001.jsonl.gz'} {tmp_path / 'no.jsonl'}")
    assert cli.main(["conform"]) == 2
    assert capsys.readouterr() == ("", f"error: {tmp_path / 'no.jsonl'}: No such file or directory\n")
