# SPDX-License-Identifier: Apache-2.0
"""Constrained-random streams: a hypervisor fills list registers, a guest goes by the answers that it gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import gicv2_registers as regs
from tb.model.stream import stream
from tb.model.trace import Writer
from tb.oracle.deviations import ACT, FIRST_SPECIAL, IDLE, INV, PACT, PEND
from tb.oracle.machine import MAINTENANCE
from tb.oracle.recorder import Device, Recorder

RECORDS: Final = 500  # of one stream, about

_KNOWN: Final = [
    register
    for register in regs.REGISTERS.values()
    if not register.name.startswith("GICH_LR")
    and register.name not in ("GICV_AIAR", "GICV_AEOIR", "GICV_AHPPIR")  # QEMU has none
    and register.name != "GICV_IIDR"  # QEMU's own
]
STATUS: Final = [reg.name for reg in _KNOWN if reg.access in ("RW", "RO") and not reg.side_effect]
READS_ZERO: Final = [reg.name for reg in _KNOWN if reg.access in ("WO", "RAZ/WI")]
IGNORES_WRITES: Final = [reg.name for reg in _KNOWN if reg.access in ("RO", "RAZ/WI")]
PHYSICAL_STATUS: Final = ["GICD_ISACTIVER0", "GICD_ISACTIVER1", "GICD_ISACTIVER2"]
PHYSICAL_IDS: Final = [intid for intid in range(16, 96) if intid != MAINTENANCE]
VIRTUAL_IDS: Final = [*range(16, 128), 1019]  # no SGIs; few, so that they meet again

GROUP0, GROUP1 = regs.GICV_CTLR_ENABLEGRP0_MASK, regs.GICV_CTLR_ENABLEGRP1_MASK
ACKCTL, FIQEN = regs.GICV_CTLR_ACKCTL_MASK, regs.GICV_CTLR_FIQEN_MASK
CBPR, EOIMODE = regs.GICV_CTLR_CBPR_MASK, regs.GICV_CTLR_EOIMODE_MASK


@dataclass(frozen=True)
class Profile:
    """What a stream is rich in.

    actions  weights of methods of Stream, where they are not those of EVERYDAY
    control  GICV_CTLR bits that the stream plays with
    group1, sgi, hw  shares of the interrupts that are of group 1, SGIs, tied to a physical interrupt
    """

    actions: Mapping[str, int]
    control: int
    group1: float = 0.0
    sgi: float = 0.1
    hw: float = 0.0


EVERYDAY: Final = {
    "inject": 30,
    "rewrite": 8,
    "acknowledge": 30,
    "complete": 22,
    "complete_other": 2,
    "observe": 30,
    "set_priority_mask": 6,
    "set_control": 2,
    "set_vmcr": 2,
    "set_hcr": 5,
    "write_ignored": 1,
    "world_switch": 1,
}
PROFILES: Final = {
    "basic": Profile({}, GROUP0),
    "maint": Profile(
        {"set_hcr": 30, "set_control": 8, "set_vmcr": 4, "complete_other": 6},
        GROUP0 | GROUP1 | ACKCTL,
        group1=0.4,
    ),
    "groups": Profile(
        {"set_control": 14, "set_vmcr": 8, "set_binary_point": 2},
        GROUP0 | GROUP1 | ACKCTL | FIQEN | CBPR,
        group1=0.5,
    ),
    "eoimode": Profile(
        {"deactivate": 20, "set_hcr": 8, "set_control": 3}, GROUP0 | GROUP1 | ACKCTL | EOIMODE, group1=0.2
    ),
    "preempt": Profile(
        {
            "inject": 40,
            "acknowledge": 40,
            "set_binary_point": 8,
            "set_vmcr": 4,
            "set_control": 4,
            "set_apr": 2,
        },
        GROUP0 | GROUP1 | ACKCTL | FIQEN | CBPR,
        group1=0.4,
    ),
    "hw": Profile(
        {"deactivate": 12, "set_control": 3, "clear_physical": 6}, GROUP0 | EOIMODE, sgi=0.05, hw=0.7
    ),
    "sgi": Profile(
        {"deactivate": 12, "set_control": 3}, GROUP0 | GROUP1 | ACKCTL | EOIMODE, group1=0.3, sgi=0.8
    ),
}


class Stream:
    """One stream: actions drawn by their weights until enough accesses are recorded."""

    def __init__(self, profile: Profile, random: Random, recorder: Recorder) -> None:
        self._profile = profile
        self._random = random
        self._recorder = recorder
        self._list_registers = [f"GICH_LR{index}" for index in range(len(recorder.state.lrs))]
        self._physical_status = PHYSICAL_STATUS if profile.hw else []
        self._acknowledged: list[int] = []  # what IAR gave, the most recent last
        self._dropped: list[int] = []  # completed with EOImode=1, to be deactivated

    def run(self, records: int) -> None:
        """Record about so many accesses, at the end a look at everything."""
        actions = {**EVERYDAY, **self._profile.actions}
        self._write("GICV_PMR", regs.GICV_PMR_PRIORITY_MASK)
        self._write("GICV_CTLR", self._profile.control & ~(FIQEN | CBPR))
        self._write("GICH_HCR", regs.GICH_HCR_EN_MASK)
        while self._recorder.records < records:
            [action] = self._random.choices(list(actions), list(actions.values()))
            if not self._recorder.state.on and self._chance(0.2):
                action = "set_hcr"  # while the interface is off little happens
            getattr(self, action)()
        self._recorder.read([*STATUS, *self._list_registers, *self._physical_status])

    # ---- the hypervisor

    def inject(self) -> None:
        """Put a pending interrupt into a list register, most often a free one."""
        state = self._recorder.state
        free = [index for index, lr in enumerate(state.lrs) if lr.state == INV]
        index = self._random.choice(free if free and self._chance(0.9) else range(len(state.lrs)))
        idle = [i for i in PHYSICAL_IDS if not self._recorder.distributor.is_active(i)]
        if self._chance(self._profile.hw) and idle:
            source = self._random.choice(idle)
            self._recorder.activate(source)
            intid = source if self._chance(0.5) else self._random.choice(VIRTUAL_IDS)
            word = regs.GICH_LR_HW_MASK | _place(regs.GICH_LR_PHYSICALID_MASK, source)
        else:
            sgi = self._chance(self._profile.sgi)
            intid = self._random.choice(range(16) if sgi else VIRTUAL_IDS)
            word = _place(regs.GICH_LR_CPUID_MASK, self._random.randrange(8) if sgi else 0)
            word |= _place(regs.GICH_LR_EOI_MASK, self._chance(0.3))
        word |= _place(regs.GICH_LR_STATE_MASK, PEND) | _place(regs.GICH_LR_VIRTUALID_MASK, intid)
        word |= _place(regs.GICH_LR_GRP1_MASK, self._chance(self._profile.group1))
        word |= _place(regs.GICH_LR_PRIORITY_MASK, self._priority())
        self._recorder.write(self._list_registers[index], word)

    def rewrite(self) -> None:
        """Make an active interrupt pending again, or free a list register: cleared, or with a stale word."""
        words = [self._recorder.list_register(index) for index in range(len(self._list_registers))]
        active = [
            index
            for index, lr in enumerate(self._recorder.state.lrs)
            if lr.state == ACT and not words[index] & regs.GICH_LR_HW_MASK
        ]
        if active and self._chance(0.7):
            index = self._random.choice(active)
            word = words[index] | _place(regs.GICH_LR_STATE_MASK, PACT)
        else:
            index = self._random.randrange(len(words))
            physical = _place(regs.GICH_LR_PHYSICALID_MASK, self._random.getrandbits(10))
            stale = words[index] & ~regs.GICH_LR_STATE_MASK
            word = self._random.choice([0, stale, stale | regs.GICH_LR_HW_MASK | physical])
        self._recorder.write(self._list_registers[index], word)

    def set_hcr(self) -> None:
        """Choose maintenance enables and now and then EOICount; seldom switch the interface off."""
        enables = self._random.getrandbits(8) & self._random.getrandbits(8) & ~regs.GICH_HCR_EN_MASK
        count = _place(regs.GICH_HCR_EOICOUNT_MASK, self._random.choice([0, 0, 1, 30, 31]))
        self._write("GICH_HCR", count | enables | _place(regs.GICH_HCR_EN_MASK, self._chance(0.95)))

    def set_vmcr(self) -> None:
        """Write the guest's settings from the hypervisor's side, binary points below the minimum included."""
        points = self._random.getrandbits(6) if "set_binary_point" in self._profile.actions else 0
        self._write(
            "GICH_VMCR",
            _place(regs.GICH_VMCR_VMPRIMASK_MASK, self._priority_mask())
            | _place(regs.GICH_VMCR_VMBP_MASK, points & 7)
            | _place(regs.GICH_VMCR_VMABP_MASK, points >> 3)
            | self._control(),  # has its bits where GICV_CTLR has them
        )

    def set_apr(self) -> None:
        """Choose other active priorities."""
        value = self._random.choice([0, 0, 1 << self._random.randrange(32), self._random.getrandbits(32)])
        self._write(self._random.choice(["GICH_APR", "GICV_APR0"]), value)

    def world_switch(self) -> None:
        """Save and clear everything, then load it again, the list registers in another order."""
        registers = self._list_registers
        *words, vmcr, apr, hcr = self._recorder.read([*registers, "GICH_VMCR", "GICH_APR", "GICH_HCR"])
        for reg in ("GICH_HCR", *registers, "GICH_APR"):
            self._recorder.write(reg, 0)
        self._recorder.observe(self._random.choice(STATUS))
        self._random.shuffle(words)
        restore = [("GICH_VMCR", vmcr), ("GICH_APR", apr), *zip(registers, words, strict=True)]
        restore.insert(self._random.choice([0, len(restore)]), ("GICH_HCR", hcr))
        for reg, value in restore:
            self._recorder.write(reg, value)

    def clear_physical(self) -> None:
        """Deactivate a physical interrupt whose list register was given to another."""
        words = [self._recorder.list_register(index) for index in range(len(self._list_registers))]
        used = {
            (word & regs.GICH_LR_PHYSICALID_MASK) >> regs.GICH_LR_PHYSICALID_LSB
            for word in words
            if word & regs.GICH_LR_HW_MASK and word & regs.GICH_LR_STATE_MASK
        }
        active = [i for i in PHYSICAL_IDS if self._recorder.distributor.is_active(i)]
        if orphans := [intid for intid in active if intid not in used]:
            intid = self._random.choice(orphans)
            self._recorder.write(f"GICD_ICACTIVER{intid // 32}", 1 << intid % 32)

    # ---- the guest

    def acknowledge(self) -> None:
        """Read IAR, most often while an interrupt is signalled, and remember what it gives."""
        if self._recorder.signalled or self._chance(0.2):
            for value in self._recorder.read(["GICV_IAR"]):
                if value & regs.GICV_IAR_INTERRUPTID_MASK < FIRST_SPECIAL:
                    self._acknowledged.append(value)

    def complete(self) -> None:
        """Write EOIR for the most recent interrupt; for another if a priority is active without one."""
        state = self._recorder.state
        if self._acknowledged and state.on:
            value = self._acknowledged.pop()
            if self._recorder.write("GICV_EOIR", value) and state.eoimode:
                self._dropped.append(value)
        elif state.running != IDLE:
            self.complete_other()

    def deactivate(self) -> None:
        """Write DIR for any of the interrupts whose priority was dropped."""
        state = self._recorder.state
        if self._dropped and state.on and state.eoimode:
            self._recorder.write("GICV_DIR", self._dropped.pop(self._random.randrange(len(self._dropped))))

    def complete_other(self) -> None:
        """Complete an interrupt that no list register has, or one of the IDs that name none."""
        intid = self._random.choice(
            self._random.choice([VIRTUAL_IDS, range(FIRST_SPECIAL), range(1020, 1024)])
        )
        if not self._recorder.state.holds(intid, PEND, ACT, PACT):
            self._recorder.write(self._random.choice(["GICV_EOIR", "GICV_DIR"]), intid)

    def set_priority_mask(self) -> None:
        """Write PMR."""
        self._write("GICV_PMR", _place(regs.GICV_PMR_PRIORITY_MASK, self._priority_mask()))

    def set_binary_point(self) -> None:
        """Write BPR, values below the minimum included, or ABPR without these: QEMU's minimum is another."""
        if self._chance(0.5):
            self._write("GICV_BPR", self._random.randrange(8))
        else:
            self._write("GICV_ABPR", self._random.randrange(regs.GICV_ABPR_BINARYPOINT_MINIMUM, 8))

    def set_control(self) -> None:
        """Write CTLR."""
        self._write("GICV_CTLR", self._control())

    # ---- both

    def observe(self) -> None:
        """Read a register."""
        self._recorder.observe(
            self._random.choice(
                STATUS * 2 + self._list_registers * 2 + READS_ZERO + self._physical_status * 4
            )
        )

    def write_ignored(self) -> None:
        """Write a register that ignores it."""
        self._recorder.write(self._random.choice(IGNORES_WRITES), self._random.getrandbits(32))

    # ---- values

    def _write(self, reg: str, value: int) -> None:
        """Write a register, now and then with bits set that are reserved: they are ignored."""
        if self._chance(0.1):
            implemented = sum(field.mask for field in regs.REGISTERS[reg].fields)
            value |= self._random.getrandbits(32) & ~implemented
        self._recorder.write(reg, value)

    def _priority(self) -> int:
        """Five bits; seldom a tie; every other time more urgent than what is active, for deep nesting."""
        state = self._recorder.state
        limit = state.running >> 3 if state.running != IDLE and self._chance(0.5) else 32
        taken = {lr.priority >> 3 for lr in state.pending}
        untied = [priority for priority in range(limit) if priority not in taken]
        return self._random.choice(untied if untied and self._chance(0.95) else range(32))

    def _priority_mask(self) -> int:
        """Five bits; most often the mask that lets everything through."""
        return self._random.randrange(32) if self._chance(0.3) else 31

    def _control(self) -> int:
        """Bits of CTLR; most often the guest can acknowledge both groups."""
        value = self._random.getrandbits(10)
        if self._chance(0.7):
            value |= GROUP0 | GROUP1 | ACKCTL
        return value & self._profile.control

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability


def record(device: Device, profile: str, seed: int, origin: str, path: Path) -> int:
    """Record the stream of a profile and a seed as a trace; returns how many accesses it has.

    origin  what answers, for the trace's meta
    """
    with Writer(path) as writer:
        recorder = Recorder(device, writer, {"origin": origin, "profile": profile, "seed": seed})
        Stream(PROFILES[profile], stream(seed, f"oracle/{profile}"), recorder).run(RECORDS)
    return recorder.records


def _place(mask: int, value: int) -> int:
    """A field's value where its mask has it."""
    return value * (mask & -mask)
