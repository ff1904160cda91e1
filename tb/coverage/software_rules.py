# SPDX-License-Identifier: Apache-2.0
"""Rules of the software that no function cites, seen in events and records."""

from typing import Final

from gicv2_registers import GICH_VMCR_VEM_MASK
from tb.coverage.collector import Collector
from tb.coverage.point import Point
from tb.model.hypervisor.classic import ClassicVgic
from tb.model.hypervisor.new_vgic import NewVgic
from tb.model.hypervisor.new_vgic.record import Irq
from tb.model.hypervisor.new_vgic.state import State
from tb.model.ledger.distributor import Set, writes
from tb.model.ledger.words import FIRST_PPI, FIRST_SPI, PENDING, eoi_count, used
from tb.model.machine import gicd
from tb.model.machine.events import (
    Accessed,
    Entered,
    Exited,
    Flushing,
    Injecting,
    LockFreed,
    LockTaken,
    MaintenanceTaken,
    Synced,
    TrapEnded,
    TrapStarted,
)

_NEW: Final = ("xen", "kvm17", "kvm19")
_CLASSIC: Final = ("classic", "classic-v310")
_CLASSIC_REGISTERS: Final = {  # offset of the first byte, behind the last -> rule and what
    (0x004, 0x00C): ("CL-MMIO-1", "TYPER, IIDR"),
    (0x080, 0x100): ("CL-MMIO-1", "IGROUPR"),
    (0x300, 0x400): ("CL-MMIO-1", "IS/ICACTIVER"),
    (0x400, 0x410): ("CL-MMIO-1", "IPRIORITYR of SGIs"),
    (0x410, 0x420): ("CL-MMIO-4", "IPRIORITYR of PPIs"),
    (0x820, 0xC00): ("CL-MMIO-1", "ITARGETSR"),
    (0x200, 0x280): ("CL-MMIO-2", "ISPENDR"),
    (0x280, 0x300): ("CL-MMIO-2", "ICPENDR"),
    (0xC00, 0xC08): ("CL-MMIO-4", "ICFGR, private"),
    (0xC08, 0xD00): ("CL-MMIO-4", "ICFGR, shared"),
}
_SEEN: Final = (
    "CL-STATE an SPI is retargeted",
    "K19-4 DIR is trapped, EOImode 0",
    "K19-4 DIR is trapped, EOImode 1",
    "K19-6 on_lr is set at the load",
    "K19-6 on_lr is cleared at the fold",
    "K19-7 a flush with an empty list",
    "K19-8 VMCR is read at an exit",
    "NV-DEPTH-1 kvm17: an SGI weighs more than one",
    "NV-DEPTH-1 kvm19: what is not deliverable is left out",
    "NV-DEPTH-1 xen: what is not deliverable counts",
    *(f"NV-FLUSH-11 {dialect}: {lrs}" for dialect in _NEW for lrs in ("some LRs are used", "no LR is used")),
    "NV-LOCK-4 an injection while a vCPU holds a lock",
    *(f"NV-MSGI-1 {dialect}: a source waits behind the one in the LR" for dialect in _NEW),
    "NV-MSGI-4 kvm17: EOI of an SGI",
    "NV-MSGI-4 kvm19: EOI of an SGI",
    "NV-MSGI-5 kvm19: a source waits, something less urgent is loaded",
    *(
        f"NV-PRUNE-4 {dialect}: {what} while loaded"
        for dialect in _NEW
        for what in ("disabled", "retargeted")
    ),
    *(f"NV-REC-2 {dialect}: {what}" for dialect in _NEW for what in ("on a list", "taken off")),
    "NV-SYNC-1 xen: EOICount survives",
    "NV-SYNC-9 MI in the guest",
    "NV-SYNC-9 MI after the exit",
    *(f"{rule} {dialect}: {what}" for dialect in _CLASSIC for rule, what in _CLASSIC_REGISTERS.values()),
)
_NEVER: Final = {
    "NV-MSGI-3 NPIE for waiting sources": "of versions before v4.17, of which no dialect is one (NV-MSGI-4)"
}
POINT: Final = Point("software.seen", dict.fromkeys(_SEEN), _NEVER)
POINTS: Final = (POINT,)


class SoftwareRules:
    """Whatever dialect runs."""

    def __init__(self, collector: Collector) -> None:
        self._collector: Final = collector
        self._dialect: Final = collector.dialect
        collector.subscribe(MaintenanceTaken, self._maintenance)
        if isinstance(collector.vgic, NewVgic):
            NewVgicRules(collector, collector.vgic)
        elif isinstance(collector.vgic, ClassicVgic):
            collector.subscribe(TrapEnded, self._trapped)

    def _maintenance(self, event: MaintenanceTaken) -> None:
        self._collector.hit(POINT, "NV-SYNC-9 MI", "in the guest" if event.in_guest else "after the exit")

    def _trapped(self, event: TrapEnded) -> None:
        if event.offset is None:
            return
        for (first, end), (rule, what) in _CLASSIC_REGISTERS.items():
            if first <= event.offset < end:
                self._collector.hit(POINT, rule, f"{self._dialect}: {what}")
        if event.write and event.offset >= gicd.ITARGETSR + FIRST_SPI and event.offset < gicd.ICFGR:
            self._collector.hit(POINT, "CL-STATE an SPI is retargeted")


