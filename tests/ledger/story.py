# SPDX-License-Identifier: Apache-2.0
"""Hand-made stories of a machine, for a ledger: the bank's part is played by the reference model."""

from typing import Any

import gicv2_registers as regs
from tb.model.hardware.parameters import Parameters
from tb.model.hardware.virtual_interface import VirtualInterface
from tb.model.ledger import STRICT, TRAITS, Ledger, Leeway, Snapshot
from tb.model.machine import gicd
from tb.model.machine.events import (
    Accessed,
    Acknowledged,
    BankState,
    Cause,
    Completed,
    Deactivated,
    Entered,
    Exited,
    Flushing,
    Injected,
    Injecting,
    LineChanged,
    Publisher,
    Rested,
    Synced,
    TrapEnded,
    TrapStarted,
)

SPI = 40
PPI = 20
OPEN = 0xF000_0003  # VMCR: both groups, PMR F0
NUM_LR = 4


def lr(
    intid: int,
    state: str = "P",
    *,
    priority: int = 0x80,
    group: int = 0,
    pintid: int | None = None,
    source: int = 0,
    eoi: bool = False,
) -> int:
    """A list register; `state` of P and A."""
    word = intid | priority >> 3 << 23 | ("P" in state) << 28 | ("A" in state) << 29 | group << 30
    return word | (source << 10 | eoi << 19 if pintid is None else 1 << 31 | pintid << 10)


