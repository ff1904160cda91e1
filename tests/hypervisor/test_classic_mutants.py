# SPDX-License-Identifier: Apache-2.0
"""The golden traces see each way in which the classic model could be wrong."""

import sys
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tb.model.conformance import conform
from tb.model.conformance.classic import ClassicSubject
from tb.model.hypervisor.classic import V310, V319, ClassicVgic, Variant
from tb.paths import ROOT

SOFTWARE = ROOT / "tests" / "data" / "software"
PACKAGE = "tb.model.hypervisor.classic"
FOLDERS = {V319: "classic", V310: "classic-v310"}

# Not in the traces: a PPI's priority written by one vCPU and read by another; an SPI made edge while it is in
# a list register of v3.19, which warns then; the order of an entry's writes.
CHOICES = [
    (variant, field.name)
    for variant in FOLDERS
    for field in fields(Variant)
    if field.name not in ("name", "banks_ppi_priority", "enables_last")
    and (variant, field.name) not in ((V319, "edge_ignores_queued"), (V310, "follows_sources"))
]


def is_caught(folder: str, vgic: type[ClassicVgic] = ClassicVgic) -> bool:
    """Whether a trace of the folder differs from the model."""

    def subject(config: Mapping[str, Any]) -> ClassicSubject:
        return ClassicSubject(config, vgic)

    paths = sorted((SOFTWARE / folder).iterdir(), key=lambda path: path.name.partition("-")[2])  # by seed
    return any(conform([path], {"classic": subject}).mismatches for path in paths)


@pytest.mark.parametrize(
    ("variant", "choice"), CHOICES, ids=[f"{variant.name}-{choice}" for variant, choice in CHOICES]
)
def test_every_choice_of_a_variant_is_seen(variant: Variant, choice: str) -> None:
    class Mutant(ClassicVgic):
        def __init__(self, *args: Any) -> None:
            *rest, right = args
            super().__init__(*rest, replace(right, **{choice: not getattr(right, choice)}))

    assert is_caught(FOLDERS[variant], Mutant)