class NewVgicRules:
    """Of section A, and of C."""

    def __init__(self, collector: Collector, vgic: NewVgic) -> None:
        self._collector: Final = collector
        self._dialect: Final = collector.dialect
        self._state: Final[State] = vgic.state
        self._held: Final[dict[str, int]] = {}  # locks, by vCPU's actor
        self._inside: Final[dict[int, list[Irq]]] = {}  # what is loaded, by vCPU in the guest
        self._exited: Final[set[int]] = set()
        collector.subscribe(Flushing, self._flushing)
        collector.subscribe(Entered, self._entered)
        collector.subscribe(Exited, self._exit)
        collector.subscribe(Synced, self._synced)
        collector.subscribe(TrapStarted, self._trap_started)
        collector.subscribe(TrapEnded, self._trap_ended)
        collector.subscribe(Injecting, self._injecting)
        collector.subscribe(LockTaken, self._lock_taken)
        collector.subscribe(LockFreed, self._lock_freed)
        if self._dialect == "kvm19":
            collector.subscribe(Accessed, self._accessed)

    def _hit(self, rule: str, what: str) -> None:
        self._collector.hit(POINT, rule, f"{self._dialect}: {what}")

    def _flushing(self, event: Flushing) -> None:
        vcpu = self._state.vcpus[event.vcpu]
        if vcpu.ap_list:
            self._hit("NV-REC-2", "on a list")
        elif self._dialect == "kvm19":
            self._collector.hit(POINT, "K19-7 a flush with an empty list")
        for irq in vcpu.ap_list:
            if irq.is_sgi and irq.source.bit_count() + irq.active > 1 and self._dialect == "kvm17":
                self._hit("NV-DEPTH-1", "an SGI weighs more than one")
            if self._state.oracle(irq) is not vcpu and self._dialect != "kvm17":
                counts = "counts" if self._dialect == "xen" else "is left out"
                self._hit("NV-DEPTH-1", f"what is not deliverable {counts}")

    def _entered(self, event: Entered) -> None:
        loaded = used(event.state)
        vcpu = self._state.vcpus[event.vcpu]
        irqs = [irq for word in loaded if (irq := self._state.irq(vcpu, word.intid))]
        self._inside[event.vcpu] = irqs
        self._hit("NV-FLUSH-11", "some LRs are used" if loaded else "no LR is used")
        if self._dialect == "xen" and eoi_count(event.state):
            self._hit("NV-SYNC-1", "EOICount survives")
        if self._dialect == "kvm19" and any(irq.on_lr for irq in irqs):
            self._collector.hit(POINT, "K19-6 on_lr is set at the load")
        for word, irq in zip(loaded, irqs, strict=True):
            if word.intid >= FIRST_PPI or not irq.source:
                continue
            if word.state & PENDING:
                self._hit("NV-MSGI-1", "a source waits behind the one in the LR")
            if word.eoi:
                self._hit("NV-MSGI-4", "EOI of an SGI")
            less_urgent = any(one.priority > word.priority and one.state == PENDING for one in loaded)
            if less_urgent and self._dialect == "kvm19":
                self._hit("NV-MSGI-5", "a source waits, something less urgent is loaded")

    def _exit(self, event: Exited) -> None:
        self._exited.add(event.vcpu)

    def _accessed(self, event: Accessed) -> None:
        if event.vcpu in self._exited and not event.write and event.register == "GICH_VMCR":
            self._collector.hit(POINT, "K19-8 VMCR is read at an exit")

    def _synced(self, event: Synced) -> None:
        self._exited.discard(event.vcpu)
        irqs = self._inside.pop(event.vcpu, ())
        if any(irq.vcpu is None for irq in irqs):
            self._hit("NV-REC-2", "taken off")
        if self._dialect == "kvm19" and any(not irq.on_lr for irq in irqs):
            self._collector.hit(POINT, "K19-6 on_lr is cleared at the fold")

    # ---- what others do meanwhile

    def _trap_started(self, event: TrapStarted) -> None:
        if event.offset is None:
            mode = int(bool(self._state.vcpus[event.vcpu].vmcr & GICH_VMCR_VEM_MASK))
            self._collector.hit(POINT, f"K19-4 DIR is trapped, EOImode {mode}")

    def _trap_ended(self, event: TrapEnded) -> None:
        inside = {irq.intid for irqs in self._inside.values() for irq in irqs if irq.intid >= FIRST_SPI}
        for what, intid, value in writes(event):
            if intid in inside and what is Set.ENABLE and not value:
                self._hit("NV-PRUNE-4", "disabled while loaded")
            elif intid in inside and what is Set.TARGETS:
                self._hit("NV-PRUNE-4", "retargeted while loaded")

    def _injecting(self, event: Injecting) -> None:
        if any(self._held.values()):
            self._collector.hit(POINT, "NV-LOCK-4 an injection while a vCPU holds a lock")

    def _lock_taken(self, event: LockTaken) -> None:
        if event.actor.startswith("vCPU"):
            self._held[event.actor] = self._held.get(event.actor, 0) + 1

    def _lock_freed(self, event: LockFreed) -> None:
        if event.actor.startswith("vCPU"):
            self._held[event.actor] -= 1
