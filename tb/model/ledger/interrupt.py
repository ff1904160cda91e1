# SPDX-License-Identifier: Apache-2.0
"""What the ledger's books have of an interrupt."""

from dataclasses import dataclass, field
from typing import Final

from tb.model.ledger.words import FIRST_PPI

NEVER: Final = -1
Key = tuple[int | None, int]  # owner of a private interrupt, INTID


@dataclass
class Instance:
    """A delivered interrupt that is active.

    vcpu     who acknowledged it
    source   of an SGI
    bit      its bit of APR
    dropped  its priority is dropped
    lost     the dialect took it out of its list register when it was disabled (CL-DIS-1)
    mapped   it was delivered by a list register with HW
    unsure   it may have ended: it was in no list register when an EOI was counted that was wrong, or came
             after a wrong one; or another vCPU is about to end it by DIR
    times    so often: a repeat of an SGI may have a list register of its own (CL-Q-3)
    """

    vcpu: int
    source: int
    bit: int
    dropped: bool = False
    lost: bool = False
    mapped: bool = False
    unsure: bool = False
    times: int = 1


@dataclass(eq=False)
class Irq:
    """An interrupt. Times count the ledger's events; None: not now.

    edge, enabled, priority, targets, group  as the guest has set it up
    credits      what may make it pending, and is not delivered yet, by source (0 but for SGIs)
    credited, withdrawn, taken  when such a reason was last given, taken back, delivered, by source
    unsent       when software last took one back, whether there was one or not, by source
    owed         when the last edge, or SGI, that is not delivered yet was certainly there, by source
    line         the VGIC's wire certainly, `line_may` perhaps, is high; `lowered`: when it last was
    wire         the physical wire of a mapped one
    told         when the VGIC was last told of that wire being high, if it still may believe so (levels)
    contended    two were telling the VGIC of the wire at a time
    enabled_may, disabled, switched  the same of the enable bit; when it was last cleared, or written
    clearing, changing  accesses under way that clear it, or write its targets, priority or group
    retargeted   when its targets were last written
    astray       two wrote its targets at a time: which came last?
    active       its instances, by source where the dialect keeps them apart
    is_new       it was never pending
    physically_active
    *_since      when it certainly became so
    """

    key: Key
    edge: bool
    enabled: bool
    targets: int
    priority: int = 0
    group: int = 0
    credits: dict[int, int] = field(default_factory=dict)
    credited: dict[int, int] = field(default_factory=dict)
    withdrawn: dict[int, int] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    unsent: dict[int, int] = field(default_factory=dict)
    owed: dict[int, int] = field(default_factory=dict)
    line: bool = False
    line_may: bool = False
    lowered: int = NEVER
    contended: bool = False
    wire: bool = False
    told: int = NEVER
    enabled_may: bool = False
    disabled: int = NEVER
    switched: int = NEVER
    clearing: int = 0
    changing: int = 0
    retargeted: int = NEVER
    astray: bool = False
    pintid: int | None = None
    active: dict[int, Instance] = field(default_factory=dict)
    physically_active: bool = False
    pending_since: int | None = None
    settled_since: int | None = 0
    is_new: bool = True
    inactive_since: int | None = 0

    @property
    def intid(self) -> int:
        """Its number."""
        return self.key[1]

    @property
    def is_sgi(self) -> bool:
        """One of the 16 that CPUs send to each other."""
        return self.intid < FIRST_PPI

    @property
    def is_unsure(self) -> bool:
        """Whether it is active, perhaps."""
        return any(instance.unsure for instance in self.active.values())

    @property
    def target(self) -> int | None:
        """The vCPU that it is for."""
        owner = self.key[0]
        if owner is not None:
            return owner
        return (self.targets & -self.targets).bit_length() - 1 if self.targets else None

    def may_be_pending(self, source: int, held: int, exited: int) -> bool:
        """Whether a delivery has a reason; `held`: what was withdrawn before has no effect any more."""
        return (
            self.credits.get(source, 0) > 0
            or self.withdrawn.get(source, NEVER) >= held
            or (not self.edge and (self.line_may or self.wire or self.lowered >= min(held, exited)))
            or self.told != NEVER
        )

    def may_be_enabled(self, held: int) -> bool:
        """The same of its enable bit."""
        return self.enabled_may or self.disabled >= held
