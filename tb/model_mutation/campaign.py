# SPDX-License-Identifier: Apache-2.0
"""A campaign: the models with one mutant at a time meet a share of the regression."""

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.model_mutation.judge import DEVICES, MODEL, RECORDINGS
from tb.model_mutation.mutants import Function, Identity, Mutant, functions, sample
from tb.mutation import stimuli
from tb.mutation.stimuli import Volume
from tb.paths import ROOT

LOCKSTEP: Final = Volume(accesses=3000, records=300, cases=[("kvm17", "mixed")], entries=20, directed=False)
EQUIVALENTS: Final = Path(__file__).with_name("equivalents.toml")
JUDGED: Final = ("hardware", "hypervisor")  # folders of tb/model; half of all mutants are there
KILLED, EQUIVALENT, SURVIVED = "killed", "equivalent", "survived"
TIMEOUT: Final = "timeout"
ALL: Final = 1000  # checks
_PATIENCE: Final = 600  # seconds of wall-clock time, for what waits and uses none of the processor's
_JUDGE: Final = "tb.model_mutation.judge"


@dataclass(frozen=True)
class Fate:
    """What became of a mutant.

    end    KILLED, EQUIVALENT or SURVIVED
    check  what killed it: a check, or TIMEOUT
    words  what that said; of an equivalent, why it is one
    """

    mutant: Mutant
    end: str
    check: str = ""
    words: str = ""

    @property
    def folder(self) -> str:
        """Of tb/model; "." if it lies in none."""
        return (Path(self.mutant.identity.file).parts[:-1] or (".",))[0]


def number(fates: Iterable[Fate], end: str) -> int:
    """How many came to an end."""
    return sum(fate.end == end for fate in fates)


def score(fates: Iterable[Fate]) -> float:
    """The share that was killed of those that are not equivalent, in per cent."""
    ends = [fate.end for fate in fates]
    return 100 * ends.count(KILLED) / max(1, len(ends) - ends.count(EQUIVALENT))


def line(fates: Sequence[Fate]) -> str:
    """The words that end it."""
    return (
        f"mutate: {len(fates)} mutants, {number(fates, KILLED)} killed, "
        f"{number(fates, EQUIVALENT)} equivalent, {number(fates, SURVIVED)} survivors"
    )


def chosen(several: int, seed: int, files: Collection[Path] | None = None) -> list[Mutant]:
    """So many mutants of tb/model, or of some of its files; half of them where JUDGED.

    Raises:
        UserError: an entry of EQUIVALENTS is of no mutant.
    """
    found = [one for file in sorted(files or MODEL.rglob("*.py")) for one in functions(file)]
    _exist(equivalents(), found)
    parts: tuple[list[Function], list[Function]] = [], []
    for one in found:
        parts[one.file.relative_to(MODEL).parts[0] in JUDGED].append(one)
    others, judged = parts
    half = several // 2 if others else 0
    return [*sample(judged, several - half, seed), *sample(others, half, seed)]


def run(mutants: Sequence[Mutant], jobs: int, count: int = ALL) -> list[Fate]:
    """What becomes of mutants in the first checks; so many processes at one time. Prints how far it is.

    Raises:
        UserError: the models fail as they are, or an equivalent mutant is killed.
    """
    RECORDINGS.mkdir(parents=True, exist_ok=True)
    for name, parameters in DEVICES.items():
        recording = RECORDINGS / f"{name}.{os.getpid()}"
        stimuli.record(Parameters(**parameters), 1, recording, LOCKSTEP)
        recording.replace(recording.with_suffix(".recording"))
    checks = Checks(count)
    reasons = equivalents()

    def fate(numbered: tuple[int, Mutant]) -> Fate:
        place, mutant = numbered
        failure, reason = checks.failure(mutant), reasons.get(mutant.identity)
        if failure and reason:
            raise UserError(f"{EQUIVALENTS.name}: {mutant.place} is no equivalent: {': '.join(failure)}")
        if place % 50 == 0:
            print(f"{place} of {len(mutants)}", flush=True)
        if failure:
            return Fate(mutant, KILLED, *failure)
        return Fate(mutant, EQUIVALENT if reason else SURVIVED, words=reason or "")

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(fate, enumerate(mutants, 1)))


class Checks:
    """Those that judge mutants; each mutant in a process of its own."""

    def __init__(self, count: int = ALL) -> None:
        """Have the first of them run once, without a mutant. UserError where one fails."""
        done = _process(str(count))
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1]
            raise UserError(f"the models fail as they are: {reason}")
        first, *checks = json.loads(done.stdout.splitlines()[-1])
        self._at_import: Final = {(file, name) for file, name in first}
        self._functions: Final = [{(file, name) for file, name in one} for one in checks]

    def failure(self, mutant: Mutant) -> tuple[str, str] | None:
        """What kills it, and how."""
        numbers = self._numbers(mutant)
        if not numbers:
            return None
        file = RECORDINGS / f"{os.getpid()}-{id(mutant)}.py"
        file.write_text(mutant.source, encoding="utf-8")
        try:
            done = _process(json.dumps(numbers), mutant.module, str(file))
        except subprocess.TimeoutExpired:
            return TIMEOUT, "it waits"
        finally:
            file.unlink()
        if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            return TIMEOUT, "it goes on and on"
        if done.returncode:
            return "start", done.stderr.strip().splitlines()[-1]
        failure = json.loads(done.stdout.splitlines()[-1])
        return failure and (failure[0], failure[1])

    def _numbers(self, mutant: Mutant) -> list[int]:
        """Of the checks that run it."""
        function = mutant.identity.file, mutant.identity.function
        everywhere = not mutant.called or function in self._at_import
        return [number for number, some in enumerate(self._functions) if everywhere or function in some]


def _process(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A judge. It keeps bytecode of the right models only: a mutant's could be taken for another's."""
    environment = {**os.environ, "COMPILED": "0", "PYTHONDONTWRITEBYTECODE": "1" if arguments[1:] else ""}
    command = [sys.executable, "-m", _JUDGE, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=_PATIENCE
    )


def equivalents() -> dict[Identity, str]:
    """Those that are known, and why each is one."""
    entries = tomllib.loads(EQUIVALENTS.read_text(encoding="utf-8"))["equivalent"]
    return {Identity(*(entry[name] for name in Identity._fields)): entry["reason"] for entry in entries}


def _exist(known: Iterable[Identity], found: Sequence[Function]) -> None:
    """Raise UserError for one that is not among the mutants of its file."""
    files = {one.file.relative_to(MODEL).as_posix() for one in found}
    for identity in known:
        if identity.file in files and not any(
            one.mutant(change).identity == identity
            for one in found
            if (one.file.relative_to(MODEL).as_posix(), one.name) == identity[:2]
            for change in one.changes
        ):
            raise UserError(f"{EQUIVALENTS.name}: there is no such mutant: {' '.join(identity[:3])}")
