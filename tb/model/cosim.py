# SPDX-License-Identifier: Apache-2.0
"""A co-simulation: a VGIC with guests and devices on somebody's hardware, counted and checked."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Final

from tb.model.defects import DEFECTS, FAITHFUL, explanation
from tb.model.hardware.parameters import Parameters
from tb.model.hypervisor.lock_order import LockError
from tb.model.hypervisor.platform import HypervisorStopped
from tb.model.ledger import STRICT, Ledger, Leeway, Violation, snapshot_of
from tb.model.machine.events import Publisher
from tb.model.machine.hardware import Hardware
from tb.model.machine.hypervisors import Kind
from tb.model.machine.machine import Machine, Setup
from tb.model.machine.recorder import Recorder
from tb.model.machine.scenarios import SCENARIOS
from tb.model.machine.scheduler import Stuck
from tb.model.machine.tally import Tally
from tb.model.subjects import name_of, subject, told
from tb.model.trace import Writer
from tb.model.world_switch import WorldSwitch


@dataclass(frozen=True)
class Outcome:
    """What a co-simulation came to.

    line         the words that end it
    failure      what went wrong, in words; empty if nothing did
    counts       entries, deliveries, injections and what its owner adds
    evaluations  invariant -> how often its condition held
    violations   invariant -> how many, without those of known defects
    known        known defect -> how many
    seconds      wall-clock time, if its owner gives it
    hits         cover point -> bins that were hit, if its owner looks
    """

    line: str
    failure: str
    counts: dict[str, int] = field(default_factory=dict)
    evaluations: dict[str, int] = field(default_factory=dict)
    violations: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    seconds: float = 0
    hits: dict[str, list[str]] = field(default_factory=dict)


class Cosimulation:
    """One run: call run() once.

    publisher  tells what happens; subscribe before run()
    tally      what happened, in numbers
    ledger     what held
    switches   flushes and syncs, held to the rules
    mismatches differences of the hardware from its reference, which its owner counts
    dialect    its name, or the file of a VGIC of one's own
    vgic       the VGIC
    failure    what went wrong, in words; empty if nothing did
    """

    def __init__(
        self,
        dialect: str,
        scenario: str,
        setup: Setup,
        hardware: Hardware,
        kind: Kind | None = None,
        leeway: Leeway = STRICT,
    ) -> None:
        """`kind` is another hypervisor than that of the dialect, held to the dialect's invariants."""
        self.publisher: Final = Publisher()
        self.tally: Final = Tally(self.publisher)
        self.mismatches = 0
        self.dialect: Final = dialect
        self.failure = ""
        own_kind, traits = subject(dialect)
        self._origin: Final = {"dialect": name_of(dialect), "scenario": scenario, **asdict(setup)}
        self._machine: Final = Machine(kind or own_kind, SCENARIOS[scenario], setup, hardware, self.publisher)
        board = self._machine.board
        self.vgic: Final = board.hypervisor.vgic
        self.ledger: Final = Ledger(
            self.publisher,
            traits,
            setup.vcpus,
            setup.num_lr,
            lambda: board.scheduler.now,
            snapshot_of(self.vgic),
            leeway,
        )
        self.switches: Final = WorldSwitch(
            self.publisher,
            dialect,
            self.vgic if dialect in FAITHFUL else None,  # mended ones do not follow the rules
            registers=hardware.words,
            actor=lambda: board.scheduler.current.name,
            clock=lambda: board.scheduler.now,
        )

    def record(self, writer: Writer, parameters: Parameters) -> None:
        """Have the accesses written to a trace for the device that has these parameters; before run()."""
        Recorder(self.publisher, writer, parameters, **self._origin)

    async def run(self) -> None:
        """The whole run, until it has come to rest or cannot go on."""
        try:
            await self._machine.run()
        except (Stuck, LockError, HypervisorStopped) as error:
            end = [" ".join((f"{error}.", *getattr(error, "__notes__", ())))]
        except Exception as error:  # one of ours, whose reason who checks the hardware may know, or of a VGIC
            end = [told(self.dialect, error)]
        else:
            end = list(self._unfinished())
        self.failure = "\n".join((*end, *self._findings()))

    @property
    def outcome(self) -> Outcome:
        """What it has come to so far."""
        tally, ledger = self.tally, self.ledger
        name = "{dialect} {scenario} SEED={seed}".format_map(self._origin)
        mismatches = self.mismatches + len(self.switches.mismatches)
        known, unexpected = self.known, self.unexpected
        which = f" ({', '.join(sorted(known))})" * bool(known)
        return Outcome(
            f"cosim: {name}: {tally}; {self.switches}; {ledger}, {known.total()} violations of known "
            f"defects{which}, {len(unexpected)} unexpected, {mismatches} mismatches",
            self.failure,
            {
                "entries": tally.entries,
                "deliveries": tally.deliveries,
                "injections": tally.injections,
                "maintenance interrupts": tally.maintenance,
                "switch checks": sum(self.switches.checks.values()),
            },
            ledger.evaluations,
            Counter(violation.id for violation in unexpected),
            known,
        )

    @property
    def known(self) -> Counter[str]:
        """How many violations known defects of the dialect explain, by the defect's id."""
        defects = (explanation(self.dialect, violation) for violation in self.ledger.violations)
        return Counter(defect.id for defect in defects if defect)

    @property
    def unexpected(self) -> list[Violation]:
        """Those that none explains."""
        return [violation for violation in self.ledger.violations if not explanation(self.dialect, violation)]

    def _unfinished(self) -> Iterator[str]:
        """What a run that came to its end has left undone."""
        if not self.tally.quiet and not any(DEFECTS[name].restless for name in self.known):
            yield "it did not come to rest: vCPUs went on without anything to do"
        if not self.tally.deliveries:
            yield "nothing was delivered"

    def _findings(self) -> Iterator[str]:
        """What the checks found; of each rule and each invariant the first."""
        wrong = self.switches.mismatches
        for rule, number in Counter(mismatch.rule for mismatch in wrong).items():
            yield f"{number} x {next(mismatch for mismatch in wrong if mismatch.rule == rule)}"
        violations = self.unexpected
        first = {violation.id: violation for violation in reversed(violations)}
        for invariant, number in Counter(violation.id for violation in violations).items():
            yield f"{number} x {first[invariant]}"
