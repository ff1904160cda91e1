# SPDX-License-Identifier: Apache-2.0
"""Each planted error in the model is caught by the property that is there for it.

A planted error is an edit of one place in the source of a module. The edited classes lend their methods to
the real ones for the time of a test.
"""

import importlib
import sys
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import pytest
import test_model_device_properties
import test_model_gic
import test_model_properties
import test_model_second_reading
from properties import FIRST_FAILURE

STATED = (test_model_device_properties, test_model_gic, test_model_properties, test_model_second_reading)
AGREEMENT = "test_agreement"
CONSISTENCY = "test_status_is_consistent"
PREEMPTION = "test_acknowledge_preempts_and_changes_one_state"
FORETELLING = "test_highest_pending_foretells_the_acknowledge"
GATING = "test_off_and_on_again_changes_nothing"
RESTORING = "test_state_is_all_there_is"
ALIASES = "test_aliases_have_equal_effect"
LINES = "test_line_says_whether_an_acknowledge_answers"
ORDER = "test_order_of_list_registers_does_not_matter"
EMPTY = "test_empty_list_register_does_not_matter"
DISABLED = "test_disabled_group_does_not_matter_to_the_guest"
ONLY = "test_reads_and_guest_accesses_change_only_what_they_may"
BANKS = "test_banks_are_independent"
PARTIAL = "test_partial_write_is_an_error_without_effect"
UNALIGNED = "test_unaligned_access_is_an_error_without_effect"
EDGES = "test_every_edge_is_as_section_8_says"
STALLS = "test_stalls_change_nothing_but_time"
HOLDING = "test_outputs_hold_until_they_are_taken"
LATER = "test_registered_lines_are_one_edge_later"
WAITING = "test_nobody_waits_for_more_than_the_others"
RESET = "test_reset_leaves_nothing_behind"

ARGUMENTS: dict[str, dict[str, Any]] = {CONSISTENCY: {"num_lr": 33}, WAITING: {"num_cpu": 2}}


class Planted(NamedTuple):
    """A rule, the property that catches what breaks it, and the edit that does."""

    rule: str
    caught_by: str
    old: str
    new: str


