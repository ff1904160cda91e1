# SPDX-License-Identifier: Apache-2.0
"""A campaign: mutants of one device meet the recorded regression, and those that survive it the prover."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from filelock import FileLock

from tb import progress, simulator
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.mutation import equivalence, mutants, stimuli
from tb.mutation.mutants import Mutant
from tb.mutation.stimuli import Stimulus, Volume
from tb.simulator import Build
from tb.uvm.sample import Layout

PLAYER: Final = "tb.mutation.play"
RESULTS: Final = "results.json"  # what PLAYER leaves in the directory of its run
EARLY: Final = 30_000  # edges after which most of those that live are equivalent: they go no further
KILLED, EQUIVALENT, SURVIVED = "killed", "equivalent", "survived"
# The bits of `differs` in mutation_top.sv.
CHECKS: Final = ("handshake", "response", "read data", "line", "deactivation", "observation port")


class Result(NamedTuple):
    """How many edges were as recorded, and what differed then; 0: nothing."""

    edges: int
    differs: int


@dataclass(frozen=True)
class Fate:
    """What became of a mutant.

    end       KILLED, EQUIVALENT or SURVIVED
    stimulus  what killed it
    checks    what differed first
    accesses  that it had answered by then, in the order of the recording
    witness   of a survivor: in what it can differ, from a state that may or may not be reached
    """

    mutant: Mutant
    end: str
    stimulus: str = ""
    checks: tuple[str, ...] = ()
    accesses: int = 0
    witness: str = ""


@dataclass(frozen=True)
class Campaign:
    """What came of all. stimuli: of the recording, which a survivor has met whole."""

    parameters: Parameters
    seed: int
    fates: list[Fate]
    stimuli: list[Stimulus]

    def number(self, end: str) -> int:
        """How many mutants came to an end, without those in logic that feeds only the observation port."""
        return sum(fate.end == end and not fate.mutant.observation for fate in self.fates)

    @property
    def survivors(self) -> list[Fate]:
        """Those that nobody noticed and that are not proved equivalent."""
        return [fate for fate in self.fates if fate.end == SURVIVED and not fate.mutant.observation]

    @property
    def accesses(self) -> int:
        """What each survivor has answered."""
        return sum(int(part.accesses[-1]) for part in self.stimuli)

    @property
    def edges(self) -> int:
        """Clock edges of the same."""
        return sum(len(part.accesses) for part in self.stimuli)

    @property
    def line(self) -> str:
        """The words that end it."""
        observation = sum(fate.mutant.observation for fate in self.fates)
        return (
            f"mutate: {len(self.fates)} mutants, {self.number(KILLED)} killed, "
            f"{self.number(EQUIVALENT)} equivalent, {observation} observation-only, "
            f"{len(self.survivors)} survivors"
        )


def run(
    parameters: Parameters, number: int, seed: int, jobs: int, volume: Volume = stimuli.WHOLE
) -> Campaign:
    """So many mutants, which the seed chooses, as it does all traffic; so many simulations at one time.

    Prints how far it is. Of equal campaigns at one time all but one wait.

    Raises:
        UserError: the device has not so many mutants, or fails as it is.
    """
    with FileLock(mutants.directory(parameters, number, seed) / "lock"):
        return _run(parameters, number, seed, jobs, volume)


def _run(parameters: Parameters, number: int, seed: int, jobs: int, volume: Volume) -> Campaign:
    netlist, listed = mutants.make(parameters, number, seed)
    recording, beginning = netlist.with_name("recording"), netlist.with_name("beginning")
    print(f"{number} mutants; recording the regression", flush=True)
    parts = stimuli.record(parameters, seed, recording, volume)
    print(*(f"{part.name}: {part.accesses[-1]} accesses" for part in parts), sep=", ", flush=True)
    with recording.open("rb") as whole:
        beginning.write_bytes(whole.read(EARLY * Layout(parameters).size))
    build = Build(
        "verilator",
        parameters,
        variant=f"mutants{number}-seed{seed}",
        sources=(netlist,),
        top="mutation_top",
    )
    results = _play(build, beginning, [mutant.number for mutant in listed], jobs)
    alive = [mutant for mutant in listed if not results[mutant.number].differs]
    print(f"{len(alive)} live after {EARLY} edges, and go to the prover", flush=True)
    proofs = equivalence.prove(alive, netlist.parent, jobs)
    results |= _play(build, recording, [0, *(n for n in proofs if not proofs[n].equivalent)], jobs)
    recording.unlink()
    beginning.unlink()
    return judge(parameters, seed, listed, parts, results, proofs)


def _play(build: Build, recording: Path, numbers: Sequence[int], jobs: int) -> dict[int, Result]:
    """What a recording does to mutants; number 0 is the device as it is."""
    simulator.compile(build)

    def play(some: Sequence[int]) -> dict[int, Result]:
        options = {"RECORDING": str(recording), "MUTANTS": json.dumps(some)}
        run = simulator.run(build, PLAYER, seed=0, name="mutants", options=options)
        if not run.ok:
            raise UserError(f"mutants from {some[0]} on: {run.failures}")
        found = json.loads((run.directory / RESULTS).read_text())
        return {number: Result(*result) for number, result in zip(some, found, strict=True)}

    shares = min(4 * jobs, len(numbers))
    with ThreadPoolExecutor(jobs) as pool:
        played = pool.map(play, (numbers[first::shares] for first in range(shares)))
        parts = progress.counted(played, shares, "mutants")
        return {number: result for part in parts for number, result in part.items()}


def judge(
    parameters: Parameters,
    seed: int,
    listed: Sequence[Mutant],
    parts: list[Stimulus],
    results: Mapping[int, Result],
    proofs: Mapping[int, equivalence.Verdict],
) -> Campaign:
    """What the results, of the device as it is and of each mutant, mean, and the proofs of those that live.

    Raises:
        UserError: the device as it is differs from the recording, or was not compared with all of it.
    """
    edges = sum(len(part.accesses) for part in parts)
    if results[0] != (edges, 0):
        raise UserError(
            f"the device without a mutant is as recorded at {results[0].edges} edges only, of {edges}"
        )
    fates = [_fate(mutant, *results[mutant.number], parts, proofs) for mutant in listed]
    return Campaign(parameters, seed, fates, parts)


def _fate(
    mutant: Mutant,
    edges: int,
    differs: int,
    parts: list[Stimulus],
    proofs: Mapping[int, equivalence.Verdict],
) -> Fate:
    if not differs:
        proof = proofs[mutant.number]
        return Fate(mutant, EQUIVALENT if proof.equivalent else SURVIVED, witness=proof.witness)
    accesses = 0
    for part in parts:
        if edges < len(part.accesses):
            checks = tuple(check for bit, check in enumerate(CHECKS) if differs >> bit & 1)
            return Fate(mutant, KILLED, part.name, checks, accesses + int(part.accesses[edges]))
        edges -= len(part.accesses)
        accesses += int(part.accesses[-1])
    raise AssertionError("more edges than there are")
