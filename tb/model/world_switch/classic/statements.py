# SPDX-License-Identifier: Apache-2.0
"""The classic VGIC's flushes and syncs as they come, and writes to ICENABLER: listens, and judges each."""

from collections.abc import Callable, Sequence
from typing import Final

from tb.model.hypervisor.classic import ClassicVgic
from tb.model.hypervisor.platform import Rank
from tb.model.machine.events import (
    Accessed,
    BankState,
    Cancelled,
    Entered,
    Exited,
    Flushing,
    LockFreed,
    LockTaken,
    Publisher,
    Synced,
    TrapEnded,
    TrapStarted,
)
from tb.model.world_switch.classic import fill, fold
from tb.model.world_switch.classic.moment import Moment
from tb.model.world_switch.classic.rules import RULES
from tb.model.world_switch.findings import Findings
from tb.model.world_switch.words import STATE

_ICENABLER: Final = range(0x180, 0x200)
_DISABLE: Final = dict.fromkeys(fill.FIELD_RULES | fold.FIELD_RULES, "CL-DIS-1")
_SHADOWS: Final = ("hcr", "vmcr", "apr", "misr", "eisr", "elrsr", "lrs")
_KINDS: Final = {"hcr": "flush HCR", "vmcr": "VMCR and APR", "apr": "VMCR and APR", "lrs": "flush LR words"}
Hold = tuple[Moment, Moment]  # as the lock was taken, and as it was freed


