# SPDX-License-Identifier: Apache-2.0
"""The new VGIC's flushes and syncs as they come: listens, keeps a journal of each, and has it judged."""

from collections.abc import Callable, Sequence
from typing import Final

from tb.model.hypervisor.new_vgic import NewVgic
from tb.model.hypervisor.platform import Lock
from tb.model.machine.events import (
    Accessed,
    BankState,
    Cancelled,
    Entered,
    Exited,
    Flushing,
    Halted,
    Injected,
    Injecting,
    Kicked,
    Loaded,
    LockFreed,
    LockTaken,
    Notified,
    PhysicalChanged,
    Publisher,
    Sampled,
    Synced,
    TrapEnded,
    TrapStarted,
)
from tb.model.world_switch.findings import Findings
from tb.model.world_switch.new_vgic.dir import Dir
from tb.model.world_switch.new_vgic.flush import Flush, Flushed
from tb.model.world_switch.new_vgic.journal import Act, Entries, Journal
from tb.model.world_switch.new_vgic.records import Record, View, fields, name
from tb.model.world_switch.new_vgic.rules import RULES
from tb.model.world_switch.new_vgic.sync import Sync


class Statements:
    """Of one VM."""

    def __init__(
        self,
        publisher: Publisher,
        findings: Findings,
        dialect: str,
        vgic: NewVgic,
        registers: Callable[[int], Sequence[int]],
        actor: Callable[[], str],
    ) -> None:
        """See WorldSwitch."""
        self._findings: Final = findings
        self._rules: Final = RULES[dialect]
        self._view: Final = View(vgic)
        self._flush: Final = Flush(findings, self._rules, self._view.nr_lr)
        self._sync: Final = Sync(findings, self._rules, self._view)
        self._dir: Final = Dir(findings, self._view, self._sync.missed)
        self._registers: Final = registers
        self._actor: Final = actor
        self._names: Final = [f"vCPU {vcpu.number}" for vcpu in self._view.vcpus]
        self._state: Final = vgic.state
        self._irqs: Final = self._view.irqs
        self._records: Final[dict[Lock, Record]] = {}  # that nobody else had locked since we looked
        self._lists: Final[dict[Lock, Entries]] = {}  # likewise
        self._journals: Final[dict[str, Journal]] = {}  # of who is in a flush or a sync
        self._interrupted: Final[dict[str, Journal]] = {}  # of who injects in the middle of it (NV-SYNC-3)
        self._listed: Final[dict[int, bool]] = {}  # at Flushing
        self._flushed: Final[dict[int, Flushed]] = {}
        self._entry: Final[dict[int, BankState]] = {}
        self._exit: Final[dict[int, BankState]] = {}
        self._left: Final[dict[int, int]] = {}  # GICH_HCR of a physical CPU
        self._must_prune: Final[set[int]] = set()  # K19-5
        publisher.subscribe(LockTaken, self._taken)
        publisher.subscribe(LockFreed, self._freed)
        publisher.subscribe(Injecting, self._injecting)
        publisher.subscribe(Injected, self._injected)
        publisher.subscribe(Kicked, self._kicked)
        publisher.subscribe(Notified, self._act)
        publisher.subscribe(Sampled, self._act)
        publisher.subscribe(Halted, self._act)
        publisher.subscribe(PhysicalChanged, self._act)
        publisher.subscribe(Accessed, self._accessed)
        publisher.subscribe(Loaded, self._loaded)
        publisher.subscribe(Flushing, self._flushing)
        publisher.subscribe(Cancelled, self._cancelled)
        publisher.subscribe(Entered, self._entered)
        publisher.subscribe(Exited, self._exited)
        publisher.subscribe(Synced, self._synced)
        if self._rules.counts_missed:
            publisher.subscribe(TrapStarted, self._trapped)
            publisher.subscribe(TrapEnded, self._trap_ended)

    # ---- what the threads do

    def _taken(self, event: LockTaken) -> None:
        actor, lock = event
        journal = self._journals.get(actor)
        if journal is None:
            return
        irq = self._irqs.get(lock)
        if irq is not None:
            record = self._records.get(lock)
            if record is None:
                self._records[lock] = record = Record._make(fields(irq))
            journal.take(irq, record, self._state.enabled)
        elif vcpu := self._view.lists.get(lock):
            entries = self._lists.get(lock)
            journal.take_list(vcpu, tuple(vcpu.ap_list) if entries is None else entries)

    def _freed(self, event: LockFreed) -> None:
        actor, lock = event
        journal = self._journals.get(actor)
        if journal is None:
            self._records.pop(lock, None)
            self._lists.pop(lock, None)
            return
        irq = self._irqs.get(lock)
        if irq is not None:
            if journal.compared is not None:
                journal.free_compared(irq)
                return
            record, now = self._records.get(lock), fields(irq)
            if now != record:
                self._records[lock] = record = Record._make(now)
            journal.free(irq, record)
        elif vcpu := self._view.lists.get(lock):
            self._lists[lock] = entries = tuple(vcpu.ap_list)
            journal.free_list(vcpu, entries)

    def _injecting(self, event: Injecting) -> None:
        if journal := self._journals.pop(event.actor, None):
            self._interrupted[event.actor] = journal

    def _injected(self, event: Injected) -> None:
        if journal := self._interrupted.pop(event.actor, None):
            self._journals[event.actor] = journal

    def _kicked(self, event: Kicked) -> None:
        if journal := self._journals.get(event.actor):
            journal.kick(event)

    def _act(self, event: Act) -> None:
        if journal := self._journals.get(self._actor()):
            journal.act(event)

    def _accessed(self, event: Accessed) -> None:
        if event.write and (journal := self._journals.get(self._names[event.vcpu])):
            journal.writes.append(event.register)

    # ---- a vCPU's way

    def _loaded(self, event: Loaded) -> None:
        if self._rules.switch_hcr is not None:
            self._left[event.cpu] = self._rules.switch_hcr

    def _flushing(self, event: Flushing) -> None:
        vcpu = self._view.vcpus[event.vcpu]
        if event.vcpu in self._must_prune and not vcpu.prune_requested:
            self._must_prune.remove(event.vcpu)
            self._dir.check_prune(self._journals[self._names[event.vcpu]], vcpu)
        self._listed[event.vcpu] = bool(vcpu.ap_list)
        self._begin(event.vcpu)

    def _begin(self, vcpu: int) -> None:
        self._journals[self._names[vcpu]] = Journal(self._view.vcpus[vcpu])

    def _entered(self, event: Entered | Cancelled) -> None:
        vcpu, state = event.vcpu, event.state
        journal = self._journals.pop(self._names[vcpu])
        flushed = self._flush.check(journal, self._view.vcpus[vcpu], self._listed[vcpu], state.vmcr)
        self._flush.check_registers(flushed, vcpu, self._left.get(event.cpu, 0), state, journal.writes)
        if vcpu in self._exit:
            before = self._exit[vcpu]
            self._findings.compare("VMCR and APR", "NV-FLUSH-11", vcpu, "VMCR", before.vmcr, state.vmcr)
            self._findings.compare("VMCR and APR", "NV-FLUSH-11", vcpu, "APR", before.apr, state.apr)
        self._flushed[vcpu], self._entry[vcpu] = flushed, state

    def _cancelled(self, event: Cancelled) -> None:
        self._entered(event)
        self._exited(event)

    def _exited(self, event: Exited | Cancelled) -> None:
        self._exit[event.vcpu] = event.state
        self._begin(event.vcpu)

    def _synced(self, event: Synced) -> None:
        vcpu = event.vcpu
        flushed, exit_ = self._flushed[vcpu], self._exit[vcpu]
        journal = self._journals.pop(self._names[vcpu])
        self._sync.check(journal, self._view.vcpus[vcpu], flushed, self._entry[vcpu], exit_)
        used = len(flushed.loads)
        left = self._rules.exit_hcr(exit_.hcr, used)
        self._sync.check_registers(used, vcpu, left, self._registers(event.cpu), journal.writes)
        self._left[event.cpu] = left
        if vcpu in self._must_prune:
            self._begin(vcpu)

    # ---- a trapped DIR (K19-5)

    def _trapped(self, event: TrapStarted) -> None:
        if event.offset is None:
            self._begin(event.vcpu)

    def _trap_ended(self, event: TrapEnded) -> None:
        if event.offset is not None:
            return
        writer, vmcr = self._view.vcpus[event.vcpu], self._exit[event.vcpu].vmcr
        owner = self._dir.check(self._journals.pop(self._names[event.vcpu]), writer, event.value, vmcr)
        if owner:
            self._must_prune.add(owner.number)
        for vcpu in self._view.vcpus:
            if vcpu.prune_requested and vcpu.number not in self._must_prune:
                self._findings.report("K19-5", writer.number, f"request to {name(vcpu)}", "none", "a prune")
        for number in self._must_prune.intersection((event.vcpu, owner.number if owner else event.vcpu)):
            if self._names[number] not in self._journals and self._names[number] not in self._interrupted:
                self._begin(number)
