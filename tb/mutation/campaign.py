# SPDX-License-Identifier: Apache-2.0
"""A campaign: mutants of one device meet the recorded regression, and those that survive it the prover."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tb import simulator
from tb.errors import UserError
from tb.model.hardware.parameters import Parameters
from tb.mutation import equivalence, mutants, stimuli
from tb.mutation.mutants import Mutant
from tb.mutation.stimuli import Stimulus, Volume
from tb.simulator import Build

PLAYER: Final = "tb.mutation.play"
RESULTS: Final = "results.json"  # what PLAYER leaves in the directory of its run
KILLED, EQUIVALENT, SURVIVED = "killed", "equivalent", "survived"
# The bits of `differs` in mutation_top.sv.
CHECKS: Final = ("handshake", "response", "read data", "line", "deactivation", "observation port")


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

    Prints how far it is.

    Raises:
        UserError: the device has not so many mutants, or fails as it is.
    """
    netlist, listed = mutants.make(parameters, number, seed)
    recording = netlist.with_name("recording")
    print(f"{number} mutants; recording the regression", flush=True)
    parts = stimuli.record(parameters, seed, recording, volume)
    print(*(f"{part.name}: {part.accesses[-1]} accesses" for part in parts), sep=", ", flush=True)
    build = Build(
        "verilator",
        parameters,
        variant=f"mutants{number}-seed{seed}",
        sources=(netlist,),
        top="mutation_top",
    )
    results = _play(build, recording, number, jobs)
    recording.unlink()
    return judge(parameters, seed, listed, parts, results, netlist.parent, jobs)


def _play(build: Build, recording: Path, number: int, jobs: int) -> list[tuple[int, int]]:
    """Of 0, the device as it is, and each mutant: how many edges were as recorded, what differed then."""
    simulator.compile(build)
    size = -(-(number + 1) // (4 * jobs))

    def play(first: int) -> list[tuple[int, int]]:
        options = {
            "RECORDING": str(recording),
            "FIRST": str(first),
            "LAST": str(min(first + size - 1, number)),
        }
        result = simulator.run(build, PLAYER, seed=0, name="mutants", options=options)
        if not result.ok:
            raise UserError(f"mutants from {first} on: {result.failures}")
        return [(edges, differs) for edges, differs in json.loads((result.directory / RESULTS).read_text())]

    with ThreadPoolExecutor(jobs) as pool:
        return [one for part in pool.map(play, range(0, number + 1, size)) for one in part]


def judge(
    parameters: Parameters,
    seed: int,
    listed: Sequence[Mutant],
    parts: list[Stimulus],
    results: list[tuple[int, int]],
    place: Path,
    jobs: int = 1,
) -> Campaign:
    """What the results of _play mean; those that nothing differed for go to the prover.

    Raises:
        UserError: the device as it is differs from the recording, or was not compared with all of it.
    """
    edges = sum(len(part.accesses) for part in parts)
    if results[0] != (edges, 0):
        raise UserError(
            f"the device without a mutant is as recorded at {results[0][0]} edges only, of {edges}"
        )
    proofs = equivalence.prove(
        [mutant for mutant, (_, differs) in zip(listed, results[1:], strict=True) if not differs],
        place,
        jobs,
    )
    return Campaign(
        parameters,
        seed,
        [_fate(mutant, *result, parts, proofs) for mutant, result in zip(listed, results[1:], strict=True)],
        parts,
    )


def _fate(
    mutant: Mutant, edges: int, differs: int, parts: list[Stimulus], proofs: dict[int, equivalence.Verdict]
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
