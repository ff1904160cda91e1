# SPDX-License-Identifier: Apache-2.0
"""Plays scripts: the machine as it is, but everything in it happens when the script says so."""

import re
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from heapq import heapify, heappop, heappush
from random import Random
from types import coroutine
from typing import Any, Final, NamedTuple

from gicv2_registers import GICV_CTLR_ENABLEGRP0_MASK, GICV_CTLR_ENABLEGRP1_MASK, GICV_CTLR_EOIMODE_MASK
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.lock_order import LockError
from tb.model.hypervisor.platform import HypervisorStopped, run
from tb.model.ledger import Ledger, Violation, snapshot_of
from tb.model.machine.cpus import Vcpu
from tb.model.machine.devices import Act, Device, Devices
from tb.model.machine.events import Cause, Entered, Publisher, Rested
from tb.model.machine.guest import FIRST_SPECIAL_ID, Guest, Habits, Layout
from tb.model.machine.hardware import Access, Answer, ReferenceHardware
from tb.model.machine.hypervisors import Kind
from tb.model.machine.machine import Machine, Setup
from tb.model.machine.operations import COMPLETE, DIR, VirtualAccess
from tb.model.machine.recorder import Recorder
from tb.model.machine.scenarios import SCENARIOS
from tb.model.machine.scheduler import Scheduler, Signal, Stuck
from tb.model.machine.vcpu_loop import VcpuLoop
from tb.model.shrink.script import USER_SPACE, Action, Drive, Pulse, Script, Step, Tick, Want
from tb.model.subjects import is_file, subject
from tb.model.trace import Record

ERRORS: Final = (Stuck, LockError, HypervisorStopped)
FEW: Final = 10  # turns of an actor that has waited too long in a step before
LONGEST_REST: Final = 30_000  # turns in which the machine comes to rest, or does not
_FOREVER: Final = 1 << 60
_BOTH: Final = GICV_CTLR_ENABLEGRP0_MASK | GICV_CTLR_ENABLEGRP1_MASK


class Park(NamedTuple):
    """An operation of a guest that has nothing to do: it takes turns, but no time."""


def plain(name: str) -> str:
    """An actor's name in scripts: helpers are not numbered there, as a shorter script has fewer."""
    return re.sub(r"(alarm|lowering|edge) \d+", r"\1", name)


class Cue:
    """What an actor still has to do.

    idle   it has nothing to do
    waits  turns since its last access
    free   the script is over: it does as it likes
    """

    def __init__(self) -> None:
        self.actions: Final[deque[Action]] = deque()
        self.idle = False
        self.waits = 0
        self.free = False

    def next(self) -> Action | None:
        """What it shall begin now."""
        self.idle = not self.actions
        self.waits = 0
        return None if self.idle else self.actions.popleft()


class Conductor(Scheduler):
    """Lets actors run as the steps of a script say.

    played  steps so far
    draws   random numbers for the current step
    rest    called after the last step, if the machine shall come to rest then
    """

    def __init__(self, script: Script, is_over: Callable[[], bool]) -> None:
        super().__init__(0)
        self._cues: Final[dict[str, Cue]] = {}
        self.draws: Final[deque[int]] = deque()
        self.played = 0
        self.rest: Callable[[], None]
        self._script: Final = script
        self._is_over: Final = is_over

    def spawn(self, name: str, coroutine: Coroutine[Any, Any, None]) -> None:
        """Under the name that scripts give it."""
        super().spawn(plain(name), coroutine)

    async def run(self, perform: Callable[[Access], Awaitable[Answer]]) -> None:
        """The whole script."""
        await self._play(Step(USER_SPACE), perform)
        for step in self._script.steps:
            self.played += 1
            await self._play(step, perform)
            if self._is_over():
                self.stopped = True
                return
        if self._script.rests:
            self.rest()
            await self._rest(perform)
        else:
            self.stopped = True

    def cue(self, name: str) -> Cue:
        """Of the actor of that name, which may be yet to come."""
        return self._cues.setdefault(name, Cue())

    async def _play(self, step: Step, perform: Callable[[Access], Awaitable[Answer]]) -> None:
        cue = self.cue(step.actor)
        self.draws.clear()
        self.draws.extend(step.draws)
        count = 0  # turns since it began the action
        cue.idle = False
        cue.waits = min(cue.waits, max(0, self._script.patience - FEW))
        if step.action is not None:
            cue.actions.append(step.action)
            count = -1
        while (index := self._find(step.actor)) is not None:
            cue.waits = 0 if await self._turn(index, perform) else cue.waits + 1
            if self._is_over() or cue.idle or cue.waits > self._script.patience:
                return
            count += count >= 0 or not cue.actions
            if step.turns is not None and count >= step.turns:
                return

    def _find(self, name: str) -> int | None:
        """Where an actor is among those that can run, if it can; who sleeps is woken up."""
        for index, actor in enumerate(self._runnable):
            if actor.name == name:
                return index
        for entry in self._sleeping:
            if entry[2].name == name:
                self._sleeping.remove(entry)
                heapify(self._sleeping)
                self._runnable.append(entry[2])
                return len(self._runnable) - 1
        return None

    async def _rest(self, perform: Callable[[Access], Awaitable[Answer]]) -> None:
        """Everybody in turn, until nobody has anything to do."""
        for cue in self._cues.values():
            cue.free = True
        for turn in range(LONGEST_REST):
            if not self._runnable:
                if not self._sleeping:
                    return
                self._runnable.append(heappop(self._sleeping)[2])
            await self._turn(turn % len(self._runnable), perform)
        self.stopped = True

    async def _turn(self, index: int, perform: Callable[[Access], Awaitable[Answer]]) -> bool:
        """As a turn of Scheduler.run. Whether the actor wants an access next."""
        self.now += 1
        self.current = actor = self._runnable[index]
        answer = await perform(actor.request) if actor.request else None
        actor.request = None
        try:
            request = actor.coroutine.send(answer)
        except StopIteration:
            self._leave(index)
            return False
        if type(request) is Access:
            actor.request = request
            return True
        if type(request) is Signal:
            self._leave(index)
            self._waiting[actor] = None
            actor.waits_for = request
            request.waiting.append(actor)
        elif request is not None:
            self._leave(index)
            self._sleeps += 1
            heappush(self._sleeping, (self.now + request, self._sleeps, actor))
        return False