VIRTUAL_INTERFACE = (
    Planted("V2-BPR-1", CONSISTENCY, "max(bpr, regs.GICH_VMCR_VMBP_MINIMUM)", "bpr"),
    Planted("V2-BPR-1", CONSISTENCY, "max(abpr, regs.GICH_VMCR_VMABP_MINIMUM)", "max(abpr, 2)"),
    Planted("V2-ALIAS-1", ALIASES, "_LSB, regs.GICH_VMCR_VMFIQEN_LSB", "_LSB, regs.GICH_VMCR_VMCBPR_LSB"),
    Planted("V2-ALIAS-1", ALIASES, "(vmcr | priority <<", "(self._vmcr | priority <<"),
    Planted("V2-LR-2", AGREEMENT, "value &= regs.GICH_LR_MASK", "value &= 0xFF89_FFFF"),
    Planted("V2-LR-3", ONLY, "self._set_lr(n, word & ~ACT)", "self._set_lr(n, 0)"),
    Planted("V2-LR-6", AGREEMENT, "_intid(word) >= FIRST_SPECIAL_ID:", "_intid(word) > FIRST_SPECIAL_ID:"),
    Planted("V2-LR-7", AGREEMENT, "enumerate(self._lr):\n            if (",
            "reversed(list(enumerate(self._lr))):\n            if ("),
    Planted("V2-MI-1", RESTORING, "_OWES_EOI else self._eisr & ~bit", "_OWES_EOI else self._eisr"),
    Planted("V2-MI-2", GATING, "maint = enabled and self._misr != 0", "maint = self._misr != 0"),
    Planted("V2-MI-4", CONSISTENCY, "& ~(self._valid | self._eisr)", "& ~self._valid"),
    Planted("MISR.U", AGREEMENT, "not self._valid & self._valid - 1:", "not self._valid:"),
    Planted("MISR.U", EMPTY, "| bit if state != INV", "| bit if word"),
    Planted("MISR.NP", AGREEMENT, "| bit if state == PEND else", "| bit if state & PEND else"),
    Planted("MISR.VGrp0D", AGREEMENT, "VGRP0DIE_MASK and not group0", "VGRP0DIE_MASK and group0"),
    Planted("MISR.VGrp1E", AGREEMENT, "VGRP1EIE_MASK and group1", "VGRP1EIE_MASK and group0"),
    Planted("V2-SEL-1", PREEMPTION, "if word & regs.GICH_LR_STATE_MASK != PEND:", "if not word & PEND:"),
    Planted("V2-SEL-2", AGREEMENT, "min(self._rank)", "min(self._rank, key=lambda rank: (rank >> 6, -rank))"),
    Planted("V2-SEL-3", DISABLED, "if self._grp_filter and not", "if False and not"),
    Planted("V2-SEL-3", RESTORING, "self._rank = [", "self._rank = getattr(self, '_rank', None) or ["),
    Planted("V2-SEL-4", ORDER, "!= PEND:  # V2-SEL-1", "!= PEND or n == 3:"),
    Planted("V2-PRI-1", AGREEMENT, "if priority >= self._pmr:", "if priority > self._pmr:"),
    Planted("V2-PRI-2", AGREEMENT, "0xFF & 0xFF << abpr)", "0xFF & 0xFF << abpr + 1)"),
    Planted("V2-PRI-3", PREEMPTION, "& mask < self._running()", "& mask <= self._running()"),
    Planted("V2-PRI-4", AGREEMENT, "priority & mask < self._running() & mask", "priority < self._running()"),
    Planted("V2-SIG-1", AGREEMENT, "vfiq = group == 0 and self._fiqen", "vfiq = self._fiqen"),
    Planted("V2-SIG-2", CONSISTENCY, "virq = not vfiq", "virq = True"),
    Planted("V2-EN-1", GATING, "if enabled and self._hppvi != NONE:", "if self._hppvi != NONE:"),
    Planted("V2-EN-2", AGREEMENT, "if not self._hcr & regs.GICH_HCR_EN_MASK or", "if"),
    Planted("V2-IAR-1", PREEMPTION, "word & ~regs.GICH_LR_STATE_MASK | ACT", "word | ACT"),
    Planted("V2-IAR-1", AGREEMENT, "(_priority(word) & self._group_mask[group])", "_priority(word)"),
    Planted("V2-IAR-2", LINES, "if not self._ready:", "if self._hppvi == NONE:"),
    Planted("V2-IAR-3", FORETELLING, "not self._ackctl:  # V2-IAR-3", "False:"),
    Planted("V2-IAR-4", AGREEMENT, "0 if word & regs.GICH_LR_HW_MASK else _source(word)", "_source(word)"),
    Planted("V2-IAR-5", FORETELLING, "if alias and group == 0:  # V2-IAR-5", "if False:"),
    Planted("V2-HPP-1", AGREEMENT, "(self._hppir_pmr and", "(not self._hppir_pmr and"),
    Planted("V2-RPR-1", PREEMPTION, "(self._apr & -self._apr).bit_length()", "self._apr.bit_length()"),
    Planted("V2-EOI-1", AGREEMENT, "&= self._apr - 1", "&= (1 << self._apr.bit_length() >> 1) - 1"),
    Planted("V2-EOI-2", AGREEMENT, "if not self._eoimode:  # V2-EOI-2", "if True:"),
    Planted("V2-EOI-3", AGREEMENT, "_source(word) == source", "True"),
    Planted("V2-EOI-4", AGREEMENT, "elif dropped:", "else:"),
    Planted("V2-EOI-4", AGREEMENT, "& regs.GICH_HCR_EOICOUNT_MASK\n", "\n"),
    Planted("V2-EOI-5", AGREEMENT, "word & ACT  # ACT or PACT", "word & regs.GICH_LR_STATE_MASK"),
    Planted("V2-EOI-9", AGREEMENT, "FIRST_PPI <= physical", "FIRST_PPI < physical"),
    Planted("V2-EOI-10", AGREEMENT, "physical < FIRST_SPECIAL_ID", "True"),
    Planted("V2-AEOI-1", AGREEMENT, "if alias and n != NONE and _group(self._lr[n]) == 0:", "if False:"),
    Planted("V2-DIR-1", AGREEMENT, "else:\n            self._cou", "elif self._apr:\n            self._cou"),
    Planted("V2-DIR-2", AGREEMENT, "if not self._eoimode or intid", "if intid"),
    Planted("words", AGREEMENT, "self.known_words = None", "if not self._apr: self.known_words = None"),
)  # fmt: skip

GIC = (
    Planted("V2-BANK-1", BANKS, "interface = self.banks[bank]", "interface = self.banks[0]"),
    Planted("V2-MAP-7", PARTIAL, "(write and strb != ALL_BYTES)", "(write and strb == 0)"),
    Planted("V2-MAP-7", UNALIGNED, "if addr & 3 or", "if addr & 1 or"),
)

