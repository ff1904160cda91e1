# SPDX-License-Identifier: Apache-2.0
"""INV-MI-1 and INV-CNT-1: what the bank tells of itself."""

import gicv2_registers as regs
from tb.model.hardware.virtual_interface import Lines
from tb.model.ledger.books import Handlers
from tb.model.ledger.findings import Findings
from tb.model.ledger.invariants import Leeway
from tb.model.ledger.words import PENDING, completion, eoi_count, group_enabled, used, words
from tb.model.machine.events import (
    Accessed,
    Acknowledged,
    BankState,
    Cancelled,
    Completed,
    Entered,
    Exited,
)


def misr(state: BankState) -> int:
    """MISR's definition."""
    in_use = used(state)
    ended = any(word.eoi and not word.state for word in words(state))
    causes = (
        (regs.GICH_MISR_EOI_MASK, ended),
        (regs.GICH_MISR_U_MASK, state.hcr & regs.GICH_HCR_UIE_MASK and len(in_use) <= 1),
        (regs.GICH_MISR_LRENP_MASK, state.hcr & regs.GICH_HCR_LRENPIE_MASK and eoi_count(state)),
        (
            regs.GICH_MISR_NP_MASK,
            state.hcr & regs.GICH_HCR_NPIE_MASK and not any(word.state == PENDING for word in in_use),
        ),
        (regs.GICH_MISR_VGRP0E_MASK, state.hcr & regs.GICH_HCR_VGRP0EIE_MASK and group_enabled(state, 0)),
        (regs.GICH_MISR_VGRP0D_MASK, state.hcr & regs.GICH_HCR_VGRP0DIE_MASK and not group_enabled(state, 0)),
        (regs.GICH_MISR_VGRP1E_MASK, state.hcr & regs.GICH_HCR_VGRP1EIE_MASK and group_enabled(state, 1)),
        (regs.GICH_MISR_VGRP1D_MASK, state.hcr & regs.GICH_HCR_VGRP1DIE_MASK and not group_enabled(state, 1)),
    )
    return sum(mask for mask, holds in causes if holds)


class Maintenance:
    """MISR and EOICount against their definitions."""

    def __init__(self, findings: Findings, leeway: Leeway) -> None:
        self._findings = findings
        self._any_count = leeway.any_count
        self._lines: dict[int, Lines] = {}
        self._counts: dict[int, int] = {}  # what EOICount should be, by CPU, while a guest runs

    def handlers(self) -> Handlers:
        """What it listens to."""
        return {
            Accessed: self._accessed,
            Entered: self._entered,
            Cancelled: self._cancelled,
            Exited: self._exited,
            Acknowledged: self._acknowledged,
            Completed: self._completed,
        }

    def _accessed(self, event: Accessed) -> None:
        self._lines[event.cpu] = event.lines

    def _entered(self, event: Entered) -> None:
        self._check_misr(event.cpu, event.state, with_line=True)
        self._counts[event.cpu] = eoi_count(event.state)

    def _cancelled(self, event: Cancelled) -> None:
        self._check_misr(event.cpu, event.state, with_line=True)

    def _exited(self, event: Exited) -> None:
        self._check_misr(event.cpu, event.state, with_line=True)
        self._check_count(event.cpu, event.state)

    def _acknowledged(self, event: Acknowledged) -> None:
        self._check_misr(event.cpu, event.before, with_line=False)
        self._check_count(event.cpu, event.before)

    def _completed(self, event: Completed) -> None:
        self._check_misr(event.cpu, event.before, with_line=False)
        self._check_count(event.cpu, event.before)
        if event.cpu in self._counts:
            grows = completion(event.before, event.register, event.value).counted
            self._counts[event.cpu] = self._counts[event.cpu] + grows & 31

    def _check_misr(self, cpu: int, state: BankState, *, with_line: bool) -> None:
        right = misr(state)
        self._findings.check("INV-MI-1", state.misr == right, f"CPU {cpu}: {state.misr:#x}, not {right:#x}")
        lines = self._lines.get(cpu)
        if with_line and lines:
            high = bool(right and state.hcr & regs.GICH_HCR_EN_MASK)
            self._findings.check("INV-MI-1", lines.maint == high, f"CPU {cpu}: the line is {lines.maint}")

    def _check_count(self, cpu: int, state: BankState) -> None:
        if cpu in self._counts and not self._any_count:
            count, right = eoi_count(state), self._counts[cpu]
            self._findings.check("INV-CNT-1", count == right, f"CPU {cpu}: {count}, not {right}")