class Draws(Random):
    """Gives the numbers of the current step."""

    def __init__(self, draws: deque[int]) -> None:
        super().__init__(0)
        self._draws: Final = draws

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """Without a number of the script: of chances in so many, the last; else the first."""
        if start == _FOREVER:
            return _FOREVER
        first, last = (0, start - 1) if stop is None else (start, stop - 1)
        if self._draws:
            return min(max(self._draws.popleft(), first), last)
        return last if stop is None else first


class ScriptedGuest(Guest):
    """Does what its cue says; at the end finishes what it has begun."""

    cue: Cue

    async def run(self) -> None:
        """See Guest."""
        taken: list[int] = []
        while not self.cue.free:
            action = self.cue.next()
            answer = await _do(Park() if action is None else action)
            if isinstance(action, VirtualAccess):
                self._note(action, answer, taken)
        for value in reversed(taken):
            await self._cpu.write("GICV_EOIR", value)
            if self._control & GICV_CTLR_EOIMODE_MASK:
                self._dropped.append(value)
        await self._live()

    def _note(self, access: VirtualAccess, answer: int, taken: list[int]) -> None:
        """Keep what is active, and the settings."""
        register, write, value = access
        if not write:
            if register in ("GICV_IAR", "GICV_AIAR") and answer & 0x3FF < FIRST_SPECIAL_ID:
                taken.append(answer)
        elif register == "GICV_CTLR":
            self._control = value | _BOTH
        elif register == DIR:
            self._dropped[:] = [other for other in self._dropped if other != value]
        elif register in COMPLETE and value in taken:
            taken.remove(value)
            if self._control & GICV_CTLR_EOIMODE_MASK:
                self._dropped.append(value)


class ScriptedLoop(VcpuLoop):
    """Knows the operations that only scripts have."""

    async def _do(self, operation: Any) -> Cause | None:
        if isinstance(operation, Park):
            self._operation = None
            self._steps -= 1
            await self._scheduler.pause()
            return None
        if isinstance(operation, Tick):
            self._operation = None
            return Cause.TICK
        return await super()._do(operation)

    def rouse(self) -> None:
        """A last alarm: who sleeps with everything masked, or is about to, has to finish, too."""
        self._alarm = True
        if self._vcpu.asleep:
            self._alarmed = self._vcpu.kicked = True
            self._scheduler.notify(self._vcpu.wakeup)


