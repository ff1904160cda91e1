# SPDX-License-Identifier: Apache-2.0
"""Software traces: what a hypervisor's VGIC was asked, step by step, and all that it answered.

docs/software-trace-format.md says what the records mean.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from gicv2_registers import REGISTERS
from tb.model import json_lines
from tb.model.json_lines import Conversion, Refusal, convert, hexadecimal, integer

LAST_INTID: Final = 1019
FIRST_PPI: Final = 16
FIRST_SPI: Final = 32
LAST_VCPU: Final = 7  # GICv2

DIALECTS: Final = ("xen", "kvm17", "kvm19", "classic")
CLASSIC_VERSIONS: Final = ("v3.19", "v3.10")


class Word(int):
    """A register's value or a bitmap: a number that is shown in hexadecimal."""

    def __repr__(self) -> str:
        return f"{int(self):#x}"

    __str__ = __repr__


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


# ---- values

_Convert = Callable[[Any], Any]


def _number(maximum: int, minimum: int = 0) -> _Convert:
    return lambda value: integer(value, maximum, minimum)


def _number_or_null(maximum: int) -> _Convert:
    return lambda value: None if value is None else integer(value, maximum)


@lru_cache(maxsize=1 << 16)  # most words come again and again
def _word_of(text: str, bits: int) -> Word:
    return Word(hexadecimal(text, bits))


def _word(bits: int) -> _Convert:
    return lambda value: _word_of(value, bits)


def _choice(*allowed: Any) -> _Convert:
    """One of these, True and 1 being two."""
    kinds = [(type(value), value) for value in allowed]
    return lambda value: allowed[kinds.index((type(value), value))]


def _string(value: Any) -> str:
    return str.__str__(value)


