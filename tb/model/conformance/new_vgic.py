# SPDX-License-Identifier: Apache-2.0
"""The new VGIC under conformance: its dialects on banks of the reference model, with physical interrupts."""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any, Final

from tb.model.conformance.bench import Bench
from tb.model.hypervisor.new_vgic import DIALECTS, Dialect, NewVgic
from tb.model.hypervisor.new_vgic.record import Irq, Vcpu
from tb.model.hypervisor.platform import Physical, UnclaimedAccess, run

_XEN_FIELDS: Final = (
    "enabled",
    "priority",
    "config",
    "line_level",
    "pending_latch",
    "active",
    "source",
    "hw",
    "target_vcpu",
    "vcpu",
    "targets",
    "pintid",
)
_FIELDS: Final = {  # of a record, that a trace shows
    "xen": _XEN_FIELDS,
    "kvm17": (*_XEN_FIELDS, "group", "active_source"),
    "kvm19": (*_XEN_FIELDS, "group", "active_source", "on_lr"),
}
_RENAMED: Final = {"target_vcpu": "target", "vcpu": "on"}


class _Bench(Bench):
    """Adds physical interrupts and the rest of a platform.

    happened  what a step shows beside kicks, by its name in a trace
    """

    def __init__(self, cpus: int, num_lr: int, subject: "NewVgicSubject") -> None:
        super().__init__(cpus, num_lr)
        self._subject = subject
        self._wires: dict[tuple[int, int | None], tuple[int, int]] = {}  # line and pending state
        self.happened: dict[str, Any] = {}

    def note(self, kind: str, what: Any) -> None:
        """Something has happened."""
        self.happened.setdefault(kind, []).append(what)

    def set_wire(self, pintid: int, vcpu: int | None, line: int, pending: int) -> None:
        """The outside world acts on a physical interrupt."""
        self._wires[pintid, vcpu] = line, pending

    async def physical(self, operation: Physical, pintid: int, vcpu: int | None, cpus: int = 0) -> None:
        mask = (cpus,) if operation is Physical.AFFINITY else ()
        self.note("physops", (operation.value, pintid, *mask))
        if operation is Physical.UNPEND:
            self._wires[pintid, vcpu] = self._wires.get((pintid, vcpu), (0, 0))[0], 0

    async def sample(self, pintid: int, vcpu: int | None, callback: bool) -> int:
        line, pending = self._wires.get((pintid, vcpu), (0, 0))
        level = line if callback else line | pending
        self.note("physops", ("sample", pintid, level))
        return level

    async def notify_acked(self, vcpu: int, intid: int) -> None:
        """A resample irqfd lowers its line at once."""
        self.note("acked", intid)
        if intid in self._subject.resampled:
            await self._subject.vgic.inject(None, intid, 0)

    async def halt(self, vcpu: int) -> None:
        exits = [
            {"vcpu": other, **await self._subject.leave(other)} for other in self._subject.in_guest(vcpu)
        ]
        self.happened["halt"] = dict(enumerate(exits))

    async def resume(self, vcpu: int) -> None:
        """They stay out until they enter again."""

    async def log(self, intid: int, message: str) -> None:
        self.note("logs", intid)