class ScriptedMachine(Machine):
    """A machine that a conductor runs."""

    def __init__(
        self,
        script: Script,
        kind: Kind,
        hardware: ReferenceHardware,
        publisher: Publisher,
        conductor: Conductor,
    ) -> None:
        self._conductor: Final = conductor
        self._loops: Final[list[ScriptedLoop]] = []
        scenario = SCENARIOS[script.scenario]
        endless = replace(scenario, pace=replace(scenario.pace, slice=(_FOREVER, _FOREVER + 1)))
        super().__init__(kind, endless, script.setup, hardware, publisher, conductor)
        conductor.rest = self._drain
        self.board.booted.update(range(script.setup.vcpus))

    def _random(self, name: str) -> Random:
        return Draws(self._conductor.draws)

    def _count(self, _: Entered) -> None:
        """No number of entries ends a script."""

    async def _watch(self) -> None:
        """Nor does time."""

    def _begin(self, device: Device) -> None:
        device.start(self._act_of(device, device.name))
        if len(device.intids) > 1:
            for intid in device.intids:
                name = f"edge of {intid}"
                self.board.scheduler.spawn(name, self._send(self._act_of(device, name)))

    def _guest(self, vcpu: int, habits: Habits, layout: Layout) -> Guest:
        guest = ScriptedGuest(self.board, vcpu, habits, layout, self._random(""))
        guest.cue = self._conductor.cue(f"vCPU {vcpu}")
        return guest

    def _loop(self, vcpu: Vcpu, guest: Guest, devices: Devices, random: Random) -> VcpuLoop:
        loop = ScriptedLoop(self.board, vcpu, guest, devices, self._scenario.pace, random)
        self._loops.append(loop)
        return loop

    def _drain(self) -> None:
        super()._drain()
        for loop in self._loops:
            loop.rouse()

    async def _disturb(self) -> None:
        cue, board = self._conductor.cue(USER_SPACE), self.board
        while not cue.free:
            action = cue.next()
            if isinstance(action, Want) and action.vcpu < len(board.vcpus):
                self._signal(board.vcpus[action.vcpu])
            await board.scheduler.pause()

    async def _send(self, act: Act) -> None:
        """A helper of a device that sends several edges at once."""
        while not self.board.draining:
            await act()

    def _act_of(self, device: Device, name: str) -> Act:
        """What an actor of the device does again and again."""
        cue = self._conductor.cue(name)

        async def act() -> None:
            action = cue.next()
            if isinstance(action, Pulse) and device.edge:
                await device.pulse(action.intid)
            elif isinstance(action, Drive) and not device.edge:
                await device.drive(action.level)
            else:
                await self.board.scheduler.pause()

        return act


@dataclass(frozen=True)
class Outcome:
    """What a script came to.

    violation  the one that is looked for; of an error, its name and words
    steps      so many were played: the others come after the violation
    entries    guest entries
    records    of its trace
    """

    violation: Violation | None
    steps: int
    entries: int
    records: int


Matches = Callable[[Violation], bool]


class Counter:
    """Counts entries, and records that are written to it."""

    def __init__(self, publisher: Publisher) -> None:
        self.entries = 0
        self.records = 0
        publisher.subscribe(Entered, self._entered)

    def _entered(self, _: Entered) -> None:
        self.entries += 1

    def write(self, _: Record) -> None:
        """One more."""
        self.records += 1


class Rig:
    """A machine with the ledger, until a violation that is looked for.

    publisher  subscribe before start()
    found      the violation
    """

    def __init__(self, dialect: str, matches: Matches) -> None:
        self.publisher: Final = Publisher()
        self.found: Violation | None = None
        self._dialect: Final = dialect
        self._matches: Final = matches
        self._violations: list[Violation] = []
        self._seen = 0

    def attach(self, machine: Machine, num_lr: int) -> None:
        """Hold the machine to the dialect's invariants."""
        board = machine.board
        ledger = Ledger(
            self.publisher,
            subject(self._dialect).traits,
            len(board.vcpus),
            num_lr,
            lambda: board.scheduler.now,
            snapshot_of(board.hypervisor.vgic),
        )
        self._violations = ledger.violations

    def look(self) -> bool:
        """Whether it was found by now."""
        while not self.found and self._seen < len(self._violations):
            violation = self._violations[self._seen]
            self._seen += 1
            if self._matches(violation):
                self.found = violation
        return self.found is not None

    def run(self, machine: Machine) -> None:
        """To the end."""
        errors = Exception if is_file(self._dialect) else ERRORS
        try:
            run(machine.run())
        except errors as error:
            violation = Violation(type(error).__name__, str(error), None, machine.board.scheduler.now)
            if not self.look() and self._matches(violation):
                self.found = violation
        self.look()


def parameters_of(setup: Setup) -> Parameters:
    """The device that a machine runs on."""
    return Parameters(num_cpu=setup.pcpus, num_lr=setup.num_lr)


def play(
    script: Script,
    matches: Matches,
    kind: Kind | None = None,
    subscribe: Iterable[Callable[[Publisher], object]] = (),
) -> Outcome:
    """Run a script until a violation that matches, or to its end.

    kind       in place of that of the dialect
    subscribe  called with the publisher before the machine is made
    """
    rig = Rig(script.dialect, matches)
    counter = Counter(rig.publisher)
    parameters = parameters_of(script.setup)
    Recorder(rig.publisher, counter, parameters)
    for subscriber in subscribe:
        subscriber(rig.publisher)
    conductor = Conductor(script, rig.look)
    machine = ScriptedMachine(
        script,
        kind or subject(script.dialect).kind,
        ReferenceHardware(parameters),
        rig.publisher,
        conductor,
    )
    rig.attach(machine, script.setup.num_lr)
    rig.run(machine)
    found = rig.found
    if found and isinstance(found.event, Rested) and not script.rests:
        found = None
    return Outcome(found, conductor.played, counter.entries, counter.records)


@coroutine
def _do(operation: object) -> Any:
    return (yield operation)
