# SPDX-License-Identifier: Apache-2.0
"""Shrinks co-simulations that violate an invariant.

A run is noted as a script: what guests, devices and user space do, and who runs when. A script needs no
randomness, so whatever is taken out of it, the rest still happens in the same order.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

from tb.model.ledger import Violation
from tb.model.machine.hypervisors import Kind
from tb.model.machine.machine import Setup
from tb.model.shrink.minimise import Minimiser
from tb.model.shrink.play import Matches, Outcome, play
from tb.model.shrink.record import record
from tb.model.shrink.script import Script

__all__ = ["Outcome", "Script", "Shrunk", "play", "record", "shrink"]


@dataclass(frozen=True)
class Shrunk:
    """A run that fails, and the simplest one found that fails alike.

    original, script  what happens in them
    before, outcome   what they come to; both have their violation
    tries             scripts played
    done              nothing was left to try; else the time was over, or somebody interrupted
    """

    original: Script
    script: Script
    before: Outcome
    outcome: Outcome
    tries: int
    done: bool

    @property
    def violation(self) -> Violation:
        """That of the simplest one."""
        assert self.outcome.violation
        return self.outcome.violation


def shrink(
    dialect: str,
    scenario: str,
    setup: Setup,
    matches: Matches,
    *,
    kind: Kind | None = None,
    spared: Kind | None = None,
    seconds: float = 60,
) -> Shrunk | None:
    """Run a machine until the first violation that matches, and simplify that run. None: there is none.

    kind     in place of the dialect's own hypervisor
    spared   another one, in which the result must not show such a violation: a mended one, for instance
    seconds  of CPU time that it may take. An interrupt (Ctrl-C) ends it, too: the best so far is returned

    If it ends by itself, the result depends on nothing but the arguments.
    Errors of the machine (Stuck, LockError, HypervisorStopped) count as violations with these ids, and so do
    all errors of a VGIC in a file.
    """
    original = record(dialect, scenario, setup, matches, kind)
    if original is None:
        return None
    found = play(original, matches, kind).violation

    def alike(violation: Violation) -> bool:
        return found is not None and violation.id == found.id and matches(violation)

    def test(script: Script) -> Outcome:
        outcome = play(script, alike, kind)
        if spared and outcome.violation and play(script, alike, spared).violation:
            return replace(outcome, violation=None)
        return outcome

    minimiser = Minimiser(original, test, seconds)
    before = minimiser.outcome
    done = False
    with suppress(KeyboardInterrupt):
        done = minimiser.run()
    return Shrunk(original, minimiser.script, before, minimiser.outcome, minimiser.tries, done)