def _list(item: _Convert) -> _Convert:
    def convert_list(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise TypeError
        return [item(element) for element in value]

    return convert_list


def _by_index(item: _Convert) -> _Convert:
    convert_list = _list(item)
    return lambda value: dict(enumerate(convert_list(value)))


def _number_key(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text):
        raise ValueError
    return int(text)


def _mapping(item: _Convert, name: str = "") -> _Convert:
    """Of an object whose keys are numbers, or `name`."""

    def convert_mapping(value: Any) -> dict[int | str, Any]:
        return {key if key == name else _number_key(key): item(element) for key, element in value.items()}

    return _of_object(convert_mapping)


def _object(keys: Mapping[str, _Convert]) -> _Convert:
    """Of an object with some of these keys and no others."""
    return _of_object(lambda value: {key: keys[key](element) for key, element in value.items()})


def _of_object(convert_object: _Convert) -> _Convert:
    def checked(value: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError
        try:
            return convert_object(value)
        except KeyError:
            raise ValueError from None

    return checked


def _operation(value: Any) -> tuple[Any, ...]:
    """An entry of `physops` or `requests`: a word and numbers."""
    name, *numbers = value
    return (_string(name), *(integer(number, LAST_INTID) for number in numbers))


_BIT: Final = _number(1)
_INTID: Final = _number(LAST_INTID)
_VCPU: Final = _number(LAST_VCPU)
_VCPU_OR_NULL: Final = _number_or_null(LAST_VCPU)
_BYTE: Final = _number(0xFF)

_IRQ: Final[dict[str, _Convert]] = {  # a record of the new VGIC (A.1)
    **dict.fromkeys(("enabled", "config", "line_level", "pending_latch", "active", "hw"), _BIT),
    **dict.fromkeys(("priority", "source", "targets"), _BYTE),
    **dict.fromkeys(("target", "on"), _VCPU_OR_NULL),
}
_KVM_IRQ: Final = {**_IRQ, "group": _BIT, "active_source": _number(7)}
_IRQS: Final = {"xen": _IRQ, "kvm17": _KVM_IRQ, "kvm19": {**_KVM_IRQ, "on_lr": _BIT}}


def _irqs(keys: Mapping[str, _Convert], value: Any) -> dict[tuple[int, int | None], dict[str, Any]]:
    found = {}
    for irq in value:
        intid, owner = _INTID(irq["intid"]), _VCPU_OR_NULL(irq["owner"])
        wanted = {**keys, "pintid": _INTID} if irq["hw"] else keys
        if (owner is None) != (intid >= FIRST_SPI) or irq.keys() != {"intid", "owner", *wanted}:
            raise ValueError
        found[intid, owner] = {key: item(irq[key]) for key, item in wanted.items()}
    return found


_BITMAPS: Final = _mapping(_word(1024), "spi")
_STATE: Final = _object(
    {
        "ctlr": _BIT,
        "on_cpu": _word(8),
        **dict.fromkeys(("pending", "enabled", "cfg", "level", "soft_pend", "queued"), _BITMAPS),
        "sgi": _mapping(_mapping(_BYTE)),
        "target": _mapping(_VCPU),
        "vcpu": _mapping(
            _object(
                {
                    **dict.fromkeys(("pend_priv", "hcr"), _word(32)),
                    **dict.fromkeys(("lr_used", "eisr", "elrsr"), _word(64)),
                    "pend_spi": _word(1024),
                    "lr_map": _mapping(_number_or_null(63)),
                    "lrs": _mapping(_word(32)),
                }
            )
        ),
    }
)

_HEX32: Final = (_word(32), 'a string such as "0x0000001b", at most 32 bits')
_HEX64: Final = (_word(64), 'a string such as "0x0000001b", at most 64 bits')
_FLAG: Final = (_BIT, "0 and 1")
_ID: Final = (_INTID, f"0 to {LAST_INTID}")
_PHYSICAL: Final = (_number(LAST_INTID, FIRST_PPI), f"{FIRST_PPI} to {LAST_INTID}")
_CPUS: Final = (_number(LAST_VCPU + 1, 1), f"1 to {LAST_VCPU + 1}")
_TEXT: Final = (_string, "a string")
_IDS: Final = (_list(_INTID), "a list of INTIDs")
_OPERATIONS: Final = (_list(_operation), 'a list of lists such as ["sample", 27, 1]')
_VCPU_MAYBE: Final = (_VCPU_OR_NULL, f"0 to {LAST_VCPU}, null for an SPI")
_GUEST: Final = tuple(name for name in REGISTERS if name.startswith("GICV_"))

_CONVERSIONS: Final[dict[str, Conversion]] = {
    "source": _TEXT,
    "dialect": (_choice(*DIALECTS), ", ".join(DIALECTS)),
    "profile": _TEXT,
    "seed": (_number((1 << 64) - 1), "0 or more"),
    "vcpus": _CPUS,
    "pcpus": _CPUS,
    "nr_lrs": (_number(64, 1), "1 to 64"),
    "nr_spis": (_choice(*range(32, 992, 32)), "multiples of 32 from 32 to 960"),
    "resample": _IDS,
    "banks": (
        _by_index(_object(dict.fromkeys(("hcr", "vmcr", "apr"), _word(32)))),
        'a list of objects with "hcr", "vmcr" and "apr"',
    ),
    "vcpu": (_VCPU, f"0 to {LAST_VCPU}"),
    "pcpu": (_VCPU, f"0 to {LAST_VCPU}"),
    "rw": (_choice("r", "w"), '"r" and "w"'),
    "off": _HEX32,
    "len": (_choice(1, 2, 4, 8), "1, 2, 4 and 8"),
    "value": _HEX64,
    "reg": (_choice(*_GUEST), "the GICV registers by name"),
    "intid": _PHYSICAL,
    "vintid": _PHYSICAL,
    "pintid": _PHYSICAL,
    "token": (_number((1 << 32) - 1), "0 or more"),
    **dict.fromkeys(("level", "line", "active", "pending", "line_fn", "cancelled"), _FLAG),
    **dict.fromkeys(("abort", "pruned", "pending_irq"), _FLAG),
    "ret": (_number(1, -4095), "0, 1 and negative error numbers"),
    **dict.fromkeys(("hcr", "vmcr", "apr", "misr"), _HEX32),
    **dict.fromkeys(("elrsr", "eisr"), _HEX64),
    "lrs": (_by_index(_word(32)), 'a list of strings such as "0x1000005b"'),
    "used": (_number(64), "0 to 64"),
    "handled": (_choice(False), "false"),
    "kicks": (_list(_VCPU), "a list of vCPUs"),
    "acked": _IDS,
    "logs": _IDS,
    "physops": _OPERATIONS,
    "requests": _OPERATIONS,
    "ap_lists": (_mapping(_list(_INTID)), 'an object of lists, such as {"0": [27, 42]}'),
    "state": (_STATE, "an object of the classic VGIC's bitmaps"),
}

# ---- records

# Keys of each op: inputs | answers; those with ? may be missing.
_ALL: Final = {
    "config": "source dialect vcpus nr_lrs nr_spis seed profile |",
    "mmio": "vcpu rw off len | value?",
    "inject": "vcpu intid level |",
    "enter": "vcpu | hcr lrs used",
    "guest": "vcpu reg rw | value",
    "exit": "vcpu | lrs elrsr eisr misr hcr vmcr apr",
}
_NEW: Final = {
    **_ALL,
    "exit": _ALL["exit"] + " pending_irq",
    "map": "vcpu vintid pintid | ret",
}
_KVM: Final = {
    **_NEW,
    "config": _ALL["config"].replace("|", "pcpus resample | irqs"),
    "mmio": _ALL["mmio"] + " halt?",
    "inject": "vcpu intid level token? | ret",
    "exit": _NEW["exit"].replace("|", "cancelled? |"),
    "map": "vcpu vintid pintid line_fn token? | ret",
    "unmap": "vcpu vintid |",
    "phys": "vcpu pintid line active pending |",
    "load": "vcpu pcpu | vmcr apr",
    "put": "vcpu | vmcr apr",
    "wfi": "vcpu | ret",
    "wake": "vcpu |",
}
_OPS: Final = {
    "xen": {
        **_NEW,
        "config": _ALL["config"] + " irqs banks",
        "mmio": _ALL["mmio"] + " abort? logs?",
        "unmap": "vcpu vintid pintid | ret",
        "phys": "pintid line active pending |",
    },
    "kvm17": _KVM,
    "kvm19": {**_KVM, "enter": _KVM["enter"] + " pruned?", "dir": "vcpu value | halt? requests?"},
    "classic": {
        **_ALL,
        "config": _ALL["config"] + " state",
        "mmio": _ALL["mmio"] + " handled?",
        "inject": "vcpu intid level | ret",
        "enter": _ALL["enter"] + " vmcr apr",
        "cancel": "vcpu |",
    },
}
_EVENTS: Final = {  # answers that any record but the first can have
    "xen": "kicks? physops? irqs? ap_lists?",
    "kvm17": "kicks? physops? irqs? ap_lists? acked?",
    "kvm19": "kicks? physops? irqs? ap_lists? acked?",
    "classic": "kicks? state?",
}


class _Key(NamedTuple):
    conversion: Conversion
    is_input: bool
    is_needed: bool


def _conversions(dialect: str) -> dict[str, Conversion]:
    """The conversions of a dialect: some keys have their own."""
    special: dict[str, Conversion] = {}
    if dialect == "classic":
        special["used"] = _HEX64
    else:
        keys = _IRQS[dialect]
        allowed = f"a list of objects with intid, owner, {', '.join(keys)}, and with pintid if hw is 1"
        special["irqs"] = (_of_items(partial(_irqs, keys)), allowed)
        exits = _by_index(lambda value: _nested_exit(dialect, value))
        special["halt"] = (exits, "a list of exit records")
    return {**_CONVERSIONS, **special}


def _of_items(convert_list: _Convert) -> _Convert:
    """Of a list of objects."""
    objects = _list(_of_object(lambda value: value))

    def checked(value: Any) -> Any:
        try:
            return convert_list(objects(value))
        except KeyError:
            raise ValueError from None

    return checked


def _table(dialect: str) -> dict[str, dict[str, _Key]]:
    conversions = _conversions(dialect)
    table: dict[str, dict[str, _Key]] = {}
    for op, text in _OPS[dialect].items():
        inputs, _, answers = text.partition("|")
        keys: dict[str, _Key] = {}
        table[op] = keys
        for group, is_input in ((inputs, True), (answers, False)):
            for word in group.split() + (_EVENTS[dialect].split() if not is_input and op != "config" else []):
                key = word.removesuffix("?")
                conversion = conversions[key]
                if key == "vcpu" and op in ("inject", "map", "unmap", "phys"):
                    conversion = _VCPU_MAYBE
                keys[key] = _Key(conversion, is_input, key == word)
    return table


_TABLES: Final = {dialect: _table(dialect) for dialect in DIALECTS}


def _step(dialect: str, record: dict[str, Any]) -> Step:
    """The step of a record; Refusal where it is none."""
    table = _TABLES[dialect]
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


def _nested_exit(dialect: str, value: Any) -> dict[str, Any]:
    """An exit inside another step: a Refusal says more than the list's own sentence would."""
    if not isinstance(value, dict) or value.get("op") != "exit":
        raise ValueError
    step = _step(dialect, dict(value))
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
        dialect = convert("dialect", record["dialect"], _CONVERSIONS["dialect"])
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
        if len(answers.get("lrs", ())) not in (0, self._config["nr_lrs"]):
            raise Refusal(
                f'"lrs" has {len(answers["lrs"])} words; the config\'s "nr_lrs" is {self._config["nr_lrs"]}'
            )
        for nested in answers.get("halt", {}).values():
            self._move("exit", nested)
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
