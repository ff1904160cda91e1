# SPDX-License-Identifier: Apache-2.0
"""Makes a script of a run that fails."""

from collections import Counter
from collections.abc import Callable, Coroutine
from random import Random
from types import coroutine
from typing import Any, Final, cast

from tb.model.machine.cpus import Vcpu
from tb.model.machine.devices import Range
from tb.model.machine.events import Cause, Exited, LineChanged, Publisher, Pulsed, Rested
from tb.model.machine.guest import Guest, Habits, Layout
from tb.model.machine.hardware import ReferenceHardware
from tb.model.machine.hypervisors import Kind
from tb.model.machine.machine import Machine, Setup
from tb.model.machine.operations import Operation
from tb.model.machine.scenarios import SCENARIOS
from tb.model.machine.scheduler import Scheduler
from tb.model.shrink.play import Matches, Rig, parameters_of, plain
from tb.model.shrink.script import Action, Drive, Pulse, Script, Step, Tick, Want
from tb.model.subjects import subject


class NotingScheduler(Scheduler):
    """Notes who runs, and what they do.

    steps    so far, as lists of Step's fields; `turns` is how many there were
    longest  the most turns of an actor without an access, or another action, in between
    """

    def __init__(self, seed: int, is_over: Callable[[], bool]) -> None:
        super().__init__(seed)
        self.steps: Final[list[list[Any]]] = []
        self.longest = 1
        self._turns: Final[Counter[str]] = Counter()
        self._is_over: Final = is_over

    def spawn(self, name: str, coroutine: Coroutine[Any, Any, None]) -> None:
        """Under the name that scripts give it."""
        name = plain(name)
        super().spawn(name, cast(Coroutine[Any, Any, None], NotedActor(self, name, coroutine)))

    def before(self, name: str) -> None:
        """An actor gets its turn."""
        if self.steps and self.steps[-1][0] == name:
            self.steps[-1][2] += 1
        else:
            self.steps.append([name, None, 1, []])

    def after(self, name: str, request: object) -> None:
        """It has had it."""
        self.stopped = self.stopped or self._is_over()
        self._turns[name] = self._turns[name] + 1 if request is None else 0
        self.longest = max(self.longest, self._turns[name])

    def begin(self, action: Action) -> None:
        """The current actor begins an action."""
        self.steps.append([self.current.name, action, 0, []])
        self._turns[self.current.name] = 0

    def draw(self, number: int) -> None:
        """The current actor has drawn a number."""
        self.steps[-1][3].append(number)

    def finish(self) -> tuple[Step, ...]:
        """The steps. Who began another action after it was not interrupted in it."""
        following: dict[str, Action | None] = {}
        steps = []
        for actor, action, turns, draws in reversed(self.steps):
            interrupted = following.get(actor) is None
            steps.append(Step(actor, action, turns if interrupted else None, tuple(draws)))
            following[actor] = action
        return tuple(reversed(steps))


class NotedActor:
    """An actor's coroutine, as far as a scheduler uses it."""

    def __init__(self, scheduler: NotingScheduler, name: str, actor: Coroutine[Any, Any, None]) -> None:
        self.close: Final = actor.close
        self._scheduler: Final = scheduler
        self._name: Final = name
        self._send: Final = actor.send

    def send(self, answer: object) -> object:
        """Its next turn."""
        request = None
        self._scheduler.before(self._name)
        try:
            request = self._send(answer)
        finally:
            self._scheduler.after(self._name, request)
        return request


class NotedRandom(Random):
    """A stream of an actor whose numbers are noted; not the lengths of a guest's runs, which a Tick ends."""

    def __init__(self, stream: Random, scheduler: NotingScheduler, slices: Range) -> None:
        super().__init__()
        self.setstate(stream.getstate())
        self._scheduler: Final = scheduler
        self._slices: Final = slices

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """As that of the stream."""
        number = super().randrange(start, stop, step)
        if (start, stop) != self._slices:
            self._scheduler.draw(number)
        return number


class NotedGuest(Guest):
    """Tells what it does."""

    noting: NotingScheduler

    async def run(self) -> None:
        """See Guest."""
        await _noted(super().run(), self.noting.begin)


class NotedMachine(Machine):
    """A machine whose run is noted."""

    def __init__(
        self, kind: Kind, scenario: str, setup: Setup, publisher: Publisher, scheduler: NotingScheduler
    ) -> None:
        self._noting: Final = scheduler
        hardware = ReferenceHardware(parameters_of(setup))
        super().__init__(kind, SCENARIOS[scenario], setup, hardware, publisher, scheduler)
        publisher.subscribe(LineChanged, self._changed)
        publisher.subscribe(Pulsed, self._pulsed)
        publisher.subscribe(Exited, self._exited)

    def _random(self, name: str) -> Random:
        stream = super()._random(name)
        if name == "host" or name.startswith("vCPU "):
            return NotedRandom(stream, self._noting, self._scenario.pace.slice)
        return stream

    def _guest(self, vcpu: int, habits: Habits, layout: Layout) -> Guest:
        guest = NotedGuest(self.board, vcpu, habits, layout, self._random(f"guest of vCPU {vcpu}"))
        guest.noting = self._noting
        return guest

    def _signal(self, vcpu: Vcpu) -> None:
        self._noting.begin(Want(vcpu.number))
        super()._signal(vcpu)

    def _changed(self, event: LineChanged) -> None:
        of = "" if event.vcpu is None else f" of vCPU {event.vcpu}"
        if self._noting.current.name == f"device {event.intid}{of}":  # of its own accord
            self._noting.begin(Drive(event.level))

    def _pulsed(self, event: Pulsed) -> None:
        self._noting.begin(Pulse(event.intid))

    def _exited(self, event: Exited) -> None:
        if event.cause is Cause.TICK:
            self._noting.begin(Tick())


def record(
    dialect: str, scenario: str, setup: Setup, matches: Matches, kind: Kind | None = None
) -> Script | None:
    """Run a machine until the first violation that matches: the script up to it. None if there is none.

    kind  in place of the dialect's own hypervisor
    """
    rig = Rig(dialect, matches)
    scheduler = NotingScheduler(setup.seed, rig.look)
    machine = NotedMachine(kind or subject(dialect).kind, scenario, setup, rig.publisher, scheduler)
    rig.attach(machine, setup.num_lr)
    rig.run(machine)
    if not rig.found:
        return None
    rests = isinstance(rig.found.event, Rested)
    return Script(dialect, scenario, setup, scheduler.finish(), 2 * scheduler.longest, rests)


@coroutine
def _noted(guest: Coroutine[Operation, Any, None], note: Callable[[Action], None]) -> Any:
    answer = None
    try:
        while True:
            operation = guest.send(answer)
            note(operation)
            answer = yield operation
    finally:
        guest.close()
