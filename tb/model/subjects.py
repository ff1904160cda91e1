# SPDX-License-Identifier: Apache-2.0
"""What can be run and held to the invariants: the models, by their names, and VGICs in Python files.

Such a file has `HYPERVISOR`, a Kind, and may have `TRAITS`. It can import what lies beside it.
"""

import sys
import traceback
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from inspect import iscoroutinefunction
from pathlib import Path
from types import ModuleType
from typing import Final, NamedTuple

from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.platform import Vgic
from tb.model.ledger import TRAITS, Traits
from tb.model.machine.events import Publisher
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import HYPERVISORS, Kind
from tb.model.machine.machine import Machine, Setup
from tb.model.machine.scenarios import SCENARIOS

SUFFIX: Final = ".py"  # a dialect that ends so is a file
VERBS: Final = tuple(name for name, member in vars(Vgic).items() if iscoroutinefunction(member))


class Subject(NamedTuple):
    """A hypervisor, and what its VGIC changes in the invariants."""

    kind: Kind
    traits: Traits


class SubjectError(Exception):
    """A file with no hypervisor that could be run: where and why, in one sentence."""


def subject(dialect: str) -> Subject:
    """That of a dialect. SubjectError: it is a file without one."""
    if is_file(dialect):
        return _load(Path(dialect))
    return Subject(HYPERVISORS[dialect], TRAITS[dialect])


def is_file(dialect: str) -> bool:
    """Whether it is a path."""
    return dialect.endswith(SUFFIX)


def name_of(dialect: str) -> str:
    """In a word, for lines and names of files."""
    return Path(dialect).stem if is_file(dialect) else dialect


def check(dialect: str, scenario: str, setup: Setup) -> None:
    """SubjectError where a file's VGIC cannot be made for such a machine, or lacks a verb."""
    path, kind = Path(dialect), subject(dialect).kind
    hardware = ReferenceHardware(Parameters(num_cpu=setup.pcpus, num_lr=setup.num_lr))
    try:
        vgic = Machine(kind, SCENARIOS[scenario], setup, hardware, Publisher()).board.hypervisor.vgic
    except Exception as error:
        raise SubjectError(_sentence(path, error)) from None
    missing = [verb for verb in VERBS if not iscoroutinefunction(getattr(vgic, verb, None))]
    if missing:
        raise SubjectError(f"{path}: its {type(vgic).__name__} has no async def {', '.join(missing)}")


@cache
def _load(path: Path) -> Subject:
    module = _execute(path)
    kind, traits = getattr(module, "HYPERVISOR", None), getattr(module, "TRAITS", Traits())
    if not isinstance(kind, Kind):
        raise SubjectError(f"{path}: it needs HYPERVISOR = Kind(Hypervisor, ...) (docs/your-vgic.md)")
    if not isinstance(traits, Traits):
        raise SubjectError(f"{path}: its TRAITS are no Traits(...) (docs/your-vgic.md)")
    return Subject(kind, traits)


def _execute(path: Path) -> ModuleType:
    if not path.is_file():
        raise SubjectError(f"{path}: there is no such file")
    spec = spec_from_file_location(f"vgic_{path.stem}", path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look there
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise SubjectError(_sentence(path, error)) from None
    return module


def told(dialect: str, error: Exception) -> str:
    """What ended a run: an exception of a file's VGIC in a line, one of ours with all that led to it."""
    place = _place(Path(dialect), error)
    if not place:
        return "".join(traceback.format_exception(error))
    return ", ".join((f"{place}: {_words(error)}", *getattr(error, "__notes__", ())))


def _sentence(path: Path, error: BaseException) -> str:
    """What has happened, and where in the file."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: {type(error).__name__}: {error.msg}"
    return f"{_place(path, error) or path}: {_words(error)}"


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _place(path: Path, error: BaseException) -> str:
    """The last line of the file, or of another beside it, that the error came through; empty: none."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if is_file(str(path)) and Path(frame.filename).parent == path.parent
    ]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
