# SPDX-License-Identifier: Apache-2.0
"""The invariants' ids and sentences, and what each dialect is exempt from (docs/spec/invariants.md)."""

from dataclasses import dataclass
from typing import Final

from tb.model.defects import FIXED

SENTENCES: Final = {
    "INV-EDGE-1": "each accepted edge is followed by a delivery that starts after it",
    "INV-SPUR-1": "each delivery has a reason: an edge, a high line, a software pending, an SGI's source",
    "INV-SPUR-2": "IAR finds nothing if and only if the best pending list register cannot be delivered",
    "INV-LVL-1": "a level interrupt whose line stays high is delivered again within N entries",
    "INV-LVL-2": "a level interrupt whose line is low when its completion is folded is not loaded again",
    "INV-LVL-3": "each completion of a level SPI that is not mapped gives exactly one notice",
    "INV-SGI-1": "deliveries of an SGI carry their sender; senders are not merged with one another",
    "INV-SGI-2": "completing an SGI with the sender that IAR gave deactivates it",
    "INV-PRI-1": "a delivery has the best priority among the pending list registers",
    "INV-PRI-2": "at entry nothing outside the list registers is better than a pending one inside",
    "INV-LR-1": "no two list registers in use share an interrupt",
    "INV-LR-2": "list registers hold legal words; those that are not filled are empty",
    "INV-LR-3": "ELRSR and EISR tell the truth",
    "INV-ACT-1": "an active interrupt stays with the vCPU that acknowledged it",
    "INV-ACT-2": "nothing is active on two vCPUs, or delivered while active",
    "INV-ACT-3": "an EOI without list register deactivates exactly the interrupt of the priority dropped",
    "INV-HW-1": "each delivered mapped interrupt causes exactly one physical deactivation",
    "INV-HW-2": "a mapped interrupt in a list register is physically active",
    "INV-MIG-1": "a pending interrupt is on one list, whatever its target; who gets it is kicked",
    "INV-MI-1": "MISR and the maintenance line are as defined",
    "INV-CNT-1": "EOICount counts each completion that finds no active list register, and nothing else",
    "INV-STATE-1": "records and lists agree whenever the lock is free",
    "INV-STATE-2": "an entry that was given up leaves the records as they were",
    "INV-APR-1": "active priorities are kept until they are dropped, wherever the vCPU is",
    "INV-LOCK-1": "locks are taken in their order and none is held in the guest",
    "INV-LIVE-1": "a pending interrupt is delivered within N entries",
    "INV-LIVE-2": "no vCPU sleeps while an interrupt is deliverable to it",
    "INV-LIVE-3": "maintenance exits stay in proportion to what there is to maintain",
}


@dataclass(frozen=True)
class Leeway:
    """What hardware of others may do as it likes (docs/your-rtl.md).

    any_tie    INV-PRI-1, INV-SPUR-2: it takes any of equally urgent list registers; else the lowest
    any_count  INV-CNT-1: it counts completions without an active list register, or not
    """

    any_tie: bool = False
    any_count: bool = False


STRICT: Final = Leeway()  # to the rules, as our own hardware is


@dataclass(frozen=True)
class Traits:
    """What a dialect changes in an invariant, as its words say. False is the rule, True the exemption.

    takes_back        INV-SPUR-1: an exit takes back what was withdrawn; else it may come until its LR empties
    notifies          INV-LVL-3: it has a notice
    ranks             INV-PRI-2: it knows priorities
    ranks_sources     INV-PRI-2: a waiting source of an SGI counts
    ranks_all_groups  INV-PRI-2: interrupts of a group that is off count
    sgi_per_source    INV-LR-1, INV-ACT-2: an SGI takes one list register for each source, and for repeats
    keeps_actives     INV-ACT-1: actives are in the list registers while there is room
    changes_active    INV-ACT-1: the distributor can change active state
    drops_disabled    INV-ACT-1: disabling takes an interrupt out of a list register, active or not (CL-DIS-1)
    injects_in_desc   INV-LOCK-1: the call that NV-LOCK-1 exempts
    loads_by_number   INV-LIVE-1: interrupts wait in the order of their numbers (CL-Q-1)
    private_edges     PPIs are edges, whatever their wire does (CL-STATE)
    """

    takes_back: bool = True
    notifies: bool = True
    ranks: bool = True
    ranks_sources: bool = False
    ranks_all_groups: bool = True
    sgi_per_source: bool = False
    keeps_actives: bool = True
    changes_active: bool = True
    drops_disabled: bool = False
    injects_in_desc: bool = False
    loads_by_number: bool = False
    private_edges: bool = False


_CLASSIC: Final = Traits(
    takes_back=False,
    notifies=False,
    ranks=False,
    sgi_per_source=True,
    changes_active=False,
    drops_disabled=True,
    loads_by_number=True,
    private_edges=True,
)
_FAITHFUL: Final = {
    "xen": Traits(notifies=False, changes_active=False, injects_in_desc=True),
    "kvm17": Traits(ranks_sources=True),
    "kvm19": Traits(ranks_all_groups=False, keeps_actives=False),
    "classic": _CLASSIC,
    "classic-v310": _CLASSIC,
}
TRAITS: Final = _FAITHFUL | {name + FIXED: traits for name, traits in _FAITHFUL.items()}
