# SPDX-License-Identifier: Apache-2.0
"""Software traces: what a hypervisor's VGIC was asked, step by step, and all that it answered.

docs/software-trace-format.md says what the records mean.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from tb.model import json_lines
from tb.model.json_lines import Refusal, convert, shown
from tb.model.software_keys import DIALECTS, FIRST_PPI, FIRST_SPI, KEYS

CLASSIC_VERSIONS: Final = ("v3.19", "v3.10")


class Step(NamedTuple):
    """One record of a software trace.

    op       what happened
    inputs   what the VGIC was given, by key
    answers  what came of it, by key; what is not there did not happen

    In both, hexadecimal strings are Words and numeric keys are integers. `irqs` is by (INTID, owner or None),
    `lrs`, `banks` and `halt` are by index, and the entries of `physops` and `requests` are tuples.
    """

    op: str
    inputs: Mapping[str, Any]
    answers: Mapping[str, Any]


def _step(dialect: str, record: dict[str, Any]) -> Step:
    """The step of a record; Refusal where it is none."""
    table = KEYS[dialect]
    op = json_lines.operation(record, table)
    inputs: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    keys = table[op]
    for key, (conversion, is_input, is_needed) in keys.items():
        if key in record:
            (inputs if is_input else answers)[key] = convert(key, record.pop(key), conversion)
        elif is_needed:
            raise Refusal(f'a {op} record of {dialect} needs "{key}"')
    for key in record:
        raise Refusal(f'"{key}" is no key of a {op} record of {dialect}; allowed: {", ".join(keys)}')
    if "rw" in inputs:
        _place_value(op, inputs, answers)
    if "halt" in answers:
        answers["halt"] = {n: _nested_exit(dialect, inner) for n, inner in enumerate(answers["halt"])}
    return Step(op, inputs, answers)


def _place_value(op: str, inputs: dict[str, Any], answers: dict[str, Any]) -> None:
    """`value` is an input of a write, an answer to a read, and nothing where nobody took the read."""
    refused = "abort" in answers or "handled" in answers
    if "value" not in answers and not ("handled" in answers and inputs["rw"] == "r"):
        raise Refusal(f'a {op} record needs "value"')
    if inputs["rw"] == "w":
        inputs["value"] = answers.pop("value")
    elif refused:
        answers.pop("value", None)


def _nested_exit(dialect: str, record: dict[str, Any]) -> dict[str, Any]:
    """The inputs and answers of an exit inside another step."""
    if record.get("op") != "exit":
        raise Refusal(f'"op" inside "halt" is {shown(record.get("op"))}; allowed: exit')
    step = _step(dialect, record)
    return {**step.inputs, **step.answers}


# ---- a file

_OUT: Final = "out of the guest"
_IN: Final = "in the guest"
_BLOCKED: Final = "blocked"
_UNLOADED: Final = "on no physical CPU"
_COURSE: Final[dict[str, tuple[tuple[str, ...], str]]] = {  # of a vCPU: op, where it may be, where it is then
    "load": ((_UNLOADED,), _OUT),
    "put": ((_OUT,), _UNLOADED),
    "wfi": ((_OUT,), _BLOCKED),
    "wake": ((_BLOCKED,), _OUT),
    "enter": ((_OUT,), _IN),
    "guest": ((_IN,), _IN),
    "exit": ((_IN,), _OUT),
    "cancel": ((_IN,), _OUT),
    "mmio": ((_OUT,), _OUT),
    "dir": ((_OUT,), _OUT),
}


class _Reader:
    """What the records of a file must be to each other: a config first, and no vCPU in two places."""

    def __init__(self) -> None:
        self._config: Mapping[str, Any] = {}
        self._where: list[str] = []

    def parse(self, text: bytes) -> Step:
        record = json_lines.fields(text, '{"op":"enter","vcpu":0,"hcr":"0x1","lrs":["0x0"],"used":0}')
        if not self._config:
            return self._begin(record)
        if record.get("op") == "config":
            raise Refusal("a second config record; allowed: one, the first")
        step = _step(self._config["dialect"], record)
        self._check(step)
        return step

    def _begin(self, record: dict[str, Any]) -> Step:
        if record.get("op") != "config":
            raise Refusal("the first record is no config")
        if "dialect" not in record:
            raise Refusal('a config record needs "dialect"')
        dialect = record["dialect"]
        if dialect not in DIALECTS:
            raise Refusal(f'"dialect" is {shown(dialect)}; allowed: {", ".join(DIALECTS)}')
        step = _step(dialect, record)
        self._config = step.inputs
        if dialect == "classic" and not any(version in step.inputs["source"] for version in CLASSIC_VERSIONS):
            raise Refusal('"source" of classic names no version; allowed: ' + " and ".join(CLASSIC_VERSIONS))
        self._where = [_UNLOADED if "pcpus" in step.inputs else _OUT] * step.inputs["vcpus"]
        return step

    def _check(self, step: Step) -> None:
        op, inputs, answers = step
        for key, limit in (("vcpu", "vcpus"), ("pcpu", "pcpus")):
            number = inputs.get(key)
            if number is not None and number >= self._config[limit]:
                last = self._config[limit] - 1
                raise Refusal(f'"{key}" is {number}; allowed with the config\'s "{limit}": 0 to {last}')
        self._check_interrupts(op, inputs)
        words, nr_lrs = len(answers.get("lrs", ())), self._config["nr_lrs"]
        if "lrs" in answers and words != nr_lrs:
            raise Refusal(f'"lrs" has {words} words; the config\'s "nr_lrs" is {nr_lrs}')
        for nested in answers.get("halt", {}).values():
            self._check(Step("exit", nested, nested))
        self._move(op, inputs)

    def _check_interrupts(self, op: str, inputs: Mapping[str, Any]) -> None:
        """Which interrupts a record may name, and that a private one has an owner."""
        key = "pintid" if op == "phys" else "intid" if op == "inject" else "vintid"
        if key not in inputs:
            return
        last = FIRST_SPI + self._config["nr_spis"] - 1
        may_miss = op == "phys" or (op == "inject" and self._config["dialect"] != "xen")
        if inputs[key] > last and not may_miss:
            raise Refusal(
                f'"{key}" is {inputs[key]}; allowed with the config\'s "nr_spis": {FIRST_PPI} to {last}'
            )
        if inputs[key] < FIRST_SPI and "vcpu" in inputs and inputs["vcpu"] is None:
            raise Refusal(f'"vcpu" is null; allowed with the private "{key}" {inputs[key]}: a vCPU')

    def _move(self, op: str, inputs: Mapping[str, Any]) -> None:
        if op not in _COURSE:
            return
        vcpu = inputs["vcpu"]
        allowed, then = _COURSE[op]
        if inputs.get("cancelled"):  # the entry may have been given up before the flush
            allowed = (_IN, _OUT)
        if self._where[vcpu] not in allowed:
            raise Refusal(f"vCPU {vcpu} is {self._where[vcpu]}; a {op} record needs it {allowed[0]}")
        self._where[vcpu] = then


def read(path: Path | str) -> Iterator[Step]:
    """The steps of a software trace, that of line 1 first. TraceError where the file is none."""
    return json_lines.read(Path(path), _Reader().parse)


def config(path: Path | str) -> Mapping[str, Any]:
    """The inputs of the first step: what the trace is of."""
    return next(read(path)).inputs
