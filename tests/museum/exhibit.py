# SPDX-License-Identifier: Apache-2.0
"""What a piece of the museum is, and how it is made from models that know nothing of it."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from inspect import getsource
from types import ModuleType
from typing import Any

from tb.model.defects import FIXED, fixed
from tb.model.hardware.parameters import Parameters
from tb.model.machine.hardware import Hardware, ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS, Kind, kind


@dataclass(frozen=True)
class Exhibit:
    """A real bug in a model, or in the hardware, that has no other: a mutant of a mended dialect.

    bug         its id in docs/bug-museum.md
    name        which mutant of that bug
    source      where the bug was real
    rules       that it breaks
    invariants  that it is known to break
    dialect     whose mended version it is made from
    kind        the hypervisor, with the bug or without
    num_lr      list registers a bank
    vcpus       virtual CPUs
    entries     guest entries of a run
    hardware    the banks, with the bug or without
    """

    bug: str
    name: str
    source: str
    rules: tuple[str, ...]
    invariants: frozenset[str]
    dialect: str
    kind: Kind
    num_lr: int = 4
    vcpus: int = 3
    entries: int = 400
    hardware: Callable[[Parameters], Hardware] = ReferenceHardware

    def __str__(self) -> str:
        return f"{self.bug}: {self.name}"


def unchanged(dialect: str) -> Kind:
    """The mended dialect."""
    return HYPERVISORS[dialect + FIXED]


def mutant(dialect: str, mutate: Callable[[Any], Any]) -> Kind:
    """The mended dialect with something wrong."""
    return kind(dialect, mutate(fixed(dialect)))


def mixed(mixin: type, part: Any) -> Any:
    """A dialect's part made anew, with the mixin's methods before its own."""
    values = {field.name: getattr(part, field.name) for field in fields(part)} if is_dataclass(part) else {}
    return type(mixin.__name__, (mixin, type(part)), {})(**values)


def patched(module: ModuleType, right: str, wrong: str) -> Any:
    """A copy of a module in which a text that occurs once is replaced."""
    source = getsource(module)
    assert source.count(right) == 1, f"{module.__name__} has {right!r} {source.count(right)} times"
    copy = ModuleType(module.__name__)
    exec(compile(source.replace(right, wrong), f"<{module.__name__}, patched>", "exec"), copy.__dict__)
    return copy
