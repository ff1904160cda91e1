# SPDX-License-Identifier: Apache-2.0
"""What others do to an interrupt while it is between two locks."""

from typing import Final, NamedTuple

from tb.coverage.collector import Collector
from tb.coverage.point import DIALECTS, Point, cross
from tb.model.hypervisor.new_vgic import NewVgic
from tb.model.hypervisor.new_vgic.record import Irq
from tb.model.machine.events import LockFreed, LockTaken, WindowOpened

_WINDOWS: Final = ("NV-QUEUE-3", "NV-PRUNE-3")
_CHANGES: Final = ("nothing", "listed", "retargeted", "disabled", "withdrawn", "activated", "deactivated")


def _point(dialect: str) -> Point:
    def unreachable(window: str, change: str) -> str:
        if window == "NV-PRUNE-3" and change == "listed":
            return "it stays listed: only the vCPU that prunes takes it off (NV-PRUNE-1)"
        if dialect == "xen" and (window, change) == ("NV-QUEUE-3", "deactivated"):
            return "it is not listed, so only ISACTIVER, which changes nothing, made it active (NV-MMIO-5)"
        if dialect == "xen" and (window, change) == ("NV-PRUNE-3", "activated"):
            return "it stays listed, so only ISACTIVER could, which changes nothing (NV-MMIO-5)"
        if window == "NV-PRUNE-3" and change == "activated" and dialect == "kvm17":
            return (
                "ISACTIVER waits until nobody is in a flush or a sync, and each prune is in one (NV-MMIO-5)"
            )
        if window == "NV-PRUNE-3" and change == "deactivated":
            return "an active one stays where it is, so there is no window (NV-ORACLE-1)"
        return ""

    return cross(f"{dialect}.windows", _WINDOWS, _CHANGES, unreachable=unreachable)


_BY_DIALECT: Final = {dialect: _point(dialect) for dialect in DIALECTS if not dialect.startswith("classic")}
POINTS: Final = tuple(_BY_DIALECT.values())


class _Seen(NamedTuple):
    """Of an interrupt when its lock is freed before a window, and when it is taken again."""

    listed: bool
    target: object
    enabled: int
    pending: bool
    active: int

    @classmethod
    def of(cls, irq: Irq) -> "_Seen":
        return cls(irq.vcpu is not None, irq.target_vcpu, irq.enabled, irq.pending, irq.active)

    def changes(self, now: "_Seen") -> list[str]:
        """What has happened since."""
        found = (
            ("listed", now.listed and not self.listed),
            ("retargeted", now.target is not self.target),
            ("disabled", self.enabled and not now.enabled),
            ("withdrawn", self.pending and not now.pending),
            ("activated", now.active and not self.active),
            ("deactivated", self.active and not now.active),
        )
        return [name for name, happened in found if happened] or ["nothing"]


class Windows:
    """Window x what has changed of its interrupt when the locks are taken again."""

    def __init__(self, collector: Collector) -> None:
        vgic = collector.vgic
        if not isinstance(vgic, NewVgic):
            return
        self._collector: Final = collector
        self._point: Final = _BY_DIALECT[collector.dialect]
        irqs = [*vgic.state.spis, *(irq for private in vgic.state.private for irq in private)]
        self._irqs: Final = {irq.lock: irq for irq in irqs}
        self._freed: Final[dict[str, tuple[Irq, _Seen]]] = {}  # the last interrupt, by actor
        self._open: Final[dict[str, tuple[str, Irq, _Seen]]] = {}  # by actor
        collector.subscribe(LockFreed, self._lock_freed)
        collector.subscribe(WindowOpened, self._window_opened)
        collector.subscribe(LockTaken, self._lock_taken)

    def _lock_freed(self, event: LockFreed) -> None:
        if irq := self._irqs.get(event.lock):
            self._freed[event.actor] = irq, _Seen.of(irq)

    def _window_opened(self, event: WindowOpened) -> None:
        self._open[event.actor] = event.name, *self._freed[event.actor]

    def _lock_taken(self, event: LockTaken) -> None:
        if event.actor in self._open and event.lock is self._open[event.actor][1].lock:
            name, irq, before = self._open.pop(event.actor)
            for change in before.changes(_Seen.of(irq)):
                self._collector.hit(self._point, name, change)
