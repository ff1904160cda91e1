# SPDX-License-Identifier: Apache-2.0
"""The keys of software traces: which op of which dialect has which, and what they may hold.

docs/software-trace-format.md says what they mean.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from gicv2_registers import REGISTERS
from tb.model.json_lines import Conversion, hexadecimal, integer

LAST_INTID: Final = 1019
FIRST_PPI: Final = 16
FIRST_SPI: Final = 32
LAST_VCPU: Final = 7  # GICv2

DIALECTS: Final = ("xen", "kvm17", "kvm19", "classic")


class Word(int):
    """A register's value or a bitmap: a number that is shown in hexadecimal."""

    def __repr__(self) -> str:
        return f"{int(self):#x}"

    __str__ = __repr__


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


def _mapping(item: _Convert, name: str | None = None) -> _Convert:
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


def _irqs(keys: Mapping[str, _Convert]) -> _Convert:
    """Of a list of records with these keys, to a mapping by INTID and owner."""

    def convert_irq(irq: Any) -> tuple[tuple[int, int | None], dict[str, Any]]:
        intid, owner = _INTID(irq["intid"]), _VCPU_OR_NULL(irq["owner"])
        wanted = {**keys, "pintid": _INTID} if irq["hw"] else keys
        if (owner is None) != (intid >= FIRST_SPI) or irq.keys() != {"intid", "owner", *wanted}:
            raise ValueError
        return (intid, owner), {key: item(irq[key]) for key, item in wanted.items()}

    convert_list = _list(_of_object(convert_irq))
    return lambda value: dict(convert_list(value))


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
_NOT_SGI: Final = (_number(LAST_INTID, FIRST_PPI), f"{FIRST_PPI} to {LAST_INTID}")
_CPUS: Final = (_number(LAST_VCPU + 1, 1), f"1 to {LAST_VCPU + 1}")
_TEXT: Final = (_string, "a string")
_IDS: Final = (_list(_INTID), "a list of INTIDs")
_OPERATIONS: Final = (_list(_operation), 'a list of lists such as ["sample", 27, 1]')
_VCPU_OR_SPI: Final = (_VCPU_OR_NULL, f"0 to {LAST_VCPU}, null for an SPI")
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
    "intid": _NOT_SGI,
    "vintid": _NOT_SGI,
    "pintid": _NOT_SGI,
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
    "halt": (_list(_of_object(lambda value: value)), "a list of exit records"),
    "state": (_STATE, "an object of the classic VGIC's bitmaps"),
}


def _conversion(dialect: str, op: str, key: str) -> Conversion:
    """What a key may hold; some depend on the dialect or the op."""
    if key == "irqs":
        keys = _IRQS[dialect]
        allowed = f"a list of objects with intid, owner, {', '.join(keys)}, and with pintid if hw is 1"
        return _irqs(keys), allowed
    if key == "used" and dialect == "classic":
        return _HEX64
    if key == "vcpu" and op in ("inject", "map", "unmap", "phys"):
        return _VCPU_OR_SPI
    return _CONVERSIONS[key]


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


class Key(NamedTuple):
    """What is known of a key: what it may hold, whether it is an input, whether it must be there."""

    conversion: Conversion
    is_input: bool
    is_needed: bool


def _keys(dialect: str, op: str, text: str) -> dict[str, Key]:
    inputs, _, answers = text.partition("|")
    if op != "config":
        answers += " " + _EVENTS[dialect]
    keys = {}
    for group, is_input in ((inputs, True), (answers, False)):
        for word in group.split():
            key = word.removesuffix("?")
            keys[key] = Key(_conversion(dialect, op, key), is_input, key == word)
    return keys


KEYS: Final = {  # by dialect, op and key
    dialect: {op: _keys(dialect, op, text) for op, text in ops.items()} for dialect, ops in _OPS.items()
}