class NewVgicSubject:
    """A new VGIC, driven by the steps of a trace.

    vgic       the model
    resampled  SPIs whose end of interrupt lowers their line
    """

    def __init__(
        self, config: Mapping[str, Any], dialects: Mapping[str, Dialect] = DIALECTS, model: type = NewVgic
    ) -> None:
        dialect = dialects[config["dialect"]]
        self._name = dialect.name
        self._bench = _Bench(config.get("pcpus", config["vcpus"]), config["nr_lrs"], self)
        self.resampled: Final = frozenset(config.get("resample", ()))
        self.vgic: Final[NewVgic] = model(
            self._bench, dialect, config["vcpus"], config["nr_lrs"], config["nr_spis"]
        )
        state = self.vgic.state
        self._vcpus: Final = state.vcpus
        self._irqs: Final[list[Irq]] = [*(irq for irqs in state.private for irq in irqs), *state.spis]
        self._names: Final = _FIELDS[self._name]
        self._fields: Final[Callable[[Irq], tuple[Any, ...]]] = attrgetter(*self._names)
        self._inside: set[int] = set()
        self._records = [(None,)] * len(self._irqs)
        self._lists: list[list[Irq]] = [[] for _ in self._vcpus]

    def answer(self, op: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Do a step."""
        answers: dict[str, Any] = run(getattr(self, f"_{op}")(inputs))
        self._bench.held.check_none()
        answers.update(self._changes())
        return answers

    async def leave(self, vcpu: int) -> dict[str, Any]:
        """An exit: what the hardware shows then, and what comes of it."""
        self._inside.discard(vcpu)
        seen = self._bench.observe(self._vcpus[vcpu].cpu)
        await self.vgic.sync(vcpu)
        return {**seen, "pending_irq": await self.vgic.pending(vcpu), **self._changes()}

    def in_guest(self, vcpu: int) -> list[int]:
        """Other vCPUs that have entered and not left."""
        return sorted(self._inside - {vcpu})

    # ---- what has changed

    def _changes(self) -> dict[str, Any]:
        """All that was seen since the last call, and the records and lists that differ."""
        changes, self._bench.happened = self._bench.happened, {}
        if kicks := self._bench.take_kicks():
            changes["kicks"] = kicks
        records = list(map(self._fields, self._irqs))
        if records != self._records:
            changes["irqs"] = dict(self._changed(records))
            self._records = records
        lists = {
            vcpu.number: [irq.intid for irq in vcpu.ap_list]
            for vcpu, old in zip(self._vcpus, self._lists, strict=True)
            if vcpu.ap_list != old
        }
        if lists:
            changes["ap_lists"] = lists
            self._lists = [list(vcpu.ap_list) for vcpu in self._vcpus]
        return changes

    def _changed(self, records: list[Any]) -> Iterator[tuple[tuple[int, int | None], dict[str, Any]]]:
        for irq, old, new in zip(self._irqs, self._records, records, strict=True):
            if old != new:
                fields = dict(zip(self._names, new, strict=True))
                for name, shown in _RENAMED.items():
                    vcpu: Vcpu | None = fields.pop(name)
                    fields[shown] = vcpu.number if vcpu else None
                if not irq.hw:
                    del fields["pintid"]
                yield (irq.intid, irq.owner.number if irq.owner else None), fields

    # ---- steps

    async def _config(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        if self._name != "xen":
            return {}
        banks = {}
        for vcpu in self._vcpus:
            await self.vgic.load(vcpu.number, vcpu.number)
            registers = {name: f"GICH_{name.upper()}" for name in ("hcr", "vmcr", "apr")}
            banks[vcpu.number] = {key: self._bench.gich(vcpu.cpu, name) for key, name in registers.items()}
        return {"banks": banks}

    async def _load(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        cpu = inputs["pcpu"]
        await self.vgic.load(inputs["vcpu"], cpu)
        return {"vmcr": self._bench.gich(cpu, "GICH_VMCR"), "apr": self._bench.gich(cpu, "GICH_APR")}

    async def _put(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        await self.vgic.put(inputs["vcpu"])
        vcpu = self._vcpus[inputs["vcpu"]]
        return {"vmcr": vcpu.vmcr, "apr": vcpu.apr}

    async def _wfi(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {"ret": await self.vgic.block(inputs["vcpu"])}

    async def _wake(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        await self.vgic.unblock(inputs["vcpu"])
        return {}

    async def _enter(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        vcpu = self._vcpus[inputs["vcpu"]]
        pruned = await self.vgic.serve_requests(vcpu.number)
        await self.vgic.flush(vcpu.number)
        self._inside.add(vcpu.number)
        hcr = self._bench.gich(vcpu.cpu, "GICH_HCR")
        answers = {"hcr": hcr, "lrs": self._bench.list_registers(vcpu.cpu), "used": vcpu.used}
        return {**answers, "pruned": 1} if pruned else answers

    async def _exit(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return await self.leave(inputs["vcpu"])

    async def _guest(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        cpu = self._vcpus[inputs["vcpu"]].cpu
        if inputs["rw"] == "r":
            return {"value": self._bench.guest_read(cpu, inputs["reg"])}
        pintid = self._bench.guest_write(cpu, inputs["reg"], inputs["value"])
        return {} if pintid is None else {"physops": [("deactivate", pintid)]}

    async def _mmio(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        place = inputs["vcpu"], inputs["off"], inputs["len"]
        try:
            if inputs["rw"] == "r":
                return {"value": await self.vgic.mmio_read(*place)}
            await self.vgic.mmio_write(*place, inputs["value"])
        except UnclaimedAccess:
            return {"abort": 1}
        return {}

    async def _dir(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        requested = [vcpu.prune_requested for vcpu in self._vcpus]
        for vcpu in self._vcpus:
            vcpu.prune_requested = False
        await self.vgic.trapped_dir(inputs["vcpu"], inputs["value"])
        made = [("prune", vcpu.number) for vcpu in self._vcpus if vcpu.prune_requested]
        for vcpu, before in zip(self._vcpus, requested, strict=True):
            vcpu.prune_requested |= before
        return {"requests": made} if made else {}

    async def _inject(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        result = await self.vgic.inject(inputs["vcpu"], inputs["intid"], inputs["level"], inputs.get("token"))
        return {} if self._name == "xen" else {"ret": result}

    async def _map(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        callback, token = bool(inputs.get("line_fn")), inputs.get("token")
        place = inputs["vcpu"], inputs["vintid"], inputs["pintid"]
        return {"ret": await self.vgic.map(*place, callback=callback, token=token)}

    async def _unmap(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        result = await self.vgic.unmap(inputs["vcpu"], inputs["vintid"])
        return {"ret": result} if self._name == "xen" else {}

    async def _phys(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        self._bench.set_wire(inputs["pintid"], inputs.get("vcpu"), inputs["line"], inputs["pending"])
        return {}
