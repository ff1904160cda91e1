# SPDX-License-Identifier: Apache-2.0
"""Conformance: what the models of software VGICs answer, compared with what the real ones did."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from tb.model import software_trace
from tb.model.conformance.classic import ClassicSubject
from tb.model.conformance.new_vgic import NewVgicSubject
from tb.model.hypervisor.platform import HypervisorStopped
from tb.model.software_keys import Word
from tb.model.software_trace import Step

_MAX_SENTENCES: Final = 20  # of one trace; all mismatches are counted


class Subject(Protocol):
    """A VGIC under test, with the hardware below it."""

    def answer(self, op: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do a step. All that came of it, as Step.answers has it."""


Subjects = Mapping[str, Callable[[Mapping[str, Any]], Subject]]
SUBJECTS: Final[Subjects] = {  # what makes one of a config's inputs, by dialect
    "xen": NewVgicSubject,
    "kvm17": NewVgicSubject,
    "kvm19": NewVgicSubject,
    "classic": ClassicSubject,
}


@dataclass
class Summary:
    """What was compared. The summaries of several traces add up.

    files, steps  done on a model
    answers       single values of the traces that were compared: a word, a list of kicks, a field of a record
    mismatches    answers that differ, are missing, or are not in the trace
    sentences     the first mismatches of each trace: file, line, the model's answer and the trace's
    """

    files: int = 0
    steps: int = 0
    answers: int = 0
    mismatches: int = 0
    sentences: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether something was compared and nothing differs."""
        return self.mismatches == 0 and self.answers > 0

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(
            self.files + other.files,
            self.steps + other.steps,
            self.answers + other.answers,
            self.mismatches + other.mismatches,
            self.sentences + other.sentences,
        )

    def __str__(self) -> str:
        return (
            f"{self.files} files, {self.steps} steps, {self.answers} answers compared, "
            f"{self.mismatches} mismatches"
        )


def conform(paths: Iterable[Path | str], subjects: Subjects = SUBJECTS) -> Summary:
    """Do the steps of traces on models and compare every answer. TraceError where a file is no trace."""
    return sum((_conform(path, subjects) for path in paths), Summary())


def _conform(path: Path | str, subjects: Subjects) -> Summary:
    summary = Summary(files=1)
    subject: Subject | None = None
    for line, step in enumerate(software_trace.read(path), 1):
        subject = subject or subjects[step.inputs["dialect"]](step.inputs)
        summary.steps += 1
        try:
            answers = subject.answer(step.op, step.inputs)
        except HypervisorStopped as stop:
            _note(summary, f"{path}:{line}", step, [f"the model stops: {stop}"])
            break
        summary.answers += sum(1 for _ in _leaves(step.answers))
        if answers != step.answers:
            _note(summary, f"{path}:{line}", step, list(_differences(answers, step.answers)))
    return summary


def _note(summary: Summary, place: str, step: Step, differences: list[str]) -> None:
    summary.mismatches += len(differences)
    room = _MAX_SENTENCES - len(summary.sentences)
    summary.sentences += [f"{place}: {_name(step)}: {text}" for text in differences[:room]]


_NOTHING: Final = object()


def _leaves(answers: Mapping[Any, Any], path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The single values of answers, by their keys from outermost to innermost."""
    for key, value in answers.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _differences(answers: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    given, wanted = dict(_leaves(answers)), dict(_leaves(expected))
    for key in [*wanted, *(key for key in given if key not in wanted)]:
        one, other = given.get(key, _NOTHING), wanted.get(key, _NOTHING)
        if one != other:
            if isinstance(one, int) and isinstance(other, Word):
                one = Word(one)
            yield f"{_path(key)} is {_value(one)}, the trace has {_value(other)}"


def _path(key: tuple[Any, ...]) -> str:
    """As `lrs[1]`, `irqs[36].active`, `irqs[27 of vCPU 1].on`, `state.pending.spi`."""
    text = ""
    for part in key:
        if isinstance(part, str):
            text += f".{part}" if text else part
        elif isinstance(part, tuple):
            intid, owner = part
            text += f"[{intid}]" if owner is None else f"[{intid} of vCPU {owner}]"
        else:
            text += f"[{part}]"
    return text


def _value(value: object) -> str:
    return "nothing" if value is _NOTHING else "null" if value is None else str(value)


def _name(step: Step) -> str:
    inputs = step.inputs
    what = [step.op]
    if step.op == "mmio":
        what.append(f"{'read' if inputs['rw'] == 'r' else 'write'} at {inputs['off']}")
    elif "reg" in inputs:
        what.append(f"{'read' if inputs['rw'] == 'r' else 'write'} of {inputs['reg']}")
    for key in ("intid", "vintid", "pintid"):
        if key in inputs:
            what.append(str(inputs[key]))
    if inputs.get("vcpu") is not None:
        what.append(f"of vCPU {inputs['vcpu']}")
    return " ".join(what)
