# SPDX-License-Identifier: Apache-2.0
"""Rules of the hardware that no function of the reference cites, seen at the pins and in the banks' state."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import gicv2_registers as regs
from tb.coverage.collector import Hits
from tb.coverage.maintenance import CAUSES
from tb.coverage.point import Point
from tb.model.hardware.address_map import decode
from tb.model.hardware.device import Accept, PortInputs, PortOutputs
from tb.model.hardware.parameters import Parameters
from tb.model.ledger.words import (
    ACTIVE,
    NONE,
    PENDING,
    SPURIOUS,
    Word,
    best,
    completion,
    eoi_count,
    group_priority,
    mask_of,
    used,
)
from tb.model.machine.events import BankState
from tb.model.machine.operations import ACKNOWLEDGE, COMPLETE

_VIEWS: Final = ("GICV_CTLR", "GICV_PMR", "GICV_BPR", "GICV_ABPR")
_APRS: Final = ("GICH_APR", "GICV_APR0")
_STATES: Final = ("INV", "PEND", "ACT", "PACT")
_IN_A_ROW: Final = 8  # accepts of a port, without an edge between

_SEEN: Final = (
    *(f"V2-ALIAS-1 {register}" for register in (*_VIEWS, "GICV_APR0")),
    "V2-BANK-1 two banks at one edge",
    "V2-BANK-1 from another CPU's port",
    "V2-BPR-2 ABPR is read while CBPR=1",
    "V2-BPR-2 ABPR is written while CBPR=1",
    "V2-CYC-3 the read waits in its slot",
    "V2-CYC-3 the answer waits for RREADY",
    "V2-CYC-6 APR and State",
    "V2-CYC-6 APR and EOICount",
    "V2-CYC-9 nothing is signalled after it",
    "V2-CYC-10 IAR gives what was written the edge before",
    "V2-CYC-11 the interface goes off",
    "V2-CYC-11 the interface goes on",
    *(f"V2-CYC-12 {register}" for register in (*_VIEWS, "GICH_VMCR", *_APRS)),
    "V2-CYC-13 an edge without an accept",
    *(f"V2-CYC-16 {what} at {_IN_A_ROW} edges in a row" for what in ("reads", "writes", "both")),
    "V2-DIR-3 DIR is counted",
    "V2-EN-1 IAR finds nothing while off",
    "V2-EN-3 a completion takes effect while off",
    "V2-EOI-7 another priority is dropped than the interrupt has",
    "V2-EOI-8 EISR rises",
    "V2-EOI-8 EISR does not rise from PACT",
    "V2-EOI-11 EOIR of Group 1 with AckCtl=0",
    "V2-HCR-1 EOICount is written",
    "V2-HCR-1 EOICount counts on",
    *(f"V2-IAR-2 {why}" for why in ("off", "nothing pending", "group off", "masked", "insufficient")),
    "V2-IAR-6 a mapped interrupt is acknowledged",
    "V2-LR-2 bits 18:13 with HW=0",
    "V2-LR-3 an acknowledge",
    "V2-LR-3 a completion",
    *(f"V2-LR-4 {state} is written" for state in _STATES),
    "V2-LR-5 HW=1 goes from PACT to PEND",
    "V2-MAP-8 a write-only register is read",
    "V2-MAP-8 a read-only register is written",
    "V2-MI-5 EISR rises with the write",
    *(f"V2-MI-6 {cause} ends" for cause in CAUSES),
    "V2-RST-2 reset while maint_irq is high",
)
_NEVER: Final = {
    "V2-CYC-9 something is signalled after it": (
        "what was acknowledged was the best, so nothing that is left is more urgent than the running priority"
    ),
    "V2-CYC-15 hypervisor first": "separate ports for hypervisor and guest are not built",
}
POINT: Final = Point("hardware.seen", dict.fromkeys(_SEEN), _NEVER)
POINTS: Final = (POINT,)


class Edge(NamedTuple):
    """A rising edge of the clock.

    runs           else it is in reset
    pins           inputs of each port
    before, after  outputs of each port
    words          of each bank before it (VirtualInterface.words)
    words_after    and after it
    """

    runs: bool
    pins: Sequence[PortInputs]
    before: Sequence[PortOutputs]
    words: Sequence[tuple[int, ...]]
    accepts: Sequence[Accept]
    after: Sequence[PortOutputs]
    words_after: Sequence[tuple[int, ...]]


class Access(NamedTuple):
    """An access that was accepted, and its bank before and after it."""

    accept: Accept
    register: str
    before: BankState
    after: BankState

    @property
    def changed(self) -> list[tuple[Word, Word]]:
        """List registers, as they were and are."""
        pairs = enumerate(zip(self.before.lrs, self.after.lrs, strict=True))
        return [(Word.of(n, old), Word.of(n, new)) for n, (old, new) in pairs if old != new]


class HardwareRules:
    """Look at each edge in turn."""

    def __init__(self, hits: Hits, parameters: Parameters) -> None:
        self._hits: Final = hits
        self._parameters: Final = parameters
        self._counting: Final[set[int]] = set()  # banks whose EOICount was written
        self._loaded: dict[int, int] = {}  # bank -> list register that was written as PEND the edge before
        self._acknowledging: set[int] = set()  # ports whose acknowledge is to be answered
        self._in_a_row: Final[dict[tuple[int, str], int]] = defaultdict(int)

    def _hit(self, label: str) -> None:
        self._hits.hit(POINT, label)

    def look(self, edge: Edge) -> None:
        """The next edge."""
        if not edge.runs:
            if any(port.maint_irq for port in edge.before):
                self._hit("V2-RST-2 reset while maint_irq is high")
            self._counting.clear()
            self._acknowledging.clear()
            return
        for cpu in self._acknowledging:
            if not edge.pins[cpu].rready:
                self._hit("V2-CYC-3 the answer waits for RREADY")
        self._acknowledging.clear()
        loaded, self._loaded = self._loaded, {}
        for accept in edge.accepts:
            register = decode(accept.cpu, accept.addr, self._parameters.num_cpu).register
            if accept.error or not register:
                continue
            before = BankState.of(edge.words[accept.bank])
            access = Access(accept, register, before, BankState.of(edge.words_after[accept.bank]))
            self._look_at_any(access)
            if accept.write:
                self._look_at_write(access)
            else:
                self._look_at_read(access)
            if register in ACKNOWLEDGE and not accept.write and accept.value < NONE:
                self._look_at_acknowledge(access, edge, loaded.get(accept.bank))
            elif register in COMPLETE and accept.write:
                self._look_at_completion(access)
            self._look_at_lines(access, edge)
        self._look_at_rates(edge)

    # ---- one access

    def _look_at_any(self, access: Access) -> None:
        accept, register, before, after = access
        if accept.cpu != accept.bank:
            self._hit("V2-BANK-1 from another CPU's port")
        kind = regs.REGISTERS[register].access
        if kind == ("RO" if accept.write else "WO"):
            what = "read-only register is written" if accept.write else "write-only register is read"
            self._hit(f"V2-MAP-8 a {what}")
        for bit, cause in enumerate(CAUSES):
            if before.misr & ~after.misr & 1 << bit:
                self._hit(f"V2-MI-6 {cause} ends")

    def _look_at_read(self, access: Access) -> None:
        accept, register, before, _ = access
        if register == "GICV_ABPR" and before.vmcr & regs.GICH_VMCR_VMCBPR_MASK:
            self._hit("V2-BPR-2 ABPR is read while CBPR=1")
        if register == "GICV_IAR" and accept.value == SPURIOUS:
            self._hit(f"V2-IAR-2 {self._why_nothing(before)}")
            if not before.hcr & regs.GICH_HCR_EN_MASK and best(before):
                self._hit("V2-EN-1 IAR finds nothing while off")

    @staticmethod
    def _why_nothing(state: BankState) -> str:
        if not state.hcr & regs.GICH_HCR_EN_MASK:
            return "off"
        word = best(state)
        if word:
            return "masked" if word.priority >= mask_of(state) else "insufficient"
        waiting = any(word.state == PENDING and word.intid < NONE for word in used(state))
        return "group off" if waiting else "nothing pending"

    def _look_at_write(self, access: Access) -> None:
        accept, register, before, after = access
        if register in _VIEWS and before.vmcr != after.vmcr:
            self._hit(f"V2-ALIAS-1 {register}")
            if register == "GICV_ABPR" and before.vmcr & regs.GICH_VMCR_VMCBPR_MASK:
                self._hit("V2-BPR-2 ABPR is written while CBPR=1")
        elif register == "GICV_APR0" and before.apr != after.apr:
            self._hit("V2-ALIAS-1 GICV_APR0")
        elif register == "GICH_HCR" and eoi_count(after):
            self._hit("V2-HCR-1 EOICount is written")
            self._counting.add(accept.bank)
        elif register.startswith("GICH_LR"):
            self._look_at_load(access, int(register.removeprefix("GICH_LR")))

    def _look_at_load(self, access: Access, number: int) -> None:
        if number >= self._parameters.num_lr:
            return
        word = Word.of(number, access.after.lrs[number])
        self._hit(f"V2-LR-4 {_STATES[word.state]} is written")
        if not word.hw and word.reserved:
            self._hit("V2-LR-2 bits 18:13 with HW=0")
        if not access.before.eisr >> number & 1 and access.after.eisr >> number & 1:
            self._hit("V2-MI-5 EISR rises with the write")
        if word.state == PENDING:
            self._loaded[access.accept.bank] = number

    def _look_at_acknowledge(self, access: Access, edge: Edge, loaded: int | None) -> None:
        accept, _, _, _ = access
        self._hit("V2-LR-3 an acknowledge")
        ((_, word),) = access.changed
        if word.hw:
            self._hit("V2-IAR-6 a mapped interrupt is acknowledged")
        if word.number == loaded:
            self._hit("V2-CYC-10 IAR gives what was written the edge before")
        if not edge.before[accept.cpu].arready:
            self._hit("V2-CYC-3 the read waits in its slot")
        self._acknowledging.add(accept.cpu)
        after = edge.after[accept.bank]
        signalled = "something" if after.virq or after.vfiq else "nothing"
        if not self._parameters.irq_reg:
            self._hit(f"V2-CYC-9 {signalled} is signalled after it")

    def _look_at_completion(self, access: Access) -> None:
        accept, register, before, after = access
        done = completion(before, register, accept.data)
        changed = access.changed
        if before.hcr & regs.GICH_HCR_EN_MASK == 0 and (changed or before.apr != after.apr):
            self._hit("V2-EN-3 a completion takes effect while off")
        if register == "GICV_DIR" and done.counted:
            self._hit("V2-DIR-3 DIR is counted")
        if done.counted and accept.bank in self._counting:
            self._hit("V2-HCR-1 EOICount counts on")
        if done.word and done.dropped not in (None, group_priority(before, done.word) >> 3):
            self._hit("V2-EOI-7 another priority is dropped than the interrupt has")
        ackctl = before.vmcr & regs.GICH_VMCR_VMACKCTL_MASK
        if done.word and done.word.group and register == "GICV_EOIR" and not ackctl:
            self._hit("V2-EOI-11 EOIR of Group 1 with AckCtl=0")
        if before.apr != after.apr and changed:
            self._hit("V2-CYC-6 APR and State")
        if before.apr != after.apr and done.counted:
            self._hit("V2-CYC-6 APR and EOICount")
        for old, new in changed:
            self._hit("V2-LR-3 a completion")
            if old.state == PENDING | ACTIVE and accept.deactivated is not None:
                self._hit("V2-LR-5 HW=1 goes from PACT to PEND")
            if new.eoi and not new.hw:
                rises = "rises" if new.state == 0 else "does not rise from PACT"
                self._hit(f"V2-EOI-8 EISR {rises}")

    def _look_at_lines(self, access: Access, edge: Edge) -> None:
        """How the lines follow; with IRQ_REG they come later."""
        accept, register, before, after = access
        if not accept.write or self._parameters.irq_reg:
            return
        was, now = edge.before[accept.bank], edge.after[accept.bank]
        lines, lines_now = (was.virq, was.vfiq, was.maint_irq), (now.virq, now.vfiq, now.maint_irq)
        if f"V2-CYC-12 {register}" in POINT.bins and lines[:2] != lines_now[:2]:
            self._hit(f"V2-CYC-12 {register}")
        turned = (before.hcr ^ after.hcr) & regs.GICH_HCR_EN_MASK
        if register == "GICH_HCR" and turned and any(lines + lines_now):
            self._hit(f"V2-CYC-11 the interface goes {'on' if after.hcr & regs.GICH_HCR_EN_MASK else 'off'}")

    # ---- many

    def _look_at_rates(self, edge: Edge) -> None:
        if len(edge.accepts) > 1 and len({accept.bank for accept in edge.accepts}) > 1:
            self._hit("V2-BANK-1 two banks at one edge")
        if len(edge.accepts) < self._parameters.num_cpu:
            self._hit("V2-CYC-13 an edge without an accept")
        for cpu in range(self._parameters.num_cpu):
            mine = {"writes" if accept.write else "reads" for accept in edge.accepts if accept.cpu == cpu}
            for what in ("reads", "writes", "both"):
                goes_on = mine if what == "both" else what in mine
                self._in_a_row[cpu, what] = self._in_a_row[cpu, what] + 1 if goes_on else 0
                if self._in_a_row[cpu, what] == _IN_A_ROW:
                    self._hit(f"V2-CYC-16 {what} at {_IN_A_ROW} edges in a row")
