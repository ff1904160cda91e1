# SPDX-License-Identifier: Apache-2.0
"""The records of the new VGIC: one per interrupt, one per vCPU (A.1)."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from tb.model.hypervisor.platform import Lock, Rank

FIRST_PPI: Final = 16
FIRST_SPI: Final = 32
LOWEST_PRIORITY: Final = 0xF8  # five priority bits, as the top of eight


class Config(IntEnum):
    """What makes an interrupt pending: an edge, or a high level."""

    EDGE = 0
    LEVEL = 1


@dataclass(eq=False, slots=True)
class Vcpu:
    """What the VGIC keeps for a vCPU.

    ap_list         active and pending interrupts, in order of insertion until sorted
    used            list registers in use, from 0 on
    shadow          words of the list registers while they are not in the hardware
    hcr, vmcr, apr  shadows of these registers
    cpu             physical CPU that the vCPU is loaded on
    last_lr_irq     the one in the last list register, if all are in use (K19-3)
    kick_requested  a kick came since the last flush began (NV-KICK-1)
    prune_requested K19-5
    """

    number: int
    shadow: list[int]
    lock: Lock
    ap_list: "list[Irq]" = field(default_factory=list)
    used: int = 0
    hcr: int = 0
    vmcr: int = 0
    apr: int = 0
    cpu: int = 0
    last_lr_irq: "Irq | None" = None
    kick_requested: bool = False
    prune_requested: bool = False

    @classmethod
    def create(cls, number: int, nr_lr: int) -> "Vcpu":
        """At reset, loaded nowhere."""
        return cls(number, [0] * nr_lr, Lock(f"ap_list of vCPU {number}", Rank.AP_LIST, number))


@dataclass(eq=False, slots=True)
class Irq:
    """An interrupt (A.1). Bits are 0 or 1.

    owner          vCPU of a private interrupt, None for an SPI
    vcpu           whose ap_list holds it (NV-REC-2)
    target_vcpu    configured destination
    targets        ITARGETSR byte, existing vCPUs only
    pending_latch  edge seen, or set by software
    source         SGI: CPUs whose request is not yet delivered, 8 bits
    active_source  SGI: CPU whose request is active
    pintid         physical interrupt that it is tied to, if `hw`
    callback       its wire is read from the device, not from the physical distributor
    token          who may inject; None: anybody
    desc_lock      `xen`: guards the physical interrupt (NV-LOCK-1)

    No real version keeps these (tb.model.defects):
    made_active      it is active by ISACTIVER alone
    active_priority  the priority that it had when it became active
    """

    intid: int
    owner: Vcpu | None
    lock: Lock
    config: Config
    enabled: int
    target_vcpu: Vcpu | None
    targets: int
    vcpu: Vcpu | None = None
    priority: int = 0
    group: int = 0
    line_level: int = 0
    pending_latch: int = 0
    active: int = 0
    source: int = 0
    active_source: int = 0
    on_lr: int = 0
    hw: int = 0
    pintid: int = 0
    callback: bool = False
    token: int | None = None
    desc_lock: Lock | None = None
    made_active: bool = False
    active_priority: int = 0

    @classmethod
    def private(cls, intid: int, vcpu: Vcpu) -> "Irq":
        """An SGI or PPI at reset."""
        sgi = intid < FIRST_PPI
        return cls(
            intid,
            vcpu,
            Lock(f"IRQ {intid} of vCPU {vcpu.number}", Rank.IRQ, intid),
            Config.EDGE if sgi else Config.LEVEL,
            enabled=int(sgi),
            target_vcpu=vcpu,
            targets=1 << vcpu.number,
        )

    @classmethod
    def shared(cls, intid: int, target: Vcpu | None) -> "Irq":
        """An SPI at reset."""
        lock = Lock(f"IRQ {intid}", Rank.IRQ, intid)
        return cls(intid, None, lock, Config.EDGE, enabled=0, target_vcpu=target, targets=0)

    @property
    def pending(self) -> bool:
        """NV-REC-1."""
        return bool(self.pending_latch or (self.line_level and self.config is Config.LEVEL))

    @property
    def locks(self) -> tuple[Lock, ...]:
        """What to hold where the physical interrupt may be touched, in order."""
        return (self.desc_lock, self.lock) if self.desc_lock else (self.lock,)

    @property
    def is_sgi(self) -> bool:
        """One of the 16 that CPUs send to each other."""
        return self.intid < FIRST_PPI

    @property
    def is_mapped_level(self) -> bool:
        """Tied to a physical interrupt, and level-triggered."""
        return bool(self.hw and self.config is Config.LEVEL)
