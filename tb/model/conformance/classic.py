# SPDX-License-Identifier: Apache-2.0
"""The classic VGIC as a subject of conformance."""

from collections.abc import Mapping
from typing import Any, Final

from tb.model.conformance.bench import Bench
from tb.model.hypervisor.classic import V310, V319, ClassicVgic
from tb.model.hypervisor.platform import UnclaimedAccess, run

_BITMAPS: Final = ("pending", "enabled", "cfg", "level", "soft_pend", "queued")


class ClassicSubject:
    """A classic VGIC whose vCPU n runs on physical CPU n."""

    def __init__(self, config: Mapping[str, Any], vgic: type[ClassicVgic] = ClassicVgic) -> None:
        vcpus, nr_lrs = config["vcpus"], config["nr_lrs"]
        variant = V310 if V310.name in config["source"] else V319
        self._bench = Bench(vcpus, nr_lrs)
        self._vgic = vgic(self._bench, vcpus, config["nr_spis"], nr_lrs, variant)
        self._known = _cleared(self._state())  # the state after the last step
        for vcpu in range(vcpus):
            run(self._vgic.load(vcpu, vcpu))

    def answer(self, op: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Do a step; all that came of it."""
        answers: dict[str, Any] = getattr(self, f"_{op}")(inputs)
        self._bench.held.check_none()
        state = self._state()
        changes = _changes(self._known, state)
        self._known = state
        if changes:
            answers["state"] = changes
        if kicks := self._bench.take_kicks():
            answers["kicks"] = kicks
        return answers

    # ---- steps

    def _config(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def _inject(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {"ret": run(self._vgic.inject(inputs["vcpu"], inputs["intid"], inputs["level"]))}

    def _mmio(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        place = inputs["vcpu"], inputs["off"], inputs["len"]
        try:
            if inputs["rw"] == "r":
                return {"value": run(self._vgic.mmio_read(*place))}
            run(self._vgic.mmio_write(*place, inputs["value"]))
        except UnclaimedAccess:
            return {"handled": False}
        return {}

    def _enter(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        vcpu = inputs["vcpu"]
        run(self._vgic.flush(vcpu))
        shadow = self._vgic.state.vcpus[vcpu]
        lrs = self._bench.list_registers(vcpu)
        hcr = self._bench.gich(vcpu, "GICH_HCR")
        self._known["vcpu"][vcpu] |= {"hcr": hcr, "lrs": lrs, "lr_used": shadow.lr_used}  # not said twice
        return {"hcr": hcr, "vmcr": shadow.vmcr, "apr": shadow.apr, "lrs": lrs, "used": shadow.lr_used}

    def _guest(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        if inputs["rw"] == "r":
            return {"value": self._bench.guest_read(inputs["vcpu"], inputs["reg"])}
        self._bench.guest_write(inputs["vcpu"], inputs["reg"], inputs["value"])
        return {}

    def _exit(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        vcpu = inputs["vcpu"]
        shown = self._bench.observe(vcpu)
        run(self._vgic.save(vcpu))
        self._known = self._state()  # an exit record's `state` is what the fold changes
        run(self._vgic.fold(vcpu))
        return shown

    def _cancel(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        run(self._vgic.fold(inputs["vcpu"]))
        return {}

    # ---- state

    def _state(self) -> dict[Any, Any]:
        """All that the VGIC remembers, by the names that traces have."""
        state = self._vgic.state
        bitmaps = {name: getattr(state, name) for name in _BITMAPS}
        return {
            "ctlr": state.ctlr,
            "on_cpu": state.on_cpu,
            **{
                name: dict(enumerate(bitmap.private)) | {"spi": bitmap.shared}
                for name, bitmap in bitmaps.items()
            },
            "sgi": {n: dict(enumerate(vcpu.sgi_sources)) for n, vcpu in enumerate(state.vcpus)},
            "target": dict(enumerate(state.spi_cpu, 32)),
            "vcpu": {
                n: {
                    "pend_priv": vcpu.pend_private,
                    "pend_spi": vcpu.pend_shared,
                    "lr_used": vcpu.lr_used,
                    "lr_map": dict(vcpu.lr_map),
                    "lrs": dict(enumerate(vcpu.lrs)),
                    "hcr": vcpu.hcr,
                    "eisr": vcpu.eisr,
                    "elrsr": vcpu.elrsr,
                }
                for n, vcpu in enumerate(state.vcpus)
            },
        }


def _cleared(state: Mapping[Any, Any]) -> dict[Any, Any]:
    """As traces take it before the config record: all is 0."""
    return {key: _cleared(value) if isinstance(value, dict) else 0 for key, value in state.items()}


def _changes(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> dict[Any, Any]:
    """What is not as it was; what is no longer there is None."""
    changes: dict[Any, Any] = dict.fromkeys(key for key in before if key not in after)
    for key, value in after.items():
        old = before.get(key)
        if value != old:
            changes[key] = _changes(old, value) if isinstance(old, dict) else value
    return changes