DEVICE = (
    Planted("V2-CYC-1", LATER, "if self._irq_reg:  # V2-CYC-1", "if False:  #"),
    Planted("V2-CYC-2", HOLDING, "if pins.rready:\n                port.r = None", "port.r = None"),
    Planted("V2-CYC-3", STALLS, "if port.read is not None and port.r is None:", "if port.read is not None:"),
    Planted("V2-CYC-4", HOLDING, "if pins.bready:\n                port.b = None", "port.b = None"),
    Planted("V2-CYC-5", EDGES, "if r > bank.last_requester)", "if r >= bank.last_requester)"),
    Planted("V2-CYC-5", WAITING, "if r > bank.last_requester)", "if r < bank.last_requester)"),
    Planted("V2-CYC-5", EDGES, "self.last_requester = 2 * num_cpu - 1", "self.last_requester = 0"),
    Planted("V2-CYC-7", STALLS, "bank.queue.popleft()", "bank.queue.pop()"),
    Planted("V2-CYC-8", EDGES, "full = write and self.queued(bank) == QUEUE_DEPTH", "full = False"),
    Planted("V2-CYC-8", EDGES, "self.queued(bank) == QUEUE_DEPTH", "self.queued(bank) == QUEUE_DEPTH - 1"),
    Planted("V2-CYC-8", EDGES, "if not full or", "if not full and"),
    Planted("V2-CYC-16", EDGES, "if pins.arvalid and port.read is None:",
            "if pins.arvalid and port.read is None and port.r is None:"),
    Planted("slots", EDGES, "if pins.awvalid and port.write is None:", "if pins.awvalid:"),
    Planted("slots", EDGES, "or pins.wvalid:", ":"),
    Planted("slots", EDGES, "self._quiet = not accepted and self._is_empty()", "self._quiet = not accepted"),
    Planted("counter", HOLDING, "bank.accepts + 1 & 0xFF", "bank.accepts + 1 & 0x1F"),
    Planted("words", EDGES, "self._observations[index] = None\n        return", "None\n        return"),
    Planted("words", EDGES, "self._observations[index] = None\n        accepted", "None\n        accepted"),
    Planted("outputs", EDGES, "            self._outputs[cpu] = None\n", ""),
    Planted("outputs", EDGES, "                self._outputs[index] = None\n", ""),
    Planted("outputs", EDGES, "self._outputs[index] = self._observations[index] = None\n        return",
            "self._observations[index] = None\n        return"),
    Planted("V2-RST-3", RESET, "self._ports = [", "self._ports = getattr(self, '_ports', None) or ["),
)  # fmt: skip

PLACES = {"virtual_interface": VIRTUAL_INTERFACE, "gic": GIC, "device": DEVICE}


def lend_methods(monkeypatch: pytest.MonkeyPatch, module: str, planted: Planted) -> None:
    """Give the real classes of a module the methods of their edited copies."""
    real = importlib.import_module(f"tb.model.hardware.{module}")
    source = Path(real.__file__ or "").read_text()
    assert source.count(planted.old) == 1, (
        f"{planted.old!r} stands {source.count(planted.old)} times in {module}"
    )
    copy = ModuleType(real.__name__)
    monkeypatch.setitem(sys.modules, real.__name__, copy)
    exec(compile(source.replace(planted.old, planted.new), f"{module} with an error", "exec"), vars(copy))
    monkeypatch.setitem(sys.modules, real.__name__, real)
    for name, original in vars(real).items():
        own = isinstance(original, type) and original.__module__ == real.__name__
        if own and not issubclass(original, tuple):
            for attribute, method in vars(vars(copy)[name]).items():
                if isinstance(method, FunctionType | property):
                    monkeypatch.setattr(original, attribute, method)


def name_of(planted: object) -> str | None:
    return f"{planted.rule} {planted.new!r}" if isinstance(planted, Planted) else None


@pytest.mark.parametrize(
    ("module", "planted"),
    [(module, planted) for module, errors in PLACES.items() for planted in errors],
    ids=name_of,
)
def test_planted_error_is_caught(monkeypatch: pytest.MonkeyPatch, module: str, planted: Planted) -> None:
    lend_methods(monkeypatch, module, planted)
    with pytest.raises(AssertionError):
        FIRST_FAILURE[planted.caught_by](**ARGUMENTS.get(planted.caught_by, {}))


@pytest.mark.parametrize(
    ("module", "name"), [("virtual_interface", AGREEMENT), ("gic", BANKS), ("device", EDGES)]
)
def test_it_is_the_error_that_is_caught(monkeypatch: pytest.MonkeyPatch, module: str, name: str) -> None:
    """And not the way it gets in: with an edit that changes nothing the property holds."""
    same = "from tb.model.hardware.parameters"
    lend_methods(monkeypatch, module, Planted("none", name, same, same))
    FIRST_FAILURE[name](**ARGUMENTS.get(name, {}))


def test_every_property_is_known() -> None:
    stated = {name for module in STATED for name in vars(module)}
    assert {planted.caught_by for errors in PLACES.values() for planted in errors} <= stated
