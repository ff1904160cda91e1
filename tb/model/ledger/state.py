# SPDX-License-Identifier: Apache-2.0
"""INV-STATE-1, INV-STATE-2 and INV-MIG-1: records and lists, and what a given-up entry leaves."""

from typing import Final

from tb.model.hypervisor.platform import Rank
from tb.model.ledger.books import Handlers
from tb.model.ledger.distributor import writes
from tb.model.ledger.findings import Findings
from tb.model.ledger.interrupt import Key
from tb.model.ledger.snapshot import Record, Snapshot
from tb.model.ledger.words import FIRST_PPI
from tb.model.machine.events import (
    Cancelled,
    Flushing,
    Injecting,
    Kicked,
    LockFreed,
    LockTaken,
    Synced,
    TrapStarted,
)

_IRQ: Final = Rank.IRQ


class Flushed:
    """A flush, until its sync.

    alone   nobody else has taken a lock since
    queued  interrupts that somebody has put on a list since, perhaps, and kicked for
    kicked  vCPUs that this one has kicked since
    """

    def __init__(self, listed: list[Key], records: dict[Key, Record]) -> None:
        self.listed = listed
        self.records = records
        self.loaded: object = None
        self.cancelled = False
        self.alone = True
        self.queued: set[int] = set()
        self.kicked: set[int] = set()


class State:
    """Looks through the snapshot, at chosen moments."""

    def __init__(self, findings: Findings, snapshot: Snapshot) -> None:
        self._findings = findings
        self._snapshot = snapshot
        self._flushed: dict[int, Flushed] = {}

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {
            LockTaken: self._taken,
            LockFreed: self._freed,
            Injecting: self._injecting,
            TrapStarted: self._trapped,
            Kicked: self._kicked,
            Flushing: self._flushing,
            Cancelled: self._cancelled,
            Synced: self._synced,
        }

    def _injecting(self, event: Injecting) -> None:
        for flushed in self._flushed.values():
            flushed.alone = False
            flushed.queued.add(event.intid)

    def _trapped(self, event: TrapStarted) -> None:
        for flushed in self._flushed.values():
            flushed.alone = False
            flushed.queued.update(write.intid for write in writes(event))

    def _kicked(self, event: Kicked) -> None:
        for vcpu, flushed in self._flushed.items():
            if event.actor == f"vCPU {vcpu}":
                flushed.kicked.add(event.vcpu)

    def _taken(self, event: LockTaken) -> None:
        for vcpu, flushed in self._flushed.items():
            flushed.alone = flushed.alone and event.actor == f"vCPU {vcpu}"

    # ---- whenever an interrupt's lock becomes free

    def _freed(self, event: LockFreed) -> None:
        if event.lock.rank is not _IRQ:
            return
        check = self._findings.check
        intid = event.lock.id
        for key, on, says, source, latch in self._snapshot.placements(intid):
            check("INV-MIG-1", len(on) <= 1, f"{intid} is on the lists of vCPUs {on}" if on else "")
            if on != ([] if says is None else [says]):
                check("INV-STATE-1", False, f"{intid} is on the lists of {on}, says {says} (NV-REC-2)")
            elif intid < FIRST_PPI and bool(source) != bool(latch):
                record = self._snapshot.records(intid)[key]
                check("INV-STATE-1", False, f"SGI {intid} has {record} (NV-REC-3)")
            else:
                check("INV-STATE-1", True)

    # ---- from a flush to its sync

    def _flushing(self, event: Flushing) -> None:
        lists = self._snapshot.lists()
        mine = lists[event.vcpu] if lists else []
        records = {key: self._snapshot.records(key[1])[key] for key in mine}
        self._flushed[event.vcpu] = Flushed(mine, records)

    def _cancelled(self, event: Cancelled) -> None:
        flushed = self._flushed[event.vcpu]
        flushed.cancelled = True
        flushed.loaded = self._snapshot.loaded(event.vcpu)

    def _synced(self, event: Synced) -> None:
        flushed = self._flushed.pop(event.vcpu)
        lists = self._snapshot.lists()
        for vcpu, keys in enumerate(lists):
            moved = set(flushed.listed).intersection(keys) if vcpu != event.vcpu else ()
            for key in sorted((key for key in moved if key[1] not in flushed.queued), key=str):
                detail = f"{key[1]} moved from vCPU {event.vcpu} to {vcpu}, which was not kicked"
                self._findings.check("INV-MIG-1", vcpu in flushed.kicked, detail)
        if not flushed.cancelled or not flushed.alone:
            return
        self._check_same(f"vCPU {event.vcpu}: loaded", flushed.loaded, self._snapshot.loaded(event.vcpu))
        for key, before in flushed.records.items():
            after = self._snapshot.records(key[1])[key]
            if before.mapped:
                after = after._replace(line_level=before.line_level)
            self._check_same(str(key[1]), before, after)

    def _check_same(self, what: str, before: object, after: object) -> None:
        self._findings.check("INV-STATE-2", before == after, f"{what} was {before}, is {after}")
