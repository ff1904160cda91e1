# SPDX-License-Identifier: Apache-2.0
"""Makes a failing script as simple as it gets: delta debugging over its steps, its sizes and their values."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import process_time
from typing import Final, NamedTuple

from tb.model.machine import gicd
from tb.model.machine.operations import COMPLETE, DistributorAccess, VirtualAccess
from tb.model.shrink.play import Outcome
from tb.model.shrink.script import Script, Step

Test = Callable[[Script], Outcome]
FIRST_LENGTH: Final = 32  # steps


class Cost(NamedTuple):
    """What is simpler, in this order.

    length   steps, records and, above all, entries
    lrs      list registers
    cpus     virtual and physical
    details  interruptions, draws and bits set in values
    """

    length: int
    lrs: int
    cpus: int
    details: int

    @classmethod
    def of(cls, script: Script, outcome: Outcome) -> "Cost":
        """Of a script and its run."""
        setup = script.setup
        details = sum(
            (step.turns is not None) + len(step.draws) + _value(step).bit_count() for step in script.steps
        )
        length = 10 * outcome.entries + outcome.records + len(script.steps)
        return cls(length, setup.num_lr, setup.vcpus + setup.pcpus, details)


class NotPlayableError(ValueError):
    """The script of a run does not violate what the run did; it may come to rest in another way."""


class OutOfTime(Exception):
    """The time for shrinking is over."""


class Minimiser:
    """Shrinks one script. `script` and `outcome` are the best so far, at any time.

    tries  scripts played
    """

    def __init__(self, script: Script, test: Test, seconds: float) -> None:
        """`test` plays a script; its outcome has a violation if that is the one to keep.

        seconds  of CPU time: what else the machine does shall not change the result
        """
        self.script = script
        self.outcome = test(script)
        self.tries = 1
        self._test: Final = test
        self._deadline: Final = process_time() + seconds
        if not self.outcome.violation:
            raise NotPlayableError("its script comes to another end than the run, so it cannot be shrunk")
        self._cost = Cost.of(script, self.outcome)

    def run(self) -> bool:
        """Until nothing is left to try; false if the time was over before."""
        try:
            self._cut()
            before = None
            while before != self._cost:
                before = self._cost
                self._drop_kinds()
                self._drop_chunks()
                self._drop_actors()
                self._shrink_sizes()
                self._simplify()
        except OutOfTime:
            return False
        return True

    def _try(self, script: Script) -> bool:
        """Keep a script if it still fails and is simpler."""
        if process_time() > self._deadline:
            raise OutOfTime
        self.tries += 1
        outcome = self._test(script)
        if not outcome.violation:
            return False
        script = replace(script, steps=script.steps[: outcome.steps])
        cost = Cost.of(script, outcome)
        if cost >= self._cost:
            return False
        self.script, self.outcome, self._cost = script, outcome, cost
        return True

    def _try_steps(self, steps: Sequence[Step]) -> bool:
        return self._try(replace(self.script, steps=tuple(steps)))

    def _cut(self) -> None:
        """Long scripts take long. The shortest end that fails, after the settings; or the shortest beginning,
        where the violation shows at rest: lengths grow, so all together take no longer than the whole.
        """
        steps = self.script.steps
        length = FIRST_LENGTH
        while length < len(steps):
            if self._try_steps(steps[:length] if self.script.rests else _with_settings(steps, length)):
                return
            length *= 2

    def _drop_kinds(self) -> None:
        """All interruptions, all draws, all actions of a kind."""
        self._try_steps([step._replace(turns=None) for step in self.script.steps])
        self._try_steps([step._replace(draws=()) for step in self.script.steps])
        for kind in sorted({type(step.action) for step in self.script.steps}, key=str):
            self._try_steps([step for step in self.script.steps if type(step.action) is not kind])

    def _drop_actors(self) -> None:
        """All that an actor does."""
        for actor in sorted({step.actor for step in self.script.steps}):
            self._try_steps([step for step in self.script.steps if step.actor != actor])

    def _drop_chunks(self) -> None:
        """Some steps in a row: first many, in the end each. From the end, where most is not needed."""
        size = max(1, len(self.script.steps) // 2)
        while size:
            end = len(self.script.steps)
            while end > 0:
                steps = self.script.steps
                start = max(0, end - size)
                self._try_steps(steps[:start] + steps[end:])
                end = start
            size //= 2

    def _shrink_sizes(self) -> None:
        """Fewer list registers, CPUs and vCPUs."""
        for name in ("num_lr", "pcpus", "vcpus"):
            for size in range(1, getattr(self.script.setup, name)):
                if self._try(replace(self.script, setup=replace(self.script.setup, **{name: size}))):
                    break

    def _simplify(self) -> None:
        """Steps one by one: without interruption, without draws, with less in their values."""
        for index in range(len(self.script.steps)):
            for part in ("turns", "draws", *range(32)):
                steps = self.script.steps
                if index >= len(steps):
                    return
                if simpler := _simpler(steps[index], part):
                    self._try_steps([*steps[:index], simpler, *steps[index + 1 :]])


def _with_settings(steps: tuple[Step, ...], length: int) -> list[Step]:
    """The last steps, and before them the first and last setting of each register."""
    early = steps[:-length]
    first: dict[object, int] = {}
    last: dict[object, int] = {}
    for index, step in enumerate(early):
        action = step.action
        key: object = None
        if isinstance(action, DistributorAccess) and action.write and action.offset != gicd.SGIR:
            key = step.actor, action.offset
        elif isinstance(action, VirtualAccess) and action.write and action.register not in COMPLETE:
            key = step.actor, action.register
        if key:
            first.setdefault(key, index)
            last[key] = index
    kept = sorted({*first.values(), *last.values()})
    return [*(Step(early[index].actor, early[index].action) for index in kept), *steps[-length:]]


def _value(step: Step) -> int:
    """What a step writes."""
    action = step.action
    return action.value if isinstance(action, VirtualAccess | DistributorAccess) and action.write else 0


def _simpler(step: Step, part: str | int) -> Step | None:
    """A step without its turns, its draws, or a bit that it writes; None if it has no such part."""
    if part == "turns":
        return None if step.turns is None else step._replace(turns=None)
    if part == "draws":
        return step._replace(draws=()) if step.draws else None
    assert isinstance(part, int)
    value = _value(step)
    if not value >> part & 1:
        return None
    assert isinstance(step.action, VirtualAccess | DistributorAccess)
    return step._replace(action=step.action._replace(value=value & ~(1 << part)))
