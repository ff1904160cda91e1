# SPDX-License-Identifier: Apache-2.0
"""Scripts: runs of a machine without randomness, step by step."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from tb.model.machine.machine import Setup
from tb.model.machine.operations import Operation

USER_SPACE: Final = "user space"


class Tick(NamedTuple):
    """To a vCPU's guest: the host's timer ends its run."""


class Pulse(NamedTuple):
    """To an edge device: an edge."""

    intid: int


class Drive(NamedTuple):
    """To a level device: its wire."""

    level: int


class Want(NamedTuple):
    """To user space: it signals the vCPU."""

    vcpu: int


Action = Operation | Tick | Pulse | Drive | Want


class Step(NamedTuple):
    """One actor runs, and nobody else.

    actor   its name: a vCPU, a device, user space, or a helper of one of these
    action  what it begins, when it has finished what it was at; None: it only goes on with that
    turns   it is interrupted after so many turns; None: it runs until it has nothing to do, or cannot go on
    draws   random numbers it gets on the way, such as the number of a free CPU; when there are no more,
            those that change least
    """

    actor: str
    action: Action | None = None
    turns: int | None = None
    draws: tuple[int, ...] = ()


@dataclass(frozen=True)
class Script:
    """A run of `dialect` with the devices of `scenario`.

    setup     its sizes; seed and entries say where the script comes from
    patience  turns without an access after which a step ends: its actor waits for one whose step is gone
    rests     after the last step all guests finish what they are at, until the machine is at rest
    """

    dialect: str
    scenario: str
    setup: Setup
    steps: tuple[Step, ...]
    patience: int = 1000
    rests: bool = False
