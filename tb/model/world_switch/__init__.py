# SPDX-License-Identifier: Apache-2.0
"""Holds every flush and every sync to the rules of docs/spec/software-vgic.md, on the hardware's side too.

A second formulation of the rules: it never calls the code that performs them. Words and registers are what
the hardware shows at Entered, Cancelled, Exited and Synced; records are read inside the VGIC.

Others change records all the time, also between the flush's look at a record and the entry. Yet the statement
needs no tolerance, because a record changes only under its lock. While a vCPU's own thread is in a flush or
sync, a journal notes each record when the thread gets its lock, and again when it gives the lock back: what
lies between is the thread's doing alone, and the record at the beginning is what it has decided on. Where
nobody else has had the lock since, the record at the beginning is the one that the thread left, so a change
without the lock shows, too. So

- the list registers are what the rules make of each record as it was when the flush had it locked last, in
  the order of the list when the flush gave that up; the depth is that of the first round of locks, and an
  order is one that each two neighbours had when their locks were held together;
- what a flush takes from a record, and what a fold brings back to it from the word that the hardware had at
  the exit, is the difference between the beginning and the end of that hold, exactly;
- in all other holds of a flush or sync nothing changes, but for what a prune unlinks and moves.

The one value without a lock is GICD_CTLR's bit, which is noted together with the record. In `classic`, all
that a hold of the one lock does to the vCPU's part is compared.
"""

from collections.abc import Callable, Sequence
from typing import Final

from tb.model.hypervisor.classic import ClassicVgic
from tb.model.hypervisor.new_vgic import NewVgic
from tb.model.machine.events import Publisher
from tb.model.world_switch.classic.statements import Statements as ClassicStatements
from tb.model.world_switch.findings import Findings, Mismatch
from tb.model.world_switch.new_vgic.statements import Statements as NewStatements

__all__ = ["Mismatch", "WorldSwitch"]


class WorldSwitch:
    """The statements of a VM. Make it before the machine runs."""

    def __init__(
        self,
        publisher: Publisher,
        dialect: str,
        vgic: object,
        *,
        registers: Callable[[int], Sequence[int]],
        actor: Callable[[], str],
        clock: Callable[[], int],
    ) -> None:
        """A VGIC of one's own, whose inside is not known, is not checked.

        registers  of a physical CPU, as VirtualInterface.words
        actor      name of who runs
        clock      tells when something happened
        """
        self._findings: Final = Findings(clock)
        if isinstance(vgic, NewVgic):
            NewStatements(publisher, self._findings, dialect, vgic, registers, actor)
        elif isinstance(vgic, ClassicVgic):
            ClassicStatements(publisher, self._findings, dialect, vgic, registers)

    @property
    def checks(self) -> dict[str, int]:
        """How many there were of each kind."""
        return dict(self._findings.checks)

    @property
    def mismatches(self) -> list[Mismatch]:
        """In order of time."""
        return self._findings.mismatches

    def __str__(self) -> str:
        return (
            f"{sum(self._findings.checks.values())} switch checks, {len(self.mismatches)} switch mismatches"
        )