class Story:
    """A VM of two vCPUs, vCPU n on CPU n; its distributor is on, and SPI is an edge that vCPU 0 gets."""

    def __init__(
        self,
        dialect: str = "kvm17",
        snapshot: Snapshot | None = None,
        leeway: Leeway = STRICT,
    ) -> None:
        self.publisher = Publisher()
        self.ledger = Ledger(self.publisher, TRAITS[dialect], 2, NUM_LR, lambda: 0, snapshot, leeway)
        self.banks = [VirtualInterface(Parameters(num_cpu=2, num_lr=NUM_LR)) for _ in range(2)]
        self._icfgr = 0  # of interrupts 32 to 47
        self.write(gicd.CTLR, 1)
        self.set_up(SPI)
        for vcpu in range(2):
            self.set_up(PPI, vcpu)
            self.gich(vcpu, "GICH_VMCR", OPEN)

    # ---- what is asked of the ledger

    @property
    def found(self) -> set[str]:
        """Ids of what was violated."""
        return {violation.id for violation in self.ledger.violations}

    def count(self, invariant: str) -> int:
        """Evaluations."""
        return self.ledger.evaluations[invariant]

    # ---- events

    def tell(self, *events: Any) -> None:
        """As they are."""
        for event in events:
            self.publisher.publish(event)

    def write(self, offset: int, value: int, length: int = 4, vcpu: int = 0) -> None:
        """The guest's access to the distributor, from beginning to end."""
        self.tell(
            TrapStarted(vcpu, True, offset, length, value),
            TrapEnded(vcpu, True, offset, length, value, False),
        )

    def set_up(self, intid: int, vcpu: int = 0, *, edge: bool = True, priority: int = 0x80) -> None:
        """Configure, prioritise, target vCPU 0, enable."""
        if intid >= 32:
            lsb = intid % 16 * 2 + 1
            self._icfgr = self._icfgr & ~(1 << lsb) | edge << lsb
            self.write(gicd.ICFGR + 8, self._icfgr)
            self.write(gicd.ITARGETSR + intid, 1, 1)
        self.write(gicd.IPRIORITYR + intid, priority, 1, vcpu)
        self.enable(intid, vcpu)

    def enable(self, intid: int, vcpu: int = 0) -> None:
        """ISENABLER."""
        self.write(*gicd.bit(gicd.ISENABLER, intid), vcpu=vcpu)

    def disable(self, intid: int, vcpu: int = 0) -> None:
        """ICENABLER."""
        self.write(*gicd.bit(gicd.ICENABLER, intid), vcpu=vcpu)

    def send(self, intid: int, sender: int, targets: int) -> None:
        """SGIR."""
        self.write(gicd.SGIR, targets << 16 | intid, vcpu=sender)

    def inject(self, intid: int = SPI, level: int = 1, vcpu: int | None = None) -> None:
        """From beginning to end."""
        self.tell(Injecting("device", vcpu, intid, level), Injected("device", vcpu, intid, level, 0))

    def line(self, intid: int, level: int) -> None:
        """A device drives its wire, and tells the VGIC."""
        self.tell(LineChanged(None, intid, level))
        self.inject(intid, level)

    def state(self, vcpu: int) -> BankState:
        """Of the bank."""
        return BankState.of(self.banks[vcpu].words)

    def access(self, vcpu: int, register: str, write: bool, value: int = 0) -> tuple[int, int | None]:
        """What was read, and the physical interrupt that is deactivated."""
        bank, known = self.banks[vcpu], regs.REGISTERS[register]
        deactivated = None
        if known.block == "GICH":
            bank.write_gich(known.offset, value)
        elif write:
            deactivated = bank.write_gicv(known.offset, value)
        else:
            value = bank.read_gicv(known.offset)
        self.tell(Accessed(vcpu, vcpu, register, write, value, deactivated, bank.lines))
        return value, deactivated

    def gich(self, vcpu: int, register: str, value: int) -> None:
        """The hypervisor writes."""
        self.access(vcpu, register, True, value)

    def flush(self, vcpu: int, *words: int, hcr: int = 1) -> None:
        """Fill the list registers."""
        self.tell(Flushing(vcpu, vcpu))
        for index, word in enumerate(words):
            self.gich(vcpu, f"GICH_LR{index}", word)
        self.gich(vcpu, "GICH_HCR", hcr)

    def enter(self, *words: int, vcpu: int = 0, hcr: int = 1) -> None:
        """Flush and enter."""
        self.flush(vcpu, *words, hcr=hcr)
        self.tell(Entered(vcpu, vcpu, self.state(vcpu)))

    def acknowledge(self, vcpu: int = 0, register: str = "GICV_IAR") -> int:
        """The guest reads IAR."""
        before = self.state(vcpu)
        value, _ = self.access(vcpu, register, False)
        self.tell(Acknowledged(vcpu, vcpu, register, value, before))
        return value

    def complete(self, value: int, vcpu: int = 0, register: str = "GICV_EOIR") -> None:
        """The guest writes EOIR, or DIR."""
        before = self.state(vcpu)
        _, deactivated = self.access(vcpu, register, True, value)
        self.tell(Completed(vcpu, vcpu, register, value, before))
        if deactivated is not None:
            self.tell(Deactivated(vcpu, vcpu if deactivated < 32 else None, deactivated, True))

    def exit(self, vcpu: int = 0, cause: Cause = Cause.TICK) -> None:
        """Until nothing but the sync is left."""
        self.tell(Exited(vcpu, vcpu, cause, self.state(vcpu), 1))

    def sync(self, vcpu: int = 0) -> None:
        """All list registers emptied."""
        self.gich(vcpu, "GICH_HCR", 0)
        for index in range(NUM_LR):
            self.gich(vcpu, f"GICH_LR{index}", 0)
        self.tell(Synced(vcpu, vcpu))

    def leave(self, vcpu: int = 0) -> None:
        """Exit and sync."""
        self.exit(vcpu)
        self.sync(vcpu)

    def run(self, *words: int, vcpu: int = 0) -> None:
        """One entry: take and complete all, leave."""
        self.enter(*words, vcpu=vcpu)
        while (value := self.acknowledge(vcpu)) < 1020 or value & 0x3FF < 16:
            self.complete(value, vcpu)
        self.leave(vcpu)

    def rest(self) -> None:
        """The machine comes to rest."""
        self.tell(Rested(True))