MUTANTS = [  # rule, module, right, wrong
    ("CL-STATE", "state", "spi_cpu[number] = target", "spi_cpu[number] = target % len(self.vcpus)"),
    ("CL-STATE", "state", "(index == target) << number", "1 << number"),
    ("CL-STATE", "state", "self.cfg.private[vcpu] = 0xFFFF_FFFF", "self.cfg.private[vcpu] = 0xFFFF"),
    ("CL-PEND-1", "state", "            self.on_cpu |= 1\n", "            pass\n"),
    ("CL-PEND-1", "state", "            return\n", "            pass\n"),
    ("CL-PEND-1", "state", " & vcpu.targeted", ""),
    ("CL-PEND-1", "state", "pending.shared & enabled.shared &", "pending.shared &"),
    ("CL-PEND-1", "state", "if vcpu.pend_private or vcpu.pend_shared:", "if vcpu.pend_private:"),
    ("CL-INJ-1", "vgic", "level <= wire.get(target, intid) if is_edge else ", ""),
    ("CL-INJ-1", "vgic", "else level == wire.get(target, intid)", "else level <= wire.get(target, intid)"),
    ("CL-INJ-1", "vgic", "if not state.soft_pend.get(target, intid):", "if level == 0:"),
    ("CL-INJ-1", "vgic", "waits = not is_edge and ", "waits = "),
    ("CL-INJ-1", "vgic", "and not waits", ""),
    ("CL-INJ-1", "vgic", "is_heard = state.enabled.get(target, intid) and", "is_heard ="),
    ("CL-INJ-1", "vgic", "                state.on_cpu |= 1 << target\n", ""),
    ("CL-Q-1", "list_registers", "vcpu.hcr &= ~regs.GICH_HCR_UIE_MASK\n        if o", "if o"),
    ("CL-Q-2", "list_registers", " and _source_of(vcpu.lrs[lr]) == source", ""),
    ("CL-Q-2", "list_registers", "vcpu.lrs[lr] |= _PEND", "vcpu.lrs[lr] = vcpu.lrs[lr] & ~_STATE | _PEND"),
    ("CL-Q-2", "list_registers", "lr = next(bits(free))", "lr = free.bit_length() - 1"),
    ("CL-Q-2", "list_registers", "eoi = 0 if self", "eoi = _EOI if self"),
    ("CL-Q-3", "list_registers", "        if vcpu.sgi_sources[sgi]:\n            return False\n", ""),
    (
        "CL-Q-4",
        "list_registers",
        "            self._vcpu.put_pending(intid, 0)\n        else",
        "        else",
    ),
    ("CL-Q-4", "list_registers", "state.queued.put(number, intid, 1)", "pass"),
    ("CL-Q-5", "list_registers", "            if not overflow:\n", "            if True:\n"),
    ("CL-Q-5", "list_registers", "        if overflow:\n", "        if overflow and vcpu.lr_used == 0:\n"),
    ("CL-MAINT-1", "list_registers", "if vcpu.misr & regs.GICH_MISR_EOI_MASK:", "if False:"),
    ("CL-MAINT-1", "list_registers", "        vcpu.elrsr |= 1 << lr\n        if keeps", "        if keeps"),
    (
        "CL-MAINT-1",
        "list_registers",
        "            state.soft_pend.put(number, intid, 0)\n",
        "            pass\n",
    ),
    ("CL-MAINT-1", "list_registers", "vcpu.put_pending(intid, high)", "pass"),
    ("CL-MAINT-1", "list_registers", "if not high and keeps_lines:", "if False:"),
    ("CL-MAINT-3", "list_registers", "if vcpu.misr & regs.GICH_MISR_U_MASK:", "if False:"),
    ("CL-SYNC-1", "list_registers", "vcpu.elrsr & vcpu.lr_used", "vcpu.lr_used"),
    ("CL-SYNC-1", "list_registers", "vcpu.lr_map.pop(intid_of(vcpu.lrs[lr]), None)", "pass"),
    ("CL-SYNC-1", "vgic", 'shadow.hcr = await read(shadow.cpu, "GICH_HCR")', "pass"),
    ("CL-SYNC-2", "list_registers", "if waiting or ~vcpu.elrsr", "if ~vcpu.elrsr"),
    ("CL-SYNC-2", "list_registers", "if waiting or ~vcpu.elrsr & implemented:", "if waiting:"),
    ("CL-DIS-1", "distributor", "        self._list_registers[vcpu].retire_disabled()\n", ""),
    (
        "CL-DIS-1",
        "list_registers",
        "            self._release(lr)\n            vcpu.lrs",
        "            vcpu.lrs",
    ),
    ("CL-DIS-1", "list_registers", "            vcpu.lrs[lr] &= ~_STATE\n", ""),
    ("CL-SGI-1", "distributor", "targets & everybody", "targets & everybody & ~(1 << vcpu)"),
    ("CL-SGI-1", "distributor", "sgi_sources[sgi] |= 1 << vcpu", "sgi_sources[sgi] = 1 << vcpu"),
    ("CL-SGI-1", "distributor", "target_filter == 2", "target_filter >= 2"),
    ("CL-MMIO-1", "distributor", "0x4B00_043B", "0x4B00_143B"),
    ("CL-MMIO-1", "distributor", "len(self._state.vcpus) - 1 << 5", "len(self._state.vcpus) << 5"),
    ("CL-MMIO-1", "distributor", "value = self._read_itargetsr(vcpu, word) & ~mask | data", "value = data"),
    (
        "CL-MMIO-2",
        "distributor",
        "            if word == 0 and mask & _SGI_BITS:",
        "            if word == 0:",
    ),
    ("CL-MMIO-2", "distributor", "| data) & ~state.cfg.word(vcpu, word)", "| data)"),
    ("CL-MMIO-2", "distributor", "            new |= state.level.word(vcpu, word)\n", ""),
    ("CL-MMIO-2", "distributor", "new = new & ~_SGI_BITS | old & _SGI_BITS", "pass"),
    ("CL-MMIO-3", "distributor", "        return changed\n", "        return True\n"),
    ("B", "distributor", "kept = _SGI_BITS if word == 0 else 0", "kept = 0"),
]


def mutated(module: str, right: str, wrong: str) -> type[ClassicVgic]:
    """The model with one place of its source replaced."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("state", "list_registers", "distributor", "vgic"):
            path = ROOT / Path(*PACKAGE.split(".")) / f"{name}.py"
            source = path.read_text()
            if name == module:
                assert source.count(right) == 1
                source = source.replace(right, wrong)
            loaded = ModuleType(f"{PACKAGE}.{name}")
            patch.setitem(sys.modules, loaded.__name__, loaded)
            exec(compile(source, path, "exec"), loaded.__dict__)
        vgic: type[ClassicVgic] = loaded.ClassicVgic
        return vgic


@pytest.mark.parametrize(
    ("rule", "module", "right", "wrong"),
    MUTANTS,
    ids=[f"{mutant[0]}-{n}" for n, mutant in enumerate(MUTANTS)],
)
def test_mutant_is_caught(rule: str, module: str, right: str, wrong: str) -> None:
    mutant = mutated(module, right, wrong)
    assert any(is_caught(folder, mutant) for folder in FOLDERS.values())


def test_unchanged_source_is_not_caught() -> None:
    assert not is_caught("classic-v310", mutated("vgic", "Section B.", "Section B."))
