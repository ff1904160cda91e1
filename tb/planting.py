# SPDX-License-Identifier: Apache-2.0
"""Planted errors: one copy of the RTL that holds many wrong expressions, chosen at run time.

tests/planted/errors.toml lists them. In the copy, each replaced expression becomes a choice by the number on
`planted`, a pin of the top module: 0 is the device as it is, n the n-th error of the list.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.paths import ROOT

LIST = ROOT / "tests" / "planted" / "errors.toml"
SELECT_WIDTH = 10
_KEYS = {"rule", "file", "find", "plant", "declare", "cited_as", "parameters"}


@dataclass(frozen=True)
class PlantedError:
    """One wrong expression and the rule that it breaks.

    number: its value of the select, from 1 on. find: text of the file around «the replaced expression».
    cited_as: the rule that the checker's message must cite.
    """

    number: int
    name: str
    rule: str
    file: str
    find: str
    plant: str
    declare: str = ""
    cited_as: str = ""
    parameters: Parameters = field(default_factory=Parameters)


def load(path: Path = LIST) -> tuple[PlantedError, ...]:
    """The list of planted errors, in its order.

    Raises:
        UserError: an entry lacks a key, has one too many, or does not mark one expression.
    """
    errors = []
    for number, (name, entry) in enumerate(tomllib.loads(path.read_text(encoding="utf-8")).items(), start=1):
        if missing := {"rule", "file", "find", "plant"} - entry.keys():
            raise UserError(f"{path.name}: [{name}] lacks {', '.join(sorted(missing))}")
        if unknown := entry.keys() - _KEYS:
            raise UserError(
                f"{path.name}: [{name}] has {', '.join(sorted(unknown))}: allowed is {sorted(_KEYS)}"
            )
        if entry["find"].count("«") != 1 or entry["find"].count("»") != 1:
            raise UserError(f"{path.name}: [{name}] must mark one expression in `find` as «expression»")
        values = {"cited_as": entry["rule"]} | entry
        values["parameters"] = Parameters(**entry.get("parameters", {}))
        errors.append(PlantedError(number, name, **values))
    if len(errors) >= 1 << SELECT_WIDTH:
        raise UserError(f"{path.name}: {len(errors)} errors do not fit in {SELECT_WIDTH} select bits")
    return tuple(errors)


def plant(text: str, errors: list[PlantedError], top: str = "tb_top") -> str:
    """The text of one RTL file with the errors in it, each behind its number on a pin of `top`.

    Raises:
        UserError: an error's text does not occur exactly once, or two errors' expressions overlap
            without being the same.
    """
    spans: dict[tuple[int, int], list[PlantedError]] = {}
    for error in errors:
        spans.setdefault(_span(text, error), []).append(error)

    pieces, done = [], 0
    for (start, end), here in sorted(spans.items()):
        if start < done:
            names = ", ".join(error.name for error in here)
            raise UserError(f"planted error {names}: its expression overlaps another one in {here[0].file}")
        select = f"{top}.planted == {SELECT_WIDTH}'d"
        choice = "".join(f"{select}{error.number} ? ({error.plant}) : " for error in here)
        pieces += [text[done:start], f"({choice}({text[start:end]}))"]
        done = end
    pieces.append(text[done:])
    declarations = "\n".join(dict.fromkeys(error.declare for error in errors if error.declare))
    return "".join(pieces).replace("endmodule", f"{declarations}\nendmodule")


def plant_one(text: str, error: PlantedError) -> str:
    """The text of one RTL file with this error in place of what is right."""
    start, end = _span(text, error)
    return f"{text[:start]}({error.plant}){text[end:]}".replace("endmodule", f"{error.declare}\nendmodule")


def _span(text: str, error: PlantedError) -> tuple[int, int]:
    """Where the expression begins and ends that the error replaces."""
    before, expression, after = error.find.replace("»", "«").split("«")
    if (count := text.count(before + expression + after)) != 1:
        raise UserError(
            f"planted error {error.name}: `find` occurs {count} times in {error.file}: allowed is once"
        )
    start = text.index(before + expression + after) + len(before)
    return start, start + len(expression)


def plant_all(
    errors: tuple[PlantedError, ...], sources: tuple[Path, ...], directory: Path, top: str = "tb_top"
) -> tuple[Path, ...]:
    """Write the sources with all errors planted into the directory; returns the files to build."""
    by_file: dict[str, list[PlantedError]] = {str(source.relative_to(ROOT)): [] for source in sources}
    for error in errors:
        if error.file not in by_file:
            raise UserError(f"planted error {error.name}: {error.file} is no RTL file")
        by_file[error.file].append(error)
    directory.mkdir(parents=True, exist_ok=True)
    files = []
    for name, here in by_file.items():
        file = directory / Path(name).name
        file.write_text(plant((ROOT / name).read_text(), here, top))
        files.append(file)
    return tuple(files)