class Statements:
    """Of one VM."""

    def __init__(
        self,
        publisher: Publisher,
        findings: Findings,
        dialect: str,
        vgic: ClassicVgic,
        registers: Callable[[int], Sequence[int]],
    ) -> None:
        """See WorldSwitch."""
        self._findings: Final = findings
        self._rules: Final = RULES[dialect]
        self._state: Final = vgic.state
        self._registers: Final = registers
        self._numbers: Final = {f"vCPU {number}": number for number in range(len(vgic.state.vcpus))}
        self._watched: Final[dict[int, list[Hold]]] = {}  # holds of who is in a flush, sync or ICENABLER
        self._taken_at: Final[dict[int, Moment]] = {}
        self._own: Final[dict[int, Moment]] = {}  # after the last of these
        self._exit: Final[dict[int, BankState | None]] = {}  # None: the entry was given up
        self._has_run: Final[set[int]] = set()
        self._writes: Final[dict[int, list[str]]] = {}  # registers, of who is in a flush or a sync
        lrs = [f"GICH_LR{lr}" for lr in range(len(vgic.state.vcpus[0].lrs))]
        self._context: Final = ["GICH_HCR", "GICH_VMCR", "GICH_APR", *lrs]
        publisher.subscribe(LockTaken, self._taken)
        publisher.subscribe(LockFreed, self._freed)
        publisher.subscribe(Accessed, self._accessed)
        publisher.subscribe(TrapStarted, self._trapped)
        publisher.subscribe(TrapEnded, self._trap_ended)
        publisher.subscribe(Flushing, self._flushing)
        publisher.subscribe(Cancelled, self._cancelled)
        publisher.subscribe(Entered, self._entered)
        publisher.subscribe(Exited, self._exited)
        publisher.subscribe(Synced, self._synced)

    # ---- the one lock

    def _taken(self, event: LockTaken) -> None:
        number = self._numbers.get(event.actor)
        if number in self._watched and event.lock.rank is Rank.DISTRIBUTOR:
            self._taken_at[number] = Moment.of(self._state, number)

    def _freed(self, event: LockFreed) -> None:
        number = self._numbers.get(event.actor)
        if number in self._taken_at:
            self._watched[number].append((self._taken_at.pop(number), Moment.of(self._state, number)))

    def _hold(self, rule: str, number: int) -> Hold | None:
        """The only one since; what it finds of list registers is what the one before has left."""
        holds = self._watched.pop(number)
        if len(holds) != 1:
            self._findings.report(rule, number, "looks under the lock", 1, len(holds))
            return None
        before, after = holds[0]
        self._own[number] = after
        return before, after

    def _accessed(self, event: Accessed) -> None:
        if event.write and event.vcpu in self._writes:
            self._writes[event.vcpu].append(event.register)

    def _check_writes(self, vcpu: int, expected: list[str]) -> None:
        """CL-SYNC-1: what goes in, in order; what comes out only has HCR cleared."""
        found = self._writes.pop(vcpu)
        self._findings.compare("register writes", "CL-SYNC-1", vcpu, "writes", expected, found)

    # ---- ICENABLER

    def _trapped(self, event: TrapStarted) -> None:
        if event.write and event.offset in _ICENABLER:
            self._watched[event.vcpu] = []

    def _trap_ended(self, event: TrapEnded) -> None:
        if not event.write or event.offset not in _ICENABLER:
            return
        left = self._own.get(event.vcpu)
        if not event.aborted and (hold := self._hold("CL-DIS-1", event.vcpu)):
            before, after = hold
            self._check_kept("CL-DIS-1", event.vcpu, left, before)
            expected = fold.disabled(before, after.enabled, self._rules)
            self._findings.checks["ICENABLER"] += 1
            self._compare(_DISABLE, event.vcpu, ("queued", "used", "places", *_SHADOWS), expected, after)

    # ---- entries and exits

    def _flushing(self, event: Flushing) -> None:
        self._watched[event.vcpu] = []
        self._writes[event.vcpu] = []

    def _cancelled(self, event: Cancelled) -> None:
        self._fill(event.vcpu)
        self._check_writes(event.vcpu, [])
        self._watched[event.vcpu] = []
        self._writes[event.vcpu] = []
        self._exit[event.vcpu] = None

    def _entered(self, event: Entered) -> None:
        self._fill(event.vcpu)
        self._check_writes(event.vcpu, self._context)
        vcpu, state, shadows = event.vcpu, event.state, self._own.get(event.vcpu)
        if shadows is None:
            return
        for field in _KINDS:
            if field == "vmcr" and vcpu not in self._has_run:
                continue  # its reset value is no 0
            self._findings.checks[_KINDS[field]] += len(state.lrs) if field == "lrs" else 1
            self._compare({field: "CL-SYNC-1"}, vcpu, (field,), shadows, state)
        if self._rules.mirrors_status:
            unused = [word for lr, word in enumerate(state.lrs) if not shadows.used >> lr & 1]
            self._findings.checks["unused LRs"] += bool(unused)
            if any(word & STATE for word in unused):
                self._findings.report("CL-SYNC-1", vcpu, "unused list registers", "state 0", unused)

    def _fill(self, vcpu: int) -> None:
        left = self._own.get(vcpu)
        if hold := self._hold("CL-Q-5", vcpu):
            before, after = hold
            self._check_kept("CL-SYNC-1", vcpu, left, before)
            self._findings.checks["flush records"] += 1
            expected = fill.filled(before, self._rules, vcpu, len(self._state.vcpus))
            self._compare(fill.FIELD_RULES, vcpu, Moment._fields, expected, after)

    def _exited(self, event: Exited) -> None:
        self._watched[event.vcpu] = []
        self._writes[event.vcpu] = []
        self._exit[event.vcpu] = event.state
        self._has_run.add(event.vcpu)

    def _synced(self, event: Synced) -> None:
        vcpu, exit_, left = event.vcpu, self._exit[event.vcpu], self._own.get(event.vcpu)
        if hold := self._hold("CL-SYNC-1", vcpu):
            before, after = hold
            if exit_:
                self._findings.checks["sync registers"] += 1
                rules = dict.fromkeys(_SHADOWS, "CL-SYNC-1")
                self._compare(rules, vcpu, _SHADOWS, exit_, before)
            else:
                self._check_kept("CL-SYNC-2", vcpu, left, before)
            self._findings.checks["sync records"] += 1
            expected = fold.folded(before, self._rules, vcpu)
            self._compare(fold.FIELD_RULES, vcpu, Moment._fields, expected, after)
        self._check_writes(vcpu, ["GICH_HCR"] if exit_ else [])
        self._findings.compare("sync registers", "CL-SYNC-1", vcpu, "HCR", 0, self._registers(event.cpu)[0])

    def _check_kept(self, rule: str, vcpu: int, left: Moment | None, found: Moment) -> None:
        """What only this vCPU's flushes, syncs and writes to ICENABLER change."""
        if left and left.own != found.own:
            self._compare({}, vcpu, Moment._fields[9:], left, found, rule)

    def _compare(
        self,
        rules: dict[str, str],
        vcpu: int,
        names: Sequence[str],
        expected: object,
        found: object,
        otherwise: str = "CL-STATE",
    ) -> None:
        """Fields of two states."""
        if expected == found:
            return
        for field in names:
            wanted, shown = getattr(expected, field), getattr(found, field)
            if wanted != shown:
                if field == "lrs":
                    lr = next(lr for lr, word in enumerate(wanted) if word != shown[lr])
                    self._findings.report(rules.get(field, otherwise), vcpu, f"LR{lr}", wanted[lr], shown[lr])
                else:
                    self._findings.report(rules.get(field, otherwise), vcpu, field, wanted, shown)
